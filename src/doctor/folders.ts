import type { Fault } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { AccountConfig } from '../config/config.ts';
import type { FolderFacts } from '../imap/inspect.ts';
import { specialUseOf } from '../mail/mailbox.ts';
import type { Policy, RouteActions } from '../triage/policy.ts';
import { broken, type Check, doubtful, parted, passed } from './check.ts';

/* What an account's folders have to allow, and what it means where they do not. Pure. */

/** A folder that siftd works with, and what it wants to do there: letters of RFC 4314. */
export interface Need {
  readonly target: string;
  readonly watched: boolean;
  /** Where the configuration speaks of it. */
  readonly keys: readonly string[];
  /** Without these nothing goes. */
  readonly must: string;
  /** Without these marks are lost. */
  readonly should: string;
  /** Marks that are set in it. */
  readonly marks: readonly string[];
}

const meanings: Readonly<Record<string, string>> = {
  l: 'see it in lists',
  r: 'read it',
  s: 'mark as read',
  w: 'set flags and labels',
  i: 'put messages into it',
  t: String.raw`mark messages \Deleted`,
  e: 'expunge them',
};

export function waysOf({ routes, unsure, failed }: Policy): RouteActions[] {
  return [...routes.values(), unsure, failed];
}

/** The watched folders, and those that routes move to; each once. */
export function needsOf({
  name,
  folders,
  policy,
  own,
}: Pick<AccountConfig, 'name' | 'folders' | 'policy' | 'own'>): Need[] {
  const acts = policy.mode === 'act';
  const ways = waysOf(policy);
  const moves = acts && ways.some(({ move }) => move !== null);
  const labels = acts ? [...new Set(ways.flatMap((way) => way.labels))] : [];
  const flags = acts && ways.some(({ flag }) => flag) ? ['\\Flagged'] : [];
  const seen = acts && ways.some((way) => way.seen) ? ['\\Seen'] : [];
  const marks = [...labels, ...flags, ...seen];
  const watched = folders.map((target, at): Need => {
    const should = `${labels.length + flags.length > 0 ? 'w' : ''}${seen.length > 0 ? 's' : ''}`;
    const keys = [`accounts.${name}.folders[${at}]`];
    return { target, watched: true, keys, must: moves ? 'lrte' : 'lr', should, marks };
  });
  const base = own.routes ? `accounts.${name}.` : '';
  const places = [
    ...[...policy.routes.values()].map(({ name: route, move }) => ({ move, key: `${base}routes.${route}.move` })),
    { move: policy.unsure.move, key: 'unsure.move' },
    { move: policy.failed.move, key: 'failed.move' },
  ];
  const targets = new Map<string, string[]>();
  for (const { move, key } of places) if (move !== null) targets.set(move, [...(targets.get(move) ?? []), key]);
  const filed = [...targets].map(
    ([target, keys]): Need => ({ target, watched: false, keys, must: acts ? 'lri' : 'lr', should: '', marks: [] }),
  );
  return [...watched, ...filed];
}

/** `there`: the folders of the account, for one that is missing. */
export function folderCheck(need: Need, facts: FolderFacts, there: readonly string[]): Check {
  const { target, watched } = need;
  const keys = need.keys.join(', ');
  if (facts.name === null) return missingCheck(need, there);
  const lacks = (wanted: string) => lacking(wanted, facts);
  const rights = facts.rights === null ? '' : ` (its rights are ${facts.rights === '' ? 'none' : facts.rights})`;
  const grant = `give this account the rights ${need.must}${need.should} there, or name another folder in ${keys}`;
  if (facts.refused !== null) {
    return broken('folder', `it cannot be opened${rights}: ${facts.refused}`, grant, target);
  }
  const must = lacks(need.must);
  if (must !== '') return broken('folder', `this account may not ${inWords(must)}${rights}`, grant, target);
  // Without any right to change something there is nothing that has to be written.
  if (facts.readOnly === true && /[teisw]/.test(need.must + need.should)) {
    return broken('folder', `the server opens it to be read only${rights}`, grant, target);
  }
  const should = lacks(need.should);
  if (should !== '') {
    const lost = `this account may not ${inWords(should)}${rights}: such marks are lost`;
    return doubtful('folder', lost, grant, target);
  }
  const what = watched ? 'watched' : `filed to by ${keys}`;
  return passed('folder', `${what}${facts.rights === null ? '' : `, rights ${facts.rights}`}`, target);
}

function missingCheck({ target, watched, keys }: Need, there: readonly string[]): Check {
  const key = keys.join(', ');
  const near = nearest(target, there);
  const meant = near.length === 0 ? '' : `; did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?`;
  if (watched) {
    return broken(
      'folder',
      'there is no such folder, or it is hidden from this account',
      `make it, or mend ${key}${meant}`,
      target,
    );
  }
  const use = specialUseOf(target);
  if (use === '\\All' || use === '\\Flagged' || use === '\\Important') {
    return broken(
      'folder',
      `the account has no ${use} folder, and such a one cannot be made`,
      `name another one in ${key}`,
      target,
    );
  }
  return doubtful(
    'folder',
    'there is no such folder yet: siftd makes it when it next connects, to act',
    `nothing, if the name is right; else mend ${key}${meant}`,
    target,
  );
}

/** A folder that could not be asked about. */
export function folderFault({ target, keys }: Need, fault: Fault): Check {
  const [detail, remedy] = parted(fault.message, `check ${keys.join(', ')}`);
  return broken('folder', detail, remedy, target);
}

/** Whether the labels of the account's routes are kept in a watched folder; null: there are none, or it cannot be said. */
export function keywordsCheck({ target, marks }: Need, facts: FolderFacts, policy: Policy): Check | null {
  const labels = marks.filter((mark) => !mark.startsWith('\\'));
  const { unkept, readOnly } = facts;
  // What no right allows is told of the folder.
  if (labels.length === 0 || readOnly !== false || lacking('w', facts) !== '') return null;
  const lost = labels.filter((label) => unkept.includes(label));
  if (lost.length === 0) return passed('keywords', `the server keeps ${labels.join(', ')}`, target);
  const detail = `the server keeps no new labels: ${lost.join(', ')} would not be set`;
  const idle = [...policy.routes.values()].filter(
    (way) =>
      way.move === null &&
      !way.flag &&
      !way.seen &&
      way.labels.length > 0 &&
      way.labels.every((label) => lost.includes(label)),
  );
  if (idle.length > 0) {
    const names = idle.map(({ name }) => name).join(', ');
    return broken(
      'keywords',
      `${detail}, and ${names} would do nothing else: such messages end as failed`,
      `give ${names} a move, flag: true or seen: true`,
      target,
    );
  }
  return doubtful(
    'keywords',
    detail,
    'use move or flag: true instead; what waits for a person stands in siftd review all the same',
    target,
  );
}

/** Of `wanted`, the rights that are not there; the old letters of RFC 2086 count for what they stood for. */
function lacking(wanted: string, { rights }: FolderFacts): string {
  if (rights === null) return '';
  const has = new Set([...rights, ...(rights.includes('d') ? 'te' : '')]);
  return [...wanted].filter((right) => !has.has(right)).join('');
}

function inWords(rights: string): string {
  const words = [...rights].map((right) => meanings[right] ?? right);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} or ${last}`;
}

/** Folders whose name may have been meant: the same last level, or the same but for case, blanks and the like. */
function nearest(target: string, there: readonly string[]): string[] {
  const plain = (name: string) => name.toLowerCase().replace(/[^\p{L}\p{N}/]/gu, '');
  const last = (name: string) => plain(name.slice(name.lastIndexOf('/') + 1));
  const stem = (name: string) => last(name).replace(/e?s$/, '');
  const alike = there.filter((name) => plain(name) === plain(target) || stem(name) === stem(target));
  return alike.slice(0, limits.doctor.near);
}

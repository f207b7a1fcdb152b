import { failed, type Outcome, ok } from '../base/errors.ts';

/** How a server writes the names of a user's folders (RFC 2342, RFC 9051 5.1): `{ prefix: 'INBOX.', delimiter: '.' }`. */
export interface Namespace {
  /** With its closing delimiter, or empty. */
  readonly prefix: string;
  /** One character, or null where the server has no hierarchy. */
  readonly delimiter: string | null;
}

/** RFC 6154 section 2, and `\Important` of RFC 8457. */
const specialUses = [
  '\\All',
  '\\Archive',
  '\\Drafts',
  '\\Flagged',
  '\\Important',
  '\\Junk',
  '\\Sent',
  '\\Trash',
] as const;
export type SpecialUse = (typeof specialUses)[number];

/** The special use that a target names, in the RFC's spelling; null where it is a folder's name. */
export function specialUseOf(target: string): SpecialUse | null {
  const wanted = target.toLowerCase();
  return specialUses.find((use) => use.toLowerCase() === wanted) ?? null;
}

/**
 * A folder of siftd (`Support/Refunds`) as the server calls it (`INBOX.Support.Refunds`).
 *
 * INBOX is itself in any case. Under a prefix such as `INBOX.` the name `INBOX/Refunds` means `Refunds`, since people
 * copy it so from other mail programs. A name that begins with `/` is taken from the server's root, past the prefix:
 * `/shared/support`. `permanent`, code `folder-name`: the server cannot have a folder of this name.
 */
export function toServer(name: string, { prefix, delimiter }: Namespace): Outcome<string> {
  if (/^\/?inbox$/i.test(name)) return ok('INBOX');
  const absolute = name.startsWith('/');
  const levels = (absolute ? name.slice(1) : name).split('/');
  const quoted = JSON.stringify(name);
  if (levels.includes('')) return refused(`the folder ${quoted} has an empty level`);
  if (/\p{Cc}/u.test(name)) return refused(`the folder ${quoted} holds a control character`);
  if (name.startsWith('\\')) return refused(`${quoted} is no special use; there are ${specialUses.join(' ')}`);
  if (delimiter === null) {
    if (levels.length > 1) return refused(`this server has no subfolders, so it cannot have ${quoted}`);
    return ok(absolute ? levels.join() : prefix + levels.join());
  }
  const clash = levels.find((level) => level.includes(delimiter));
  if (clash !== undefined) {
    const parting = JSON.stringify(delimiter);
    return refused(
      `this server parts folders with ${parting}, so it cannot have ${JSON.stringify(clash)} in ${quoted}`,
    );
  }
  if (absolute) return ok(levels.join(delimiter));
  const twice =
    levels.length > 1 && prefix.toUpperCase() === `INBOX${delimiter}` && levels[0]?.toUpperCase() === 'INBOX';
  return ok(prefix + (twice ? levels.slice(1) : levels).join(delimiter));
}

/**
 * A server's folder in siftd's form, from which `toServer` makes the same folder again. Null where siftd has no name
 * for it: a level holds a `/` or nothing at all.
 */
export function fromServer(path: string, namespace: Namespace): string | null {
  if (path.toUpperCase() === 'INBOX') return 'INBOX';
  const { prefix, delimiter } = namespace;
  const relative = path.startsWith(prefix) ? levelsOf(path.slice(prefix.length), delimiter) : null;
  const absolute = levelsOf(path, delimiter);
  // Whether a name leads back is asked of toServer itself, so that the two cannot drift apart.
  const leadsBack = (name: string): boolean => {
    const back = toServer(name, namespace);
    return back.ok && back.value === path;
  };
  if (relative !== null && leadsBack(relative)) return relative;
  return absolute !== null && leadsBack(`/${absolute}`) ? `/${absolute}` : null;
}

function levelsOf(path: string, delimiter: string | null): string | null {
  const levels = delimiter === null ? [path] : path.split(delimiter);
  return levels.some((level) => level.includes('/')) ? null : levels.join('/');
}

function refused(message: string): Outcome<never> {
  return failed('permanent', 'folder-name', message);
}

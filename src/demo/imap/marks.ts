import type { Account } from './account.ts';
import type { Command, Done } from './command.ts';
import type { FlagChange } from './flags.ts';
import { accountOf } from './folders.ts';
import type { Entry, Mailbox } from './mailbox.ts';
import type { Names } from './names.ts';
import { bad } from './refusal.ts';
import type { Session } from './session.ts';
import { astringOf, type Cursor, quote } from './syntax.ts';
import { writable } from './transfer.ts';

/** STORE (RFC 3501 6.4.6), of flags and of Gmail's labels. */
export const markCommands: Readonly<Record<string, Command>> = {
  STORE: { when: 'selected', keepsNumbers: true, run: (session, args) => store(session, args, false) },
  'UID STORE': { when: 'selected', run: (session, args) => store(session, args, true) },
};

function store(session: Session, args: Cursor, byUid: boolean): Done {
  const account = accountOf(session);
  args.space();
  const set = args.sequenceSet();
  args.space();
  const [, sign, what, silent] = /^([+-]?)(FLAGS|X-GM-LABELS)(\.SILENT)?$/.exec(args.word()) ?? [];
  if (what === undefined || (what !== 'FLAGS' && !account.capabilities.gmail)) throw bad('Invalid item');
  const how: FlagChange = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'replace';
  args.space();
  const values = several(args, () => (what === 'FLAGS' ? args.flag() : label(session.names, args)));
  args.end();
  const view = writable(session);
  const picked = view.pick(set, byUid).filter(({ entry }) => view.isHere(entry));
  const entries = picked.map(({ entry }) => entry);
  if (what === 'FLAGS') account.setFlags(view.mailbox, entries, how, values, view);
  else account.setLabels(view.mailbox, entries, how, values);
  // What is new comes first: a keyword is announced before it is shown.
  session.tellNews(false);
  if (silent === undefined) {
    for (const { number, entry } of picked) {
      if (!view.isHere(entry)) continue;
      const value = what === 'FLAGS' ? view.flagsOf(entry) : labelsOf(session.names, account, entry, view.mailbox);
      session.writer.line(`* ${number} FETCH (${byUid ? `UID ${entry.uid} ` : ''}${what} ${value})`);
    }
  }
  return { text: 'Store completed' };
}

/** In parentheses or bare. */
function several(args: Cursor, item: () => string): string[] {
  if (args.peek() === '(') return args.list(item);
  const items = [item()];
  while (args.skip(' ')) items.push(item());
  return items;
}

/** A system label begins with a backslash; a user's label is written like a folder's name. */
export function label(names: Names, args: Cursor): string {
  if (args.peek() === '\\') return args.flag();
  const text = args.astring();
  return text[0] === 0x5c ? text.toString('latin1') : names.fromWire(text);
}

/** X-GM-LABELS as Gmail writes them: system labels quoted. */
export function labelsOf(names: Names, account: Account, entry: Entry, seenFrom: Mailbox): string {
  const labels = account.labels(entry, seenFrom) ?? [];
  return `(${labels.map((name) => (name.startsWith('\\') ? quote(name) : astringOf(names.toWire(name)))).join(' ')})`;
}

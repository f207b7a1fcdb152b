import type { Account } from './account.ts';
import type { Command, Done } from './command.ts';
import type { Mailbox } from './mailbox.ts';
import { bad, no } from './refusal.ts';
import type { Session } from './session.ts';
import { astringOf, type Cursor, nquote } from './syntax.ts';

/** SELECT and what else speaks of folders as wholes (RFC 3501 6.3). */
export const folderCommands: Readonly<Record<string, Command>> = {
  SELECT: { when: 'authenticated', run: (session, args) => select(session, args, false) },
  EXAMINE: { when: 'authenticated', run: (session, args) => select(session, args, true) },

  CREATE: {
    when: 'authenticated',
    run: (session, args) => {
      const account = accountOf(session);
      args.space();
      const wire = args.astring();
      args.end();
      // RFC 3501 6.3.3: a closing delimiter only announces that folders will be made below.
      const { delimiter, objectId } = account.capabilities;
      const closed = delimiter !== null && wire.length > 1 && wire.at(-1) === delimiter.charCodeAt(0);
      const name = session.names.fromWire(closed ? wire.subarray(0, -1) : wire);
      const mailbox = account.make({ name });
      return { text: 'Create completed', code: objectId ? `MAILBOXID (${mailbox.id})` : undefined };
    },
  },

  DELETE: {
    when: 'authenticated',
    run: (session, args) => {
      const name = folderName(session, args);
      args.end();
      // Who deletes the folder that he looks at looks at none; others are told to go.
      if (session.view !== null && session.view.mailbox === accountOf(session).find(name)) session.unselect();
      accountOf(session).delete(name);
      return { text: 'Delete completed' };
    },
  },

  RENAME: {
    when: 'authenticated',
    run: (session, args) => {
      const from = folderName(session, args);
      const to = folderName(session, args);
      args.end();
      accountOf(session).rename(from, to);
      return { text: 'Rename completed' };
    },
  },

  SUBSCRIBE: {
    when: 'authenticated',
    run: (session, args) => {
      const account = accountOf(session);
      const name = folderName(session, args);
      args.end();
      if (account.find(name) === null) throw no('Mailbox does not exist', 'NONEXISTENT');
      account.subscribed.add(name);
      return { text: 'Subscribe completed' };
    },
  },

  UNSUBSCRIBE: {
    when: 'authenticated',
    run: (session, args) => {
      const name = folderName(session, args);
      args.end();
      accountOf(session).subscribed.delete(name);
      return { text: 'Unsubscribe completed' };
    },
  },

  STATUS: {
    when: 'authenticated',
    run: (session, args) => {
      const name = folderName(session, args);
      args.space();
      const items = args.list(() => args.word());
      args.end();
      const mailbox = existing(session, name);
      const values = items.map((item) => `${item} ${statusOf(session, mailbox, item)}`).join(' ');
      session.writer.line(`* STATUS ${onWire(session, name)} (${values})`);
      return { text: 'Status completed' };
    },
  },

  LIST: { when: 'authenticated', run: list },

  LSUB: {
    when: 'authenticated',
    run: (session, args) => {
      const account = accountOf(session);
      args.space();
      const reference = args.astring().toString('latin1');
      args.space();
      const matches = session.names.matcher(reference + args.listPattern().toString('latin1'));
      args.end();
      // RFC 3501 6.3.9: with `%`, a parent stands for subscribed folders below it.
      const names = [...account.subscribed].flatMap((name) => {
        const shown = [name, ...parentsOf(name)].find((candidate) => matches(candidate));
        return shown === undefined ? [] : [shown];
      });
      for (const name of sorted(new Set(names))) {
        const attributes = account.subscribed.has(name) ? '' : '\\Noselect';
        session.writer.line(
          `* LSUB (${attributes}) ${nquote(account.capabilities.delimiter)} ${onWire(session, name)}`,
        );
      }
      return { text: 'Lsub completed' };
    },
  },
};

export function accountOf(session: Session): Account {
  if (session.account === null) throw bad('Log in first');
  return session.account;
}

/** A space and the name of a folder, in the store's form. */
export function folderName(session: Session, args: Cursor): string {
  args.space();
  return session.names.fromWire(args.astring());
}

function existing(session: Session, name: string): Mailbox {
  const mailbox = accountOf(session).find(name);
  if (mailbox === null) throw no('Mailbox does not exist', 'NONEXISTENT');
  return mailbox;
}

function onWire(session: Session, name: string): string {
  return astringOf(session.names.toWire(name));
}

function select(session: Session, args: Cursor, examined: boolean): Done {
  const name = folderName(session, args);
  args.end();
  // RFC 3501 6.3.1: a SELECT that fails leaves no mailbox selected.
  session.unselect();
  const { capabilities } = accountOf(session);
  const mailbox = existing(session, name);
  const view = session.select(mailbox, examined);
  const { writer } = session;
  for (const line of view.keywordLines(capabilities.keywords)) writer.line(line);
  writer.line(`* ${view.count} EXISTS`);
  writer.line(`* ${view.recentCount} RECENT`);
  const unseen = mailbox.entries.findIndex((entry) => !entry.flags.has('\\Seen'));
  if (unseen >= 0) writer.line(`* OK [UNSEEN ${unseen + 1}] First unseen`);
  writer.line(`* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs valid`);
  writer.line(`* OK [UIDNEXT ${mailbox.uidNext}] Predicted next UID`);
  if (capabilities.objectId) writer.line(`* OK [MAILBOXID (${mailbox.id})] Ok`);
  return view.readOnly
    ? { text: 'Mailbox opened read-only', code: 'READ-ONLY' }
    : { text: 'Mailbox opened', code: 'READ-WRITE' };
}

function statusOf(session: Session, mailbox: Mailbox, item: string): string {
  const { entries } = mailbox;
  switch (item) {
    case 'MESSAGES':
      return String(entries.length);
    case 'RECENT':
      return String(entries.filter((entry) => entry.uid >= mailbox.recentFrom).length);
    case 'UIDNEXT':
      return String(mailbox.uidNext);
    case 'UIDVALIDITY':
      return String(mailbox.uidValidity);
    case 'UNSEEN':
      return String(entries.filter((entry) => !entry.flags.has('\\Seen')).length);
    case 'MAILBOXID':
      if (accountOf(session).capabilities.objectId) return `(${mailbox.id})`;
  }
  throw bad(`Invalid status item ${item}`);
}

/** LIST of RFC 3501 6.3.8, with the selection and return options that RFC 6154 takes from RFC 5258. */
function list(session: Session, args: Cursor): Done {
  const account = accountOf(session);
  const { specialUse, delimiter } = account.capabilities;
  args.space();
  const selecting = specialUse && args.peek() === '(';
  const selection = selecting ? args.list(() => args.word()) : [];
  if (selecting) args.space();
  const reference = args.astring().toString('latin1');
  args.space();
  const pattern = (): string => args.listPattern().toString('latin1');
  const patterns = specialUse && args.peek() === '(' ? args.list(pattern) : [pattern()];
  const extended = selecting || (!args.ended && specialUse);
  const returned = !args.ended && specialUse ? returnOptions(args) : [];
  args.end();
  for (const option of [...selection, ...returned]) {
    if (!['SPECIAL-USE', 'SUBSCRIBED', 'CHILDREN'].includes(option)) throw bad(`Unknown option ${option}`);
  }
  if (patterns.length === 1 && patterns[0] === '') {
    session.writer.line(`* LIST (\\Noselect) ${nquote(delimiter)} ""`);
    return { text: 'List completed' };
  }
  const matchers = patterns.map((text) => session.names.matcher(reference + text));
  const names = new Set([...account.shown].flatMap((name) => [name, ...parentsOf(name)]));
  // RFC 5258: who names options gets those; a plain LIST gets what RFC 3348 and RFC 6154 add to it.
  const shows = (option: string): boolean =>
    extended ? selection.includes(option) || returned.includes(option) : option !== 'SUBSCRIBED';
  for (const name of sorted(names)) {
    const use = account.find(name)?.specialUse ?? null;
    const subscribed = account.subscribed.has(name);
    if (!matchers.some((matches) => matches(name))) continue;
    if (selection.includes('SPECIAL-USE') && use === null) continue;
    if (selection.includes('SUBSCRIBED') && !subscribed) continue;
    const attributes = [
      ...(account.find(name) === null ? ['\\Noselect'] : []),
      ...(shows('CHILDREN') ? [hasChildren(account, name) ? '\\HasChildren' : '\\HasNoChildren'] : []),
      ...(specialUse && shows('SPECIAL-USE') && use !== null ? [use] : []),
      ...(shows('SUBSCRIBED') && subscribed ? ['\\Subscribed'] : []),
    ];
    session.writer.line(`* LIST (${attributes.join(' ')}) ${nquote(delimiter)} ${onWire(session, name)}`);
  }
  return { text: 'List completed' };
}

function returnOptions(args: Cursor): string[] {
  args.space();
  args.expect('RETURN');
  args.space();
  return args.list(() => args.word());
}

function hasChildren(account: Account, name: string): boolean {
  const { prefix, delimiter } = account.capabilities;
  // Under the namespace `INBOX.` every folder is written below INBOX.
  if (name === 'INBOX' && delimiter !== null && prefix.toUpperCase() === `INBOX${delimiter}`)
    return account.folders.size > 1;
  return [...account.shown].some((other) => other.startsWith(`${name}/`));
}

/** The names above, nearest first; as folders they may not exist. */
function parentsOf(name: string): string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, at) => levels.slice(0, levels.length - 1 - at).join('/'));
}

function sorted(names: Iterable<string>): string[] {
  return [...names].sort((a, b) => Number(b === 'INBOX') - Number(a === 'INBOX') || (a < b ? -1 : 1));
}

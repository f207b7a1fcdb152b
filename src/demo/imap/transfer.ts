import type { Copies } from './account.ts';
import type { Command, Done } from './command.ts';
import { accountOf, folderName } from './folders.ts';
import type { Mailbox } from './mailbox.ts';
import { bad, no } from './refusal.ts';
import type { Session } from './session.ts';
import { type Cursor, parseDateTime, rangesOf } from './syntax.ts';
import type { Numbered, View } from './view.ts';

/** Messages that come, go, and go elsewhere. */
export const transferCommands: Readonly<Record<string, Command>> = {
  APPEND: { when: 'authenticated', run: append },
  COPY: { when: 'selected', run: (session, args) => transfer(session, args, false, false) },
  'UID COPY': { when: 'selected', run: (session, args) => transfer(session, args, true, false) },
  MOVE: {
    when: 'selected',
    offered: ({ move }) => move,
    run: (session, args) => transfer(session, args, false, true),
  },
  'UID MOVE': {
    when: 'selected',
    offered: ({ move }) => move,
    run: (session, args) => transfer(session, args, true, true),
  },

  CHECK: { when: 'selected', run: () => ({ text: 'Check completed' }) },

  EXPUNGE: {
    when: 'selected',
    run: (session, args) => {
      args.end();
      const { mailbox } = writable(session);
      accountOf(session).expunge(
        mailbox,
        mailbox.entries.filter((entry) => entry.deleted),
      );
      return { text: 'Expunge completed' };
    },
  },

  /** RFC 4315 2.1. */
  'UID EXPUNGE': {
    when: 'selected',
    offered: ({ uidplus }) => uidplus,
    run: (session, args) => {
      args.space();
      const set = args.sequenceSet();
      args.end();
      const view = writable(session);
      const entries = view.pick(set, true).map(({ entry }) => entry);
      accountOf(session).expunge(
        view.mailbox,
        entries.filter((entry) => entry.deleted),
      );
      return { text: 'Expunge completed' };
    },
  },

  /** RFC 3501 6.4.2: it expunges without a word. */
  CLOSE: {
    when: 'selected',
    run: (session) => {
      const view = viewOf(session);
      session.unselect();
      if (!view.readOnly) {
        const { mailbox } = view;
        accountOf(session).expunge(
          mailbox,
          mailbox.entries.filter((entry) => entry.deleted),
        );
      }
      return { text: 'Close completed' };
    },
  },

  /** RFC 3691. */
  UNSELECT: {
    when: 'selected',
    run: (session) => {
      session.unselect();
      return { text: 'Unselect completed' };
    },
  },
};

export function viewOf(session: Session): View {
  if (session.view === null) throw bad('No mailbox selected');
  return session.view;
}

export function writable(session: Session): View {
  const view = viewOf(session);
  if (view.readOnly) throw no('Mailbox is read-only');
  return view;
}

function append(session: Session, args: Cursor): Done {
  const account = accountOf(session);
  const name = folderName(session, args);
  args.space();
  const flags = args.peek() === '(' ? args.list(() => args.flag()) : [];
  if (flags.length > 0 || args.peek() === ' ') args.space();
  let date: number | null = null;
  if (args.peek() === '"') {
    date = parseDateTime(args.string().toString('latin1'));
    if (date === null) throw bad('Invalid internal date');
    args.space();
  }
  const raw = args.literal();
  args.end();
  const mailbox = destination(session, name);
  if (raw.length === 0) throw no('A message has at least one octet', 'CANNOT');
  const entry = account.append(mailbox, raw, flags, date);
  const code = account.capabilities.uidplus ? `APPENDUID ${mailbox.uidValidity} ${entry.uid}` : undefined;
  return { text: 'Append completed', code };
}

/** COPY, and MOVE (RFC 6851), which tells where the messages are before it tells that they are gone. */
function transfer(session: Session, args: Cursor, byUid: boolean, move: boolean): Done {
  const account = accountOf(session);
  args.space();
  const set = args.sequenceSet();
  const name = folderName(session, args);
  args.end();
  const view = move ? writable(session) : viewOf(session);
  const entries = stillHere(view, view.pick(set, byUid), byUid);
  // RFC 3501 6.4.8: a UID that is gone is no error, so a set of such UIDs "succeeds".
  if (entries.length === 0) return { text: 'No messages found' };
  const mailbox = destination(session, name);
  if (!move) return { text: 'Copy completed', code: copyUid(session, mailbox, account.copy(entries, mailbox)) };
  const code = copyUid(session, mailbox, account.move(view.mailbox, entries, mailbox));
  if (code !== undefined) session.writer.line(`* OK [${code}] Moved UIDs`);
  return { text: 'Move completed' };
}

function stillHere(view: View, picked: readonly Numbered[], byUid: boolean) {
  const here = picked.map(({ entry }) => entry).filter((entry) => view.isHere(entry));
  // RFC 2180 4.4.1: all or nothing where the client meant messages that it does not know to be gone.
  if (!byUid && here.length < picked.length) throw no('Some messages do not exist any more', 'EXPUNGEISSUED');
  return here;
}

function destination(session: Session, name: string): Mailbox {
  const mailbox = accountOf(session).find(name);
  // RFC 3501 6.3.11 and 6.4.7: the client may create it and try again.
  if (mailbox === null) throw no('Mailbox does not exist', 'TRYCREATE');
  mailbox.ready();
  return mailbox;
}

/** RFC 4315 3: the two sets pair up in their order. */
function copyUid(session: Session, mailbox: Mailbox, copies: Copies): string | undefined {
  const { uidplus, copyuid } = accountOf(session).capabilities;
  if (!uidplus || !copyuid || copies.length === 0) return undefined;
  const [from, to] = [copies.map((copy) => copy.from.uid), copies.map((copy) => copy.to.uid)];
  return `COPYUID ${mailbox.uidValidity} ${rangesOf(from)} ${rangesOf(to)}`;
}

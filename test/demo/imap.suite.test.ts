import { type Capabilities, type CommandHook, startImapServer } from '../../src/demo/imap/server.ts';
import { mailboxSuite } from '../imap/mailbox.suite.ts';
import type { Expected, MailServer } from '../imap/support.ts';

/** What every mailbox must do for siftd, on each kind of server that ours can stand for. */
const profiles: readonly (readonly [name: string, Partial<Capabilities>, Partial<Expected>])[] = [
  ['with everything', { objectId: false }, {}],
  ['without MOVE', { objectId: false, move: false }, { move: false }],
  ['without UIDPLUS', { objectId: false, uidplus: false }, { uidplus: false }],
  ['without MOVE and UIDPLUS', { objectId: false, move: false, uidplus: false }, { move: false, uidplus: false }],
  ['with UIDPLUS but no COPYUID', { objectId: false, copyuid: false }, {}],
  ['with COPY but no COPYUID', { objectId: false, move: false, copyuid: false }, { move: false }],
  ['without IDLE', { objectId: false, idle: false }, { idle: 'none' }],
  ['with a mute IDLE', { objectId: false, idle: 'mute' }, { idle: 'mute' }],
  ['without keywords', { objectId: false, keywords: false }, { keywords: false }],
  ['with folders below INBOX', { objectId: false, prefix: 'INBOX.', delimiter: '.' }, {}],
  ['with OBJECTID', { objectId: true }, { objectId: true }],
  ['like Gmail', { gmail: true }, { gmail: true }],
];

const everything: Expected = {
  move: true,
  uidplus: true,
  keywords: true,
  objectId: false,
  gmail: false,
  shared: true,
  idle: 'speaks',
};

for (const [name, capabilities, expected] of profiles) {
  mailboxSuite(`the demo's server ${name}`, { ...everything, ...expected }, () => start(capabilities));
}

/**
 * The suite clears an account by deleting what bears no special use that imapflow knows. Gmail keeps its own folders;
 * the accounts here are new at every test, so nothing is left in them either way.
 */
const onCommand: CommandHook = (_session, _tag, name, args) =>
  name === 'DELETE' && args.includes('[Gmail]') ? { pretend: {} } : undefined;

async function start(capabilities: Partial<Capabilities>): Promise<MailServer> {
  const { host, port, store, close } = await startImapServer({ capabilities, hooks: { onCommand } });
  let users = 0;
  return {
    host,
    port,
    user: () => store.addAccount({ user: `user${++users}`, password: 'secret' }).user,
    deliver: async (user, raw) => {
      store.account(user).append('INBOX', raw);
    },
    stop: close,
  };
}

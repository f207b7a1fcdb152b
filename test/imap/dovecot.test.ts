import { afterAll, beforeAll } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { mailboxSuite } from './mailbox.suite.ts';
import type { MailServer } from './support.ts';

let dovecot: Dovecot;
let users = 0;

beforeAll(async () => {
  dovecot = await startDovecot();
});
afterAll(async () => {
  await dovecot.stop();
});

function profile(host: 'full' | 'noMove' | 'bare'): () => Promise<MailServer> {
  return async () => ({
    host: dovecot.hosts[host],
    port: dovecot.port,
    user: () => `user${++users}`,
    deliver: (user, raw) => dovecot.deliver(user, raw),
    stop: async () => {},
  });
}

const dovecotHas = { keywords: true, objectId: false, gmail: false, shared: true } as const;
mailboxSuite('Dovecot', { ...dovecotHas, move: true, uidplus: true, idle: 'speaks' }, profile('full'));
mailboxSuite('Dovecot without MOVE', { ...dovecotHas, move: false, uidplus: true, idle: 'speaks' }, profile('noMove'));
mailboxSuite(
  'Dovecot as bare IMAP4rev1',
  { ...dovecotHas, move: false, uidplus: false, idle: 'none' },
  profile('bare'),
);

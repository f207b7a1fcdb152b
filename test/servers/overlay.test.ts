import { ImapFlow } from 'imapflow';
import { describe, expect, test } from 'vitest';
import { startCourier } from './courier.ts';
import { startCyrus } from './cyrus.ts';
import { startImap4d } from './imap4d.ts';

const letter = (subject: string): string =>
  `From: a@example.com\nTo: b@example.com\nDate: Thu, 1 Feb 2024 10:00:00 +0000\nSubject: ${subject}\nMessage-ID: <${subject}@example.com>\n\nHi\n`;

describe.each([
  { name: 'Cyrus', start: () => startCyrus(), has: ['MOVE', 'UIDPLUS', 'OBJECTID', 'QRESYNC'], lacks: [] },
  {
    name: 'Cyrus without MOVE',
    start: () => startCyrus({ hide: ['MOVE', 'XMOVE'] }),
    has: ['UIDPLUS'],
    lacks: ['MOVE'],
  },
  { name: 'Courier', start: () => startCourier(), has: ['UIDPLUS'], lacks: ['MOVE', 'CONDSTORE'] },
  { name: 'imap4d', start: () => startImap4d(), has: ['IDLE'], lacks: ['MOVE', 'UIDPLUS'] },
])('the $name of the tests', ({ start, has, lacks }) => {
  test('takes mail for its users and has the capabilities that it is here for', async () => {
    const server = await start();
    try {
      const user = server.user();
      expect(server.user()).not.toBe(user);
      await server.deliver(user, letter('one'));
      await server.deliver(user, letter('two'));
      await server.load(user, 'Sorted', [{ raw: letter('three'), flags: ['\\Seen'] }]);
      const client = new ImapFlow({
        host: server.host,
        port: server.port,
        secure: false,
        doSTARTTLS: false,
        auth: { user, pass: 'secret' },
        logger: false,
      });
      await client.connect();
      const inbox = await client.mailboxOpen('INBOX');
      expect(inbox.exists).toBe(2);
      const sorted = await client.mailboxOpen('Sorted');
      expect(sorted.exists).toBe(1);
      for (const capability of has) expect(client.capabilities.has(capability), capability).toBe(true);
      for (const capability of lacks) expect(client.capabilities.has(capability), capability).toBe(false);
      await client.logout();
    } finally {
      await server.stop();
    }
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Dovecot, startDovecot } from './dovecot.ts';

const old = new Date('2024-02-03T04:05:06Z');
const letter = (subject: string): string =>
  `From: a@example.com\nSubject: ${subject}\nMessage-ID: <${subject}@x>\n\nHi\n`;

async function subjects(port: number, host: string, user: string, folder: string): Promise<string[]> {
  const client = new ImapFlow({
    host,
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user, pass: 'secret' },
    logger: false,
  });
  await client.connect();
  await client.mailboxOpen(folder, { readOnly: true });
  const found: string[] = [];
  for await (const message of client.fetch('1:*', { envelope: true, flags: true, internalDate: true })) {
    const seen = message.flags?.has('\\Seen') ? ' seen' : '';
    found.push(
      `${message.envelope?.subject}${seen} ${message.internalDate?.valueOf() === old.valueOf() ? 'old' : 'new'}`,
    );
  }
  await client.logout();
  return found;
}

describe('the Dovecot of the tests', () => {
  let dovecot: Dovecot;
  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());

  test('delivers by LMTP into the INBOX of whatever user', async () => {
    await dovecot.deliver('lena', letter('one'));
    await dovecot.deliver('lena@example.com', letter('two'));
    expect(await subjects(dovecot.port, dovecot.host, 'lena', 'INBOX')).toEqual(['one new']);
    expect(await subjects(dovecot.port, dovecot.host, 'lena@example.com', 'INBOX')).toEqual(['two new']);
  });

  test('loads many messages with flags and dates into folders of any name', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => ({
      raw: letter(`m${index}`),
      flags: ['\\Seen'],
      internalDate: old,
    }));
    await dovecot.load('max', 'Entwürfe/R&D', many);
    const found = await subjects(dovecot.port, dovecot.host, 'max', 'Entwürfe/R&D');
    expect(found).toHaveLength(2500);
    expect(found[7]).toBe('m7 seen old');
  });

  test.each([
    ['full', 'MOVE', true],
    ['noMove', 'MOVE', false],
    ['noMove', 'UIDPLUS', true],
    ['bare', 'UIDPLUS', false],
    ['bare', 'IDLE', false],
  ] as const)('its address %s answers for %s: %s', async (name, capability, offered) => {
    const client = new ImapFlow({
      host: dovecot.hosts[name],
      port: dovecot.imapsPort,
      secure: true,
      tls: { ca: readFileSync(dovecot.cert) },
      auth: { user: 'cap', pass: 'secret' },
      logger: false,
    });
    await client.connect();
    expect(client.capabilities.has(capability)).toBe(offered);
    await client.logout();
  });

  test('a stopped one leaves no folder behind', async () => {
    const other = await startDovecot({ mailLocation: 'maildir:~/Maildir' });
    await other.deliver('x', letter('y'));
    await other.stop();
    expect(existsSync(other.dir)).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromServer, type Namespace, specialUseOf, toServer } from '../../src/mail/mailbox.ts';

const dovecot: Namespace = { prefix: '', delimiter: '/' };
const courier: Namespace = { prefix: 'INBOX.', delimiter: '.' };
const flat: Namespace = { prefix: '', delimiter: null };

test.each([
  ['Support/Refunds', dovecot, 'Support/Refunds'],
  ['Support/Refunds', courier, 'INBOX.Support.Refunds'],
  ['inbox', courier, 'INBOX'],
  ['Inbox', dovecot, 'INBOX'],
  ['INBOX/Refunds', dovecot, 'INBOX/Refunds'],
  ['INBOX/Refunds', courier, 'INBOX.Refunds'],
  ['inbox/Refunds', courier, 'INBOX.Refunds'],
  ['/shared/support', courier, 'shared.support'],
  ['Été', courier, 'INBOX.Été'],
  ['Refunds', flat, 'Refunds'],
])('%s is on the server %j the folder %s', (name, namespace, path) => {
  expect(toServer(name, namespace)).toEqual({ ok: true, value: path });
});

test.each([
  ['v1.2', courier, 'parts folders with "."'],
  ['Support/v1.2', courier, '"v1.2" in "Support/v1.2"'],
  ['Support/Refunds', flat, 'no subfolders'],
  ['Support//Refunds', dovecot, 'empty level'],
  ['Support/', dovecot, 'empty level'],
  ['', dovecot, 'empty level'],
  ['a\r\nb', dovecot, 'control character'],
  ['\\Jnk', dovecot, 'there are \\All'],
])('%j cannot be on the server %j, and the reason is told', (name, namespace, reason) => {
  const outcome = toServer(name, namespace);
  expect(outcome).toMatchObject({ ok: false, fault: { kind: 'permanent', code: 'folder-name' } });
  expect(outcome.ok ? '' : outcome.fault.message).toContain(reason);
});

test.each([
  ['INBOX.Support.Refunds', courier, 'Support/Refunds'],
  ['Inbox', courier, 'INBOX'],
  ['shared.support', courier, '/shared/support'],
  ['INBOX.INBOX.Sub', courier, '/INBOX/INBOX/Sub'],
  ['INBOX.INBOX', courier, '/INBOX/INBOX'],
  ['INBOX.a/b', courier, null],
  ['INBOX.', courier, null],
  ['a/b', flat, null],
])('the server folder %s of %j is %j here', (path, namespace, name) => {
  expect(fromServer(path, namespace)).toBe(name);
});

describe('names lead back', () => {
  const delimiter = fc.constantFrom('/', '.', '\\', '|', null);
  const namespace = fc.tuple(delimiter, fc.constantFrom('', 'INBOX', 'Mail', '#user')).map(
    ([parting, root]): Namespace => ({
      prefix: root === '' || parting === null ? '' : root + parting,
      delimiter: parting,
    }),
  );
  const anything = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc
      .array(fc.constantFrom('INBOX', 'inbox', 'Mail', 'a', 'b c', '.', '/', '\\', '|', '#user', 'Ä'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  );

  test('from any folder of a server that has a name here', () => {
    fc.assert(
      fc.property(anything, namespace, (path, server) => {
        const name = fromServer(path, server);
        const inbox = path.toUpperCase() === 'INBOX';
        if (name !== null) expect(toServer(name, server)).toEqual({ ok: true, value: inbox ? 'INBOX' : path });
      }),
      { numRuns: 2000 },
    );
  });

  test('from any name that a server can have, to the same folder', () => {
    fc.assert(
      fc.property(anything, namespace, (name, server) => {
        const path = toServer(name, server);
        if (!path.ok) return;
        const back = fromServer(path.value, server);
        expect(back === null ? null : toServer(back, server)).toEqual(path);
      }),
      { numRuns: 2000 },
    );
  });

  test('to the very name, where it is a plain one', () => {
    const level = fc.stringMatching(/^[A-Za-z0-9 _ÄÖ-]{1,12}$/).filter((text) => text.toUpperCase() !== 'INBOX');
    fc.assert(
      fc.property(fc.array(level, { minLength: 1, maxLength: 5 }), namespace, (levels, server) => {
        const name = (server.delimiter === null ? levels.slice(0, 1) : levels).join('/');
        const path = toServer(name, server);
        expect(path.ok && fromServer(path.value, server)).toBe(name);
      }),
    );
  });
});

test('special uses are recognised in any case and spelt as in RFC 6154', () => {
  expect(['\\junk', '\\TRASH', '\\Sent', 'Junk', '\\Spam'].map(specialUseOf)).toEqual([
    '\\Junk',
    '\\Trash',
    '\\Sent',
    null,
    null,
  ]);
});

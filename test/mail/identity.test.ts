import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { bestMatch, externalRef, identityFromHeader, sameMessage } from '../../src/mail/identity.ts';
import type { Identity } from '../../src/mail/message.ts';

const header = (text: string): Uint8Array => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
const idOf = (text: string): string | null => identityFromHeader(header(text)).messageId;

describe('Message-ID', () => {
  test.each([
    ['as it stands, brackets and all', 'Message-ID: <a.b@example.com>\n', '<a.b@example.com>'],
    ['whatever the case of its name', 'mEsSaGe-iD: <a@b>\n', '<a@b>'],
    ['folded behind its name, as Outlook does', 'Message-ID:\n <long@example.com>\n', '<long@example.com>'],
    ['with the obsolete space before the colon', 'Message-ID : <a@b>\n', '<a@b>'],
    ['before a comment that a relay added', 'Message-ID: <a@b> (added by postmaster@c)\n', '<a@b>'],
    ['the first one if there are two', 'Message-ID: <a@b>\nMessage-ID: <c@d>\n', '<a@b>'],
    ['the first that says something', 'Message-ID: <>\nMessage-ID: <c@d>\n', '<c@d>'],
    ['without brackets where the sender wrote none', 'Message-ID: a@b\n', 'a@b'],
    ['in Latin-1 where it is not UTF-8', 'Message-ID: <\xe4@b>\n', '<ä@b>'],
    ['without control characters', 'Message-ID: <a\0b@c>\n', '<ab@c>'],
    ['not at all when it is missing', 'Subject: x\n', null],
    ['not at all when it is empty', 'Message-ID: \n', null],
    [
      'not at all when it is longer than a line may be',
      `Message-ID: <${'x'.repeat(limits.message.messageId)}@b>\n`,
      null,
    ],
    ['not from the body', 'Subject: x\n\nMessage-ID: <a@b>\n', null],
    ['not from another header that continues', 'Subject: x\n Message-ID: <a@b>\n', null],
  ])('is taken %s', (_how, text, expected) => {
    expect(idOf(text)).toBe(expected);
  });

  test('is UTF-8 where it is valid', () => {
    expect(identityFromHeader(Buffer.from('Message-ID: <grüße@example.com>\r\n')).messageId).toBe(
      '<grüße@example.com>',
    );
  });
});

describe('references', () => {
  test('are those of References, then of In-Reply-To, each once, oldest first', () => {
    const { references } = identityFromHeader(
      header('In-Reply-To: Your message of Monday <b@x> and <c@x>\nReferences: <a@x>\n\t<b@x> <a@x>\n'),
    );
    expect(references).toEqual(['<a@x>', '<b@x>', '<c@x>']);
  });

  test('keep the root and the newest where a header lists thousands', () => {
    const ids = Array.from({ length: 5000 }, (_, index) => `<${index}@x>`);
    const { references } = identityFromHeader(header(`References: ${ids.join('\n ')}\n`));
    expect(references).toHaveLength(limits.message.references);
    expect([references[0], references[1], references.at(-1)]).toEqual([
      '<0@x>',
      `<${5000 - limits.message.references + 1}@x>`,
      '<4999@x>',
    ]);
  });
});

describe('the hash of the header block', () => {
  const block = 'From: a@b\nSubject: x\n y\nMessage-ID: <a@b>\n';
  const hash = (text: string): string => identityFromHeader(header(text)).headerHash;

  test('is a SHA-256', () => {
    expect(hash('A: b\n')).toBe(createHash('sha256').update('A: b\n').digest('hex'));
  });

  test.each([
    ['with the blank line that BODY[HEADER] ends with', `${block}\n`],
    ['of a whole source', `${block}\nBody\n\nmore\n`],
    ['of a message without a body', block.trimEnd()],
    [
      'with the lines that an mbox server adds and changes',
      `${block}Status: RO\nX-Status: A\nX-UID: 17\nX-Keywords:  \n`,
    ],
  ])('is the same %s', (_form, text) => {
    expect(hash(text)).toBe(hash(block));
  });

  test('is the same with bare line feeds', () => {
    expect(identityFromHeader(Buffer.from(`${block}\nBody`)).headerHash).toBe(hash(block));
  });

  test.each(['From: a@c\n', `${block}X: y\n`, block.replace(' y', 'y'), ''])(
    'is another for another header (%#)',
    (text) => {
      expect(hash(text)).not.toBe(hash(block));
    },
  );

  test('and the rest are the same however the body goes on, whatever the octets', () => {
    const octets = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(octets, octets, (head, body) => {
        const first = Buffer.concat([head, Buffer.from('\r\n\r\n')]);
        expect(identityFromHeader(Buffer.concat([first, body]))).toEqual(identityFromHeader(first));
      }),
    );
  });
});

const base: Identity = { emailId: null, messageId: '<a@b>', headerHash: 'h', internalDate: 1000, size: 10 };

describe('the same message', () => {
  test.each<[string, Partial<Identity>, Partial<Identity>, boolean]>([
    ['has the same Message-ID, header and INTERNALDATE', {}, {}, true],
    ['may have another size after a copy', {}, { size: 11 }, true],
    ['may have no Message-ID', { messageId: null }, { messageId: null }, true],
    [
      'has the same EMAILID where both have one, and that is enough',
      { emailId: 'e' },
      { emailId: 'e', internalDate: 2 },
      true,
    ],
    ['is recognised without the EMAILID where only one has it', { emailId: 'e' }, {}, true],
    ['has no other EMAILID', { emailId: 'e' }, { emailId: 'f' }, false],
    ['has no other Message-ID', {}, { messageId: '<c@d>' }, false],
    ['has no other header under a forged Message-ID', {}, { headerHash: 'other' }, false],
    ['did not arrive at another time', {}, { internalDate: 2000 }, false],
  ])('%s', (_name, a, b, expected) => {
    expect(sameMessage({ ...base, ...a }, { ...base, ...b })).toBe(expected);
    expect(sameMessage({ ...base, ...b }, { ...base, ...a })).toBe(expected);
  });

  test('is among candidates the one with the same date, then the same size, then the first', () => {
    const sighting = (name: string, changes: Partial<Identity>) => ({ name, identity: { ...base, ...changes } });
    const candidates = [
      sighting('another message', { headerHash: 'other' }),
      sighting('other size', { size: 11 }),
      sighting('best', {}),
      sighting('twin', {}),
    ];
    expect(bestMatch(base, candidates)?.name).toBe('best');
    expect(bestMatch(base, candidates.slice(0, 2))?.name).toBe('other size');
    expect(bestMatch(base, candidates.slice(0, 1))).toBeNull();
    const twins = [
      sighting('earlier', { emailId: 'e', internalDate: 1, size: 10 }),
      sighting('same date', { emailId: 'e', size: 9 }),
    ];
    expect(bestMatch({ ...base, emailId: 'e' }, twins)?.name).toBe('same date');
  });
});

test('external_ref is the Message-ID, and without one the same made-up id on every read', () => {
  expect(externalRef(base)).toBe('<a@b>');
  const read = (text: string): string => externalRef(identityFromHeader(header(text)));
  expect(read('Subject: x\n')).toMatch(/^<[0-9a-f]{64}@siftd\.invalid>$/);
  expect(read('Subject: x\n')).toBe(read('Subject: x\n\nbody'));
});

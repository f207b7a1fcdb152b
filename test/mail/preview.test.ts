import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { previewCommand } from '../../src/cli/preview.ts';

const fixture = (name: string): string => new URL(`fixtures/${name}.eml`, import.meta.url).pathname;
let folder: string;
let printed: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-preview-'));
  // No configuration of the machine that runs the tests may count.
  vi.stubEnv('SIFTD_CONFIG', undefined);
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

async function preview(...args: string[]): Promise<string> {
  await previewCommand().exitOverride().parseAsync(args, { from: 'user' });
  return printed;
}

function configured(text: string): string {
  const file = join(folder, 'siftd.yaml');
  writeFileSync(file, text);
  return file;
}

const account = (name: string): string =>
  `  ${name}: { host: ${name}.example.com, user: me, password: { env: NOT_SET } }\n`;

describe('siftd preview --json', () => {
  test('prints the request as it would be sent, without a configuration by the defaults', async () => {
    expect(JSON.parse(await preview(fixture('html-only'), '--json'))).toEqual({
      mail: {
        subject: 'Only HTML',
        body: 'Dear team,\n\nplease refund order 4711 & tell me.\n\nItem Price\nShoe 50 €',
      },
      external_ref: '<html-only@example.com>',
      external_metadata: { thread_id: '<html-only@example.com>', folder: 'INBOX', account: 'default' },
    });
  });

  test('obeys body, metadata and accounts of the configuration, and opens no secret', async () => {
    const file = configured(
      `body: { limit: 10, quotes: strip }\nclassifier: { metadata: { source: portal } }\naccounts:\n${account('support')}${account('sales')}routes: { a: { move: A } }\n`,
    );
    expect(JSON.parse(await preview(fixture('flowed'), '--json', '-c', file, '--folder', 'Support/New'))).toEqual({
      mail: { subject: 'Flowed', body: 'This line' },
      external_ref: '<flowed@example.com>',
      external_metadata: {
        source: 'portal',
        thread_id: '<flowed@example.com>',
        folder: 'Support/New',
        account: 'support',
      },
    });
  });

  test('takes the account that is named', async () => {
    const file = configured(`accounts:\n${account('support')}${account('sales')}routes: { a: { move: A } }\n`);
    const request = JSON.parse(await preview(fixture('flowed'), '--json', '-c', file, '--account', 'sales'));
    expect(request.external_metadata.account).toBe('sales');
  });

  test('names the root of the thread, and a message without an id by its header', async () => {
    const file = join(folder, 'reply.eml');
    writeFileSync(file, 'References: <root@x> <parent@x>\r\nSubject: Re: x\r\n\r\nYes.\r\n');
    const request = JSON.parse(await preview(file, '--json'));
    expect(request.external_ref).toMatch(/^<[0-9a-f]{64}@siftd\.invalid>$/);
    expect(request.external_metadata.thread_id).toBe('<root@x>');
  });
});

test('siftd preview prints the same for people', async () => {
  expect(await preview(fixture('alternative'))).toBe(
    'subject            Both\nexternal_ref       <alternative@example.com>\nexternal_metadata  {"thread_id":"<alternative@example.com>","folder":"INBOX","account":"default"}\n\nPlease refund order 4711.\n',
  );
});

describe('siftd preview refuses', () => {
  test('a file that is not there, in one line', async () => {
    await expect(preview(join(folder, 'none.eml'))).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 1,
      message: expect.stringContaining('none.eml: ENOENT'),
    });
  });

  test('an account that is not in the configuration, and names those that are', async () => {
    const file = configured(`accounts:\n${account('support')}routes: { a: { move: A } }\n`);
    await expect(preview(fixture('flowed'), '-c', file, '--account', 'sales')).rejects.toMatchObject({
      exitCode: 2,
      message: 'the configuration has no account "sales"; it has support',
    });
  });

  test('a message that cannot be parsed, as the daemon would', async () => {
    const file = join(folder, 'parts.eml');
    writeFileSync(file, `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(1200)}`);
    await expect(preview(file)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/cannot be parsed/),
    });
  });
});

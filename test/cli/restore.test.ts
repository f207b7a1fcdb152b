import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { main } from '../../src/cli/program.ts';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { openStore } from '../../src/store/store.ts';

/* A restore that is cut off at any of its steps leaves a whole journal behind: the old one, or the new one. */

/** How many more changes of names the disk takes. */
let room = Number.POSITIVE_INFINITY;
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const counted =
    <A extends unknown[], R>(call: (...args: A) => R) =>
    (...args: A): R => {
      if (room <= 0 && String(args.at(-1) ?? args[0]).includes('/state')) throw new Error('cut off');
      if (String(args[0]).includes('/state')) room--;
      return call(...args);
    };
  const { renameSync, linkSync, mkdirSync } = fs;
  return { ...fs, renameSync: counted(renameSync), linkSync: counted(linkSync), mkdirSync: counted(mkdirSync) };
});

let folder: string;
let server: ImapServer;
const at = (name: string) => join(folder, name);
const user = 'support@example.com';

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-restore-'));
  server = await startImapServer({ accounts: [{ user, password: 'secret' }] });
  const { host, port } = server;
  const account = { host, port, tls: 'none', user, password: { env: 'PASSWORD' } };
  const config = { state: './state', accounts: { support: account }, routes: { refund: { move: 'Refunds' } } };
  writeFileSync(at('siftd.yaml'), stringify(config));
  vi.stubEnv('PASSWORD', 'secret');
});
afterEach(async () => {
  room = Number.POSITIVE_INFINITY;
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await server.close();
  rmSync(folder, { recursive: true });
});

/** Beside the journal: what else a state folder holds. */
async function write(count: number): Promise<void> {
  const store = openStore(at('state/siftd.db'));
  await store.commit(() => ({ found: Array.from({ length: count }, (_, uid) => newJob(uid + 1)) }), 1);
  store.close();
  writeFileSync(at('state/models/m0.model'), `model of ${count}`);
}

const newJob = (uid: number) => ({
  account: 'support',
  place: { folder: 'INBOX', uidValidity: 11, uid },
  identity: { emailId: null, messageId: `<${uid}@x>`, headerHash: `${uid}`.repeat(64), internalDate: 1, size: 5 },
  thread: `<${uid}@x>`,
});

function jobsOf(file: string): number {
  const store = openStore(file, { readonly: true });
  try {
    return store.validities('support', 'INBOX').flatMap((validity) => store.inFolder('support', 'INBOX', validity))
      .length;
  } finally {
    store.close();
  }
}

async function siftd(...args: string[]): Promise<number> {
  vi.spyOn(console, 'log').mockImplementation(() => {});
  return await main(['node', 'siftd', ...args, '-c', at('siftd.yaml')]);
}

// Each call of siftd listens for the signals that stop it.
process.setMaxListeners(0);

it('leaves one whole journal, wherever it is cut off, and can be made again', async () => {
  const { mkdirSync } = await vi.importActual<typeof import('node:fs')>('node:fs');
  mkdirSync(at('state/models'), { recursive: true });
  await write(2);
  expect(await siftd('backup', at('backup'))).toBe(0);
  rmSync(at('state'), { recursive: true });
  let steps = 0;
  for (let done = false; !done; steps++) {
    rmSync(at('state'), { recursive: true, force: true });
    mkdirSync(at('state/models'), { recursive: true });
    await write(5);
    room = steps;
    done = await siftd('restore', '--replace', at('backup')).then(
      (code) => code === 0,
      (error: Error) => {
        expect(error.message).toBe('cut off');
        return false;
      },
    );
    room = Number.POSITIVE_INFINITY;
    expect([2, 5]).toContain(jobsOf(at('state/siftd.db')));
    const replaced = readdirSync(at('state')).filter((name) => name.startsWith('replaced-'));
    const asides = replaced.map((name) => join(at('state'), name, 'siftd.db')).filter((file) => existsSync(file));
    // The old one is somewhere, whole.
    expect([at('state/siftd.db'), ...asides].map(jobsOf)).toContain(5);
    if (!done) expect(await siftd('restore', '--replace', at('backup'))).toBe(0);
    expect(jobsOf(at('state/siftd.db'))).toBe(2);
    expect(readdirSync(at('state')).filter((name) => name.startsWith('.'))).toEqual([]);
  }
  expect(steps).toBeGreaterThan(5);
});

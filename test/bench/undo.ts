import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { stringify } from 'yaml';
import { visit } from '../crash/mailbox.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { checkout } from '../servers/guard.ts';
import { startVendor } from '../vendor/vendor.ts';
import type { Told } from './figures.ts';
import { numbersOf } from './numbers.ts';
import { startSiftd } from './siftd.ts';

const main = join(checkout, 'dist', 'main.js');
const user = 'undo';
const env = { VENDOR_TOKEN: '', MAIL_PASSWORD: 'secret' };

/** What the vendor answers, by the first word of a subject, and what is then done. */
const answers = ['refund 0.95', 'complaint 0.95', 'newsletter 0.95', 'complaint 0.30'];
const routes = {
  refund: { move: 'Support/Refunds' },
  complaint: { move: 'Support/Complaints', label: ['urgent'], flag: true },
  newsletter: { label: ['newsletter'], seen: true },
};

/** Flags and keywords that people had set, among them those that siftd sets too. */
const worn = [[], ['\\Seen'], ['\\Answered', '\\Flagged'], ['mine', 'urgent'], ['\\Seen', 'newsletter', '$Forwarded']];

interface Undone extends Told {
  readonly messages: number;
  readonly sortSeconds: number;
  readonly undoSeconds: number;
  readonly redoSeconds: number;
  /** Messages that are not as they were, to the octet: after the undo as before siftd, after its undo as siftd left them. */
  readonly changedByUndo: number;
  readonly changedByRedo: number;
}

/** Files messages on a real Dovecot, takes all of it back beside the running daemon, and does it again with none running. */
export async function undo(args: string[]): Promise<Undone> {
  const { messages } = numbersOf(args, { messages: 1000 });
  const dovecot = await startDovecot({ fsync: 'optimized' });
  const vendor = await startVendor({
    classify: ({ subject }) => {
      const [classification = '', confidence = '0'] = subject.split(' ');
      return { classification, confidence: Number(confidence) };
    },
  });
  const dir = join(dovecot.dir, 'bench');
  mkdirSync(dir);
  const file = join(dir, 'siftd.yaml');
  const { url, company, orchestrator } = vendor;
  env.VENDOR_TOKEN = vendor.token;
  writeFileSync(
    file,
    stringify({
      state: join(dir, 'state'),
      console: { listen: 'off' },
      classifier: { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' }, rate: { requests: 1000, per: '1s' } },
      accounts: {
        support: {
          host: '127.0.0.1',
          port: dovecot.port,
          tls: 'none',
          user,
          password: { env: 'MAIL_PASSWORD' },
          since: 'all',
        },
      },
      routes,
      unsure: { label: ['needs-review'] },
      failed: { label: ['siftd-failed'] },
    }),
  );
  try {
    await dovecot.load(
      user,
      'INBOX',
      Array.from({ length: messages }, (_, n) => ({
        raw: `From: Ann <ann${n}@example.com>\r\nSubject: ${answers[n % answers.length]} number ${n}\r\nMessage-ID: <${n}@example.com>\r\n\r\nThis is number ${n}.\r\n`,
        flags: worn[n % worn.length] ?? [],
        internalDate: new Date(Date.UTC(2026, 0, 1) + n * 61_000),
      })),
    );
    const before = await standing(dovecot);
    const siftd = startSiftd(['run', '-c', file], env);
    const began = Date.now();
    const ended = new Set<number>();
    await siftd.line(({ job, state }) => job !== undefined && state === 'done' && ended.add(job).size === messages);
    const sortSeconds = (Date.now() - began) / 1000;
    const sorted = await standing(dovecot);
    const undoSeconds = await timed(['undo', '--since', '1d', '-c', file]);
    const changedByUndo = differing(before, await standing(dovecot));
    await siftd.stop();
    const redoSeconds = await timed(['undo', '--since', '1d', '--undone', '-c', file]);
    const changedByRedo = differing(sorted, await standing(dovecot));
    const deeds = new Database(join(dir, 'state', 'siftd.db'), { readonly: true });
    console.log(deeds.prepare('SELECT what, count(*) AS n FROM deeds GROUP BY what').all());
    deeds.close();
    const told = { messages, sortSeconds, undoSeconds, redoSeconds, changedByUndo, changedByRedo };
    console.log(told);
    return told;
  } finally {
    await vendor.close();
    await dovecot.stop();
  }
}

async function timed(args: readonly string[]): Promise<number> {
  const began = Date.now();
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  console.log(stdout);
  return (Date.now() - began) / 1000;
}

/** Every message of the mailbox: where it is, flags and keywords, INTERNALDATE, and all its octets. */
function standing({ port }: Dovecot): Promise<Map<string, string>> {
  return visit({ host: '127.0.0.1', port, user }, async (client) => {
    const all = new Map<string, string>();
    for (const { path, flags } of await client.list()) {
      if (flags.has('\\Noselect')) continue;
      const { exists } = await client.mailboxOpen(path, { readOnly: true });
      if (exists === 0) continue;
      for await (const row of client.fetch('1:*', { flags: true, internalDate: true, source: true })) {
        const flags = [...(row.flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
        const octets = createHash('sha256')
          .update(row.source ?? '')
          .digest('hex');
        const date = new Date(row.internalDate ?? 0).toISOString();
        const name = `${octets}${all.has(octets) ? ' once more' : ''}`;
        all.set(name, [path, date, ...flags].join(' '));
      }
    }
    return all;
  });
}

function differing(wanted: ReadonlyMap<string, string>, found: ReadonlyMap<string, string>): number {
  const names = new Set([...wanted.keys(), ...found.keys()]);
  return [...names].filter((name) => wanted.get(name) !== found.get(name)).length;
}

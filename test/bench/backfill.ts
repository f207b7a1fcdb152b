import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { startDovecot } from '../servers/dovecot.ts';
import { startVendor } from '../vendor/vendor.ts';
import type { Told } from './figures.ts';
import { numbersOf } from './numbers.ts';
import { startSiftd } from './siftd.ts';

const user = 'backfill';
const target = 'Support/Refunds';

interface Backfilled extends Told {
  readonly messages: number;
  readonly kills: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly peakMiB: number;
  /** Messages that are not exactly once where they belong. */
  readonly lost: number;
  readonly twice: number;
  /** POSTs beyond one a message, and processes that the API started beyond that. */
  readonly askedAgain: number;
  readonly startedAgain: number;
}

/** Sorts the old mail of a folder on a real Dovecot, by a command without a daemon that is killed at a third and at two. */
export async function backfill(args: string[]): Promise<Backfilled> {
  const { messages, kills } = numbersOf(args, { messages: 10_000, kills: 2 });
  const dovecot = await startDovecot({ fsync: 'optimized' });
  const vendor = await startVendor();
  const dir = join(dovecot.dir, 'bench');
  mkdirSync(dir);
  const file = join(dir, 'siftd.yaml');
  const { url, company, orchestrator } = vendor;
  const { host, port } = dovecot;
  const env = { VENDOR_TOKEN: vendor.token, MAIL_PASSWORD: 'secret' };
  const account = { host, port, tls: 'none', user, password: { env: 'MAIL_PASSWORD' } };
  writeFileSync(
    file,
    stringify({
      state: join(dir, 'state'),
      console: { listen: 'off' },
      classifier: { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' }, rate: { requests: 10_000, per: '1s' } },
      accounts: { support: account },
      routes: { refund_request: { move: target } },
    }),
  );
  const filed = async (folder: string): Promise<number> =>
    Number(/messages=(\d+)/.exec(await dovecot.doveadm('mailbox', 'status', '-u', user, 'messages', folder))?.[1]);
  try {
    const old = Array.from({ length: messages }, (_, n) => ({
      raw: `From: Ann <ann${n}@example.com>\r\nSubject: number ${n}\r\nMessage-ID: <${n}@example.com>\r\n\r\nThis is number ${n}.\r\n`,
      internalDate: new Date(Date.UTC(2025, 0, 1) + n * 61_000),
    }));
    await dovecot.load(user, 'Archive', old);
    // The journal, and the folder that is asked how full it is.
    const first = startSiftd(['run', '-c', file], env);
    await first.line(({ msg }) => msg === 'started');
    while (!(await dovecot.doveadm('mailbox', 'list', '-u', user)).includes(target)) await delay(200);
    await first.stop();
    const began = Date.now();
    let peakMiB = 0;
    const begin = () =>
      startSiftd(['backfill', '--folder', 'Archive', '-c', file], { ...env, SIFTD_LOG_LEVEL: 'info' });
    for (let kill = 1; kill <= kills; kill++) {
      const siftd = begin();
      while ((await filed(target)) < (messages * kill) / (kills + 1)) await delay(100);
      peakMiB = Math.max(peakMiB, siftd.peakMiB());
      await siftd.kill();
    }
    const last = begin();
    await last.line(({ msg }) => msg.startsWith('old mail: all of it'));
    peakMiB = Math.max(peakMiB, last.peakMiB());
    const seconds = (Date.now() - began) / 1000;
    await last.stop();
    const counts = [...vendor.counts().values()];
    const sum = (what: 'submissions' | 'processes') => counts.reduce((all, one) => all + one[what], 0);
    const [there, left] = [await filed(target), await filed('Archive')];
    const told = {
      messages,
      kills,
      seconds,
      perSecond: messages / seconds,
      peakMiB: Math.round(peakMiB),
      lost: Math.max(0, messages - there - left) + left,
      twice: Math.max(0, there - messages),
      askedAgain: sum('submissions') - messages,
      startedAgain: sum('processes') - messages,
    };
    console.log(told);
    if (told.lost + told.twice + told.startedAgain > 0) process.exitCode = 1;
    return told;
  } finally {
    await vendor.close();
    await dovecot.stop();
  }
}

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Dovecot } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';
import { startFar } from '../servers/relay.ts';
import { proveSorted } from './backlog.ts';
import { median, type Told } from './figures.ts';
import { letters, subjectRules } from './letters.ts';
import { numbersOf } from './numbers.ts';
import { fitOut, onDovecot } from './outfit.ts';
import { Watch, type Watched, watchSiftd } from './watched.ts';

const seed = 20260109;
const [company, orchestrator] = ['benchcompany', 'tenclasses'];

export interface Rtt extends Told {
  readonly messages: number;
  readonly seed: number;
  readonly roundTripMs: number;
  /** Messages a second, a run each, with the servers on this machine and as far away as the round trip. */
  readonly near: readonly number[];
  readonly far: readonly number[];
  readonly ratio: number;
}

/**
 * The backlog with every octet to and from the IMAP server and the classification service on its way for half a round trip,
 * over the same without. The service is `siftd serve`, as the one inside siftd has no network before it.
 */
export async function rtt(args: string[]): Promise<Rtt> {
  const {
    messages,
    runs,
    milliseconds: roundTripMs,
  } = numbersOf(args, { messages: 10_000, runs: 2, milliseconds: 50 });
  const all = [...letters(messages, seed)].map(({ raw, ...rest }) => ({ ...rest, raw: Buffer.from(raw) }));
  const [near, far, stalls]: [number[], number[], number[]] = [[], [], []];
  await onDovecot(async (dovecot, dir, model) => {
    for (let run = 1; run <= runs; run++) {
      for (const away of [0, roundTripMs]) {
        const user = `run${run}-${away}`;
        await dovecot.load(user, 'INBOX', all);
        const { seconds, stallMs } = await sort(dovecot, { dir: join(dir, user), user, model, messages, away });
        await proveSorted(dovecot, user, all);
        (away === 0 ? near : far).push(messages / seconds);
        stalls.push(stallMs);
        console.log(`run ${run}, ${away} ms away: ${(messages / seconds).toFixed(0)}/s`);
      }
    }
  });
  const ratio = median(far) / median(near);
  const told = { messages, seed, roundTripMs, near, far, ratio, stallMs: Math.max(...stalls) };
  const table = new Table({ head: ['', 'messages/s'], style: { head: [], border: [] } });
  table.push(['loopback', median(near).toFixed(0)], [`${roundTripMs} ms round trip`, median(far).toFixed(0)]);
  console.log(table.toString());
  return {
    ...told,
    figures: [
      {
        what: `the same through a round trip of ${roundTripMs} ms (IMAP and HTTP), over loopback`,
        value: ratio,
        goal: { least: 0.5 },
        unit: '',
        digits: 2,
        beside: `${median(far).toFixed(0)}/s over ${median(near).toFixed(0)}/s, both with siftd serve; medians of ${near.length} runs`,
      },
    ],
  };
}

interface Sorting {
  readonly dir: string;
  readonly user: string;
  readonly model: string;
  readonly messages: number;
  readonly away: number;
}

async function sort(dovecot: Dovecot, { dir, user, model, messages, away }: Sorting): Promise<Watched> {
  const servicePort = await freePorts(1);
  const imap = { host: dovecot.host, port: dovecot.port };
  const relays =
    away === 0 ? [] : [await startFar(imap, away), await startFar({ host: imap.host, port: servicePort }, away)];
  mkdirSync(join(dir, 'models'), { recursive: true });
  copyFileSync(model, join(dir, 'models', `${company}.${orchestrator}.model`));
  const token = { file: join(dir, 'token') };
  writeFileSync(token.file, 'bench-token-of-32-characters-or-so', { mode: 0o600 });
  const labels = Object.fromEntries(subjectRules.map(({ label, phrase }) => [label, phrase]));
  const config = fitOut({
    state: dir,
    model,
    server: { host: imap.host, port: relays[0]?.port ?? imap.port },
    users: [user],
    since: 'all',
    // The default rate spares a vendor; this service is our own.
    classifier: {
      url: `http://127.0.0.1:${relays[1]?.port ?? servicePort}`,
      company,
      orchestrator,
      token,
      concurrency: 256,
      rate: { requests: 10_000, per: '1s' },
    },
    service: {
      listen: `127.0.0.1:${servicePort}`,
      companies: { [company]: { tokens: [token], orchestrators: { [orchestrator]: { engine: 'linear', labels } } } },
    },
  });
  const serve = new Watch(config, { log: join(dir, 'serve.log'), profile: null, command: 'serve' });
  try {
    await serve.until('serving', 1);
    const watched = await watchSiftd(config, { messages, log: join(dir, 'run.log'), profile: null });
    await serve.stop();
    return watched;
  } finally {
    serve.end();
    for (const relay of relays) await relay.stop();
  }
}

import { join } from 'node:path';
import { modelId } from '../../src/cli/embedded.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Processes } from '../../src/server/processes.ts';
import { newRowOf } from '../../src/store/rows.ts';
import { openStore } from '../../src/store/store.ts';
import type { Done } from '../../src/triage/job.ts';
import type { Dovecot } from '../servers/dovecot.ts';
import { type Relay, startRelay } from '../servers/relay.ts';
import { median, type Told } from './figures.ts';
import { folderOf, letters, subjectRules } from './letters.ts';
import { numbersOf } from './numbers.ts';
import { fitOut, onDovecot } from './outfit.ts';
import { Watch } from './watched.ts';

const seed = 20260112;
const labels = subjectRules.map(({ label }) => label);

interface Tap extends Relay {
  /** Octets that crossed, both ways. */
  octets(): number;
  /** When the client first said IDLE. */
  readonly idle: Promise<number>;
}

/** A relay that listens. */
async function startTap(target: { readonly host: string; readonly port: number }): Promise<Tap> {
  let octets = 0;
  let idling: (at: number) => void = () => {};
  const idle = new Promise<number>((resolve) => {
    idling = resolve;
  });
  const relay = await startRelay(target, ({ client, upstream }) => {
    client.on('data', (data) => {
      octets += data.length;
      if (/ IDLE\r\n/.test(data.toString('latin1'))) idling(performance.now());
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      octets += data.length;
      client.write(data);
    });
  });
  return { ...relay, octets: () => octets, idle };
}

/** How soon the daemon is in IDLE when its databases hold 100,000 messages that were sorted. */
export async function start(args: string[]): Promise<Told & { readonly jobs: number; readonly seconds: number[] }> {
  const { jobs, runs } = numbersOf(args, { jobs: 100_000, runs: 5 });
  return await onDovecot(async (dovecot, dir, model) => {
    const user = 'start';
    await dovecot.load(user, 'INBOX', [...letters(100, seed)]);
    const state = join(dir, 'state');
    const seconds: number[] = [];
    const stalls: number[] = [];
    let peakMiB = 0;
    for (let run = 1; run <= runs; run++) {
      const tap = await startTap({ host: dovecot.host, port: dovecot.port });
      const server = { host: dovecot.host, port: tap.port };
      const config = fitOut({ state, model, server, users: [user], since: 'now' });
      if (run === 1) await fill(config, state, user, jobs);
      const began = performance.now();
      const siftd = new Watch(config, { log: join(dir, `log${run}`), profile: null });
      try {
        await siftd.until('started', 1);
        await siftd.stalls();
        seconds.push(((await tap.idle) - began) / 1000);
        stalls.push((await siftd.stalls()).max);
        peakMiB = Math.max(peakMiB, siftd.peakMiB());
        await siftd.stop();
      } finally {
        siftd.end();
        await tap.stop();
      }
      console.log(`run ${run}: ${seconds.at(-1)?.toFixed(2)} s to IDLE, longest stall since then ${stalls.at(-1)} ms`);
    }
    return {
      jobs,
      seconds,
      stallMs: Math.max(...stalls),
      figures: [
        {
          what: `start with ${jobs.toLocaleString('en')} done jobs in the database to first IDLE`,
          value: median(seconds),
          goal: { most: 1 },
          unit: 's',
          digits: 2,
          beside: `median of ${seconds.length} runs; peak RSS ${peakMiB} MiB`,
        },
      ],
    };
  });
}

/** Jobs that were done an hour ago, in the journal and in the queue of the service inside siftd. */
async function fill(config: string, state: string, account: string, jobs: number): Promise<void> {
  const at = Date.now() - 3_600_000;
  const uidvalidity = 1_700_000_000;
  const store = openStore(join(state, 'siftd.db'));
  const first = loadConfig({ file: config, purpose: 'run' }).accounts.get(account);
  if (first === undefined) throw new Error('the configuration lacks the account');
  const owner = { company: 'siftd', orchestrator: modelId(first.policy) };
  const queue = new Processes(join(state, 'service.db'), jobs);
  for (let from = 0; from < jobs; from += 1000) {
    const ids = Array.from({ length: Math.min(1000, jobs - from) }, (_, index) => from + index + 1);
    store.restore({ jobs: ids.map((id) => doneJob(id, { account, at, uidvalidity })) });
    const admitted = ids.map((id) =>
      queue.accept(
        owner,
        `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
        {
          mail: { subject: '', body: '' },
          externalRef: JSON.stringify(`<${id}@mail.example.org>`),
          externalMetadata: JSON.stringify({ thread_id: `<${id}@mail.example.org>`, folder: 'INBOX', account }),
          fingerprint: Buffer.alloc(32, id),
        },
        at,
      ),
    );
    await Promise.all(admitted);
    const begun = await queue.begin(owner, ids.length);
    const ending = { status: 'completed', confidence: 0.97, predictions: [], stated: false, model: 'bench' } as const;
    await Promise.all(begun.map(({ seq }) => queue.end(seq, { ...ending, label: labelOf(seq) }, at)));
  }
  queue.close();
  store.close();
}

const labelOf = (id: number): string => labels[id % labels.length] ?? '';

function doneJob(
  id: number,
  { account, at, uidvalidity }: { readonly account: string; readonly at: number; readonly uidvalidity: number },
) {
  const label = labelOf(id);
  const folder = folderOf(label);
  const place = { folder, uidValidity: uidvalidity, uid: id };
  const messageId = `<${id}@mail.example.org>`;
  // Scattered over its index, as hashes are.
  const headerHash = (Math.imul(id, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').repeat(8);
  const identity = { emailId: null, messageId, headerHash, internalDate: at, size: 3400 };
  const reason = `"${label}" with confidence 0.97, and the threshold is 0.5`;
  const decision = {
    way: 'routed',
    route: label,
    classification: label,
    confidence: 0.97,
    best: [],
    model: 'bench',
  } as const;
  const job: Done = {
    ...{ id, account, place, identity, thread: messageId, foundAt: at, since: at, rev: 6, attempts: 0, nextAt: at },
    ...{ round: 1, origin: 'watch', verdict: null, state: 'done', review: false, observed: false, actions: [] },
    decision: { ...decision, reason, undoes: null },
  };
  const moved = { job: id, round: 1, seq: 1, step: 'done' as const };
  return {
    row: newRowOf(job),
    actions: [
      {
        ...moved,
        action: JSON.stringify({ type: 'move', target: folder }),
        progress: JSON.stringify({ step: 'done', place }),
        ...{ dest_folder: folder, dest_uidvalidity: uidvalidity, dest_uid: id },
      },
    ],
  };
}

/** What of two large messages crosses the network, and how long they hold up the loop. */
export async function large(): Promise<Told & { readonly octets: number; readonly htmlStallMs: number }> {
  return await onDovecot(async (dovecot, dir, model) => {
    const attached = await sortOne(dovecot, dir, model, 'attached', withAttachment(25_000_000));
    const html = await sortOne(dovecot, dir, model, 'html', ofHtml(20_000_000));
    return {
      octets: attached.octets,
      htmlStallMs: html.stallMs,
      stallMs: Math.max(attached.stallMs, html.stallMs),
      figures: [
        {
          what: 'a 25 MB attachment: octets over IMAP, both ways, from the connection to the move',
          value: attached.octets / 1024,
          goal: { most: 64 },
          unit: 'KiB',
          digits: 1,
        },
        {
          what: 'longest event-loop stall over one 20 MB HTML message',
          value: html.stallMs,
          goal: { most: 50 },
          unit: 'ms',
          digits: 0,
          beside: `${(html.octets / 1024).toFixed(0)} KiB over IMAP, ${html.seconds.toFixed(1)} s`,
        },
      ],
    };
  });
}

async function sortOne(dovecot: Dovecot, dir: string, model: string, user: string, raw: string) {
  await dovecot.load(user, 'INBOX', [{ raw }]);
  const tap = await startTap({ host: dovecot.host, port: dovecot.port });
  const state = join(dir, user);
  const server = { host: dovecot.host, port: tap.port };
  const config = fitOut({ state, model, server, users: [user], since: 'all' });
  const siftd = new Watch(config, { log: join(dir, `${user}.log`), profile: null });
  try {
    await siftd.until('started', 1);
    await siftd.stalls();
    const began = performance.now();
    await siftd.until('ended', 1);
    const seconds = (performance.now() - began) / 1000;
    const octets = tap.octets();
    const { max } = await siftd.stalls();
    await siftd.stop();
    return { octets, seconds, stallMs: max };
  } finally {
    siftd.end();
    await tap.stop();
  }
}

const head = (subject: string, type: string) =>
  `From: customer@example.org\r\nTo: support@example.com\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: ${type}\r\n`;

function withAttachment(octets: number): string {
  const line = `${'QUJD'.repeat(19)}\r\n`;
  const text = 'Please find the invoice attached: the total is due, tax included, by bank transfer.\r\n'.repeat(12);
  return [
    `${head('attached', 'multipart/mixed; boundary=b')}\r\n--b\r\nContent-Type: text/plain\r\n\r\n${text}`,
    `\r\n--b\r\nContent-Type: application/pdf; name=invoice.pdf\r\nContent-Disposition: attachment; filename=invoice.pdf\r\n`,
    `Content-Transfer-Encoding: base64\r\n\r\n${line.repeat(Math.ceil(octets / line.length))}--b--\r\n`,
  ].join('');
}

function ofHtml(octets: number): string {
  const row = '<tr><td class="a"><p style="margin:0">invoice total due <b>tax</b></p></td></tr>\r\n';
  return `${head('html', 'text/html; charset=utf-8')}\r\n<html><body><table>${row.repeat(octets / row.length)}</table>\r\n`;
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hookSecret, startHelpdesk } from '../servers/helpdesk.ts';
import type { Received } from '../servers/smtp.ts';
import { seededRandom } from '../vendor/random.ts';
import { startVendor } from '../vendor/vendor.ts';
import { startApiWire } from './api-wire.ts';
import { type Boundary, type Judge, Numbering, springs, type Trap } from './boundary.ts';
import { type Child, type Program, startChild } from './child.ts';
import { startImapWire } from './imap-wire.ts';
import { type Delivered, violationsOf } from './invariant.ts';
import { type Posting, progressOf, readJournal, readPostings, submittingOf } from './journal.ts';
import { fill, type Login, survey, visit } from './mailbox.ts';
import { startSmtpWire } from './smtp-wire.ts';
import { answerOf, configOf, endingOf, idOf, labels, letter, type Means, routes, shortTimes } from './stage.ts';

/** When siftd is killed. `at random`: at a time drawn from the first second after its start. */
export interface Instant {
  readonly name: string;
  readonly traps: readonly Omit<Trap, 'fate'>[];
  /** It needs a message that was not filed yet. */
  readonly fresh?: true;
}

type Mail = 'forward' | 'reply';

const commit = (noted: string, when: Boundary['when']): Instant => ({
  name: `${when} the commit of ${noted}`,
  traps: [{ on: 'commit', when, at: `${noted} 1` }],
});
const bothSides = (noted: string): Instant[] => [commit(noted, 'before'), commit(noted, 'after')];

/** What one kind of mail goes through. */
const ofMail = (kind: Mail): Instant[] => {
  const smtp = (name: string, when: Boundary['when'], what: string): Instant => ({
    name: `${kind}: ${name}`,
    traps: [{ on: 'smtp', when, at: `${kind} ${what}` }],
  });
  return [
    ...bothSides(`${kind} sending`),
    smtp('after MAIL', 'after', 'MAIL'),
    smtp('after RCPT', 'after', 'RCPT'),
    smtp('after DATA', 'after', 'DATA'),
    smtp('in the middle of the data', 'before', 'MIDDLE'),
    smtp('before its end is seen', 'before', '.'),
    smtp('after its end, before the answer', 'before', 'ANSWER'),
    smtp('after the answer, before it is heard', 'after', '.'),
    ...bothSides(`${kind} sent`),
    ...(['before', 'after'] as const).map((when) => ({
      name: `twice: after the commit of ${kind} sending, and ${when} the one of ${kind} unknown`,
      traps: [
        { on: 'commit', when: 'after', at: `${kind} sending 1` } as const,
        { on: 'commit', when, at: `${kind} unknown 1` } as const,
      ],
    })),
  ];
};

const atRandom: Instant = { name: 'at random', traps: [], fresh: true };
const fresh = (instant: Instant): Instant => ({ ...instant, fresh: true });

/** Each instant around what is sent, once. The three postings of a message are held and let go in one commit. */
export const instants: readonly Instant[] = [
  ...bothSides('forward held').map(fresh),
  { name: 'before the move is seen', traps: [{ on: 'imap', when: 'before', at: 'UID MOVE' }], fresh: true },
  { name: 'after the move, before it is heard', traps: [{ on: 'imap', when: 'after', at: 'UID MOVE' }], fresh: true },
  ...bothSides('forward due').map(fresh),
  ...ofMail('forward'),
  ...ofMail('reply'),
  ...bothSides('webhook sending'),
  { name: 'webhook: before it is counted', traps: [{ on: 'hook', when: 'before', at: 'request' }] },
  { name: 'webhook: counted, not answered', traps: [{ on: 'hook', when: 'before', at: 'counted' }] },
  { name: 'webhook: answered', traps: [{ on: 'hook', when: 'before', at: 'answered' }] },
  ...bothSides('webhook sent'),
];

/** A server that takes mail in the clear for customer.example, without a login. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  readonly received: readonly Received[];
}

export interface Fates {
  /** Mails: taken once and known to be; never taken, and a person is shown it; taken once, and a person is shown that it may have been. */
  once: number;
  never: number;
  maybe: number;
  twice: number;
  /** Webhooks: those that came once, and those that came more often, under one id. */
  posted: number;
  repeated: number;
}

export interface Aftermath {
  readonly kills: ReadonlyMap<string, number>;
  /** By the instant of the first kill that something was under way at; `calm`: at none. */
  readonly fates: ReadonlyMap<string, Fates>;
  readonly messages: number;
  readonly violations: readonly string[];
}

export const calm = 'under way at no kill';

const means: Means = { flags: true, move: true, uidplus: true, keywords: true, gmail: false };
/** One at a time, so that a life leaves something for the next one to be killed at. */
const times = { ...shortTimes, post: { backoffMin: 20, backoffMax: 100, away: 50, mails: 1, webhooks: 1 } };
/** So many messages come when all others are through. */
const batch = 5;

/** So long without a word of siftd's, and nothing will come: beyond the longest of its deadlines. */
const patience = 120_000;

/**
 * One mailbox, one journal, and siftd killed at one instant after the other. Messages come that are to be forwarded, answered,
 * posted to a helpdesk and moved; what a kill leaves behind is the next life's, and in the end nothing is left. Every letter and
 * webhook is looked for where it was sent to.
 */
export async function killSending(
  program: Program,
  login: Login,
  server: MailServer,
  wanted: readonly Instant[],
  options: { readonly seed?: number; readonly onKill?: () => void } = {},
): Promise<Aftermath> {
  const draw = seededRandom(options.seed ?? 1);
  const folder = mkdtempSync(join(tmpdir(), 'siftd-sending-'));
  const [vendor, desk] = await Promise.all([startVendor({ classify: answerOf }), startHelpdesk()]);
  const [api, imap, smtp] = await Promise.all([
    startApiWire(vendor.url),
    startImapWire(login),
    startSmtpWire({ host: server.host, port: server.port }),
  ]);
  const config = join(folder, 'siftd.yaml');
  const db = join(folder, 'state', 'siftd.db');
  const near = { host: '127.0.0.1', port: imap.port, user: login.user };
  const { company, orchestrator } = vendor;
  writeFileSync(join(folder, 'answer.txt'), 'Subject: We have it: {{subject}}\n\nYour number is {{ticket}}.\n');
  const sends = { reply: 'answer.txt', webhook: { url: desk.url, secret: { env: 'HOOK' }, allow_private: true } };
  const more = {
    smtp: { host: '127.0.0.1', port: smtp.port, tls: 'none', login: 'none', from: 'support@example.com' },
    routes: {
      ...routes,
      refund_request: { ...routes.refund_request, ...sends, forward: 'colleague@customer.example' },
      complaint: { ...routes.complaint, ...sends, forward: { to: 'boss@customer.example', as: 'redirect' } },
    },
  };
  writeFileSync(config, configOf(folder, near, { url: api.url, company, orchestrator }, more));
  const env = { VENDOR_TOKEN: vendor.token, MAIL_PASSWORD: 'secret', HOOK: hookSecret };

  let child: Child | null = null;
  let trap: Instant['traps'][number] | undefined;
  const judge: Judge = (boundary) => {
    if (trap === undefined || !springs({ ...trap, fate: 'killed' }, boundary)) return 'pass';
    trap = undefined;
    child?.kill();
    return 'killed';
  };
  const hooks = new Numbering('hook');
  desk.goesOn = (reached) => judge(hooks.next('before', reached)) === 'pass';
  for (const wire of [api, imap, smtp]) wire.judge = judge;

  const delivered: Delivered[] = [];
  /** At which kill something was under way, by kind and Message-ID. */
  const struck = new Map<string, string>();
  const kills = new Map<string, number>();
  const violations: string[] = [];

  async function deliver(count: number): Promise<void> {
    const puts = Array.from({ length: count }, () => {
      const name = `${login.user}-${delivered.length + 1}`;
      const answer = delivered.length % 2 === 0 ? '[refund_request 0.92]' : '[complaint 0.95]';
      const date = new Date(Math.floor(Date.now() / 1000) * 1000);
      delivered.push({
        key: name,
        messageId: idOf(name),
        folder: 'INBOX',
        flags: [],
        date: date.getTime(),
        classification: answerOf({ subject: answer, body: '' }).classification,
        endings: [endingOf(answer, 'INBOX', [], means)],
      });
      // Larger than what crosses a socket at once.
      const more = 'Where is my money? I have waited for so long, and nobody answers me.\r\n'.repeat(600);
      const raw = `Return-Path: <${name}@customer.example>\r\n${letter(name, answer)}${more}`;
      return { folder: 'INBOX', raw, flags: [], date };
    });
    await visit(login, (client) => fill(client, puts));
  }

  /** siftd, until it is killed, or, in peace, until nothing is left to do. */
  async function live(at: Instant['traps'][number] | 'random' | 'peace'): Promise<number | NodeJS.Signals> {
    const one = startChild(program, config, env, {
      limits: times,
      ...(typeof at !== 'string' && at.on === 'commit' ? { kill: at } : {}),
    });
    child = one;
    trap = typeof at === 'string' ? undefined : at;
    let busy: Promise<void> | null = null;
    let batches = 0;
    let waiting: NodeJS.Timeout | undefined;
    const wait = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        violations.push(`stuck: siftd does not get on:\n${tail(one)}`);
        one.kill();
      }, patience);
    };
    wait();
    one.onLine = ({ msg }) => {
      wait();
      if (msg === 'started' && at === 'random') busy = delay(draw.next() * 1000).then(() => one.kill());
      if (busy !== null) return;
      const { open, ended, leaving } = progressOf(db);
      if (open > 0 || leaving > 0 || ended < delivered.length) return;
      if (at === 'peace') {
        one.stop();
        busy = Promise.resolve();
      } else if (++batches > 2) {
        violations.push(`siftd never came to ${JSON.stringify(at)}`);
        one.kill();
      } else {
        busy = deliver(batch).finally(() => {
          busy = null;
        });
      }
    };
    const how = await one.ended;
    clearTimeout(waiting);
    await busy;
    trap = undefined;
    api.killed(submittingOf(db));
    if (how !== (at === 'peace' ? 0 : 'SIGKILL')) violations.push(`siftd ended by itself with ${how}:\n${tail(one)}`);
    return how;
  }

  try {
    await deliver(batch);
    for (const { name, traps, fresh } of wanted) {
      if (fresh) await deliver(1);
      for (const at of traps.length === 0 ? (['random'] as const) : traps) {
        await live(at);
        kills.set(name, (kills.get(name) ?? 0) + 1);
        for (const { kind, messageId, state } of readPostings(db)) {
          const key = `${kind} ${messageId}`;
          if (state === 'sending' && !struck.has(key)) struck.set(key, name);
        }
        options.onKill?.();
      }
    }
    // Once more in peace, to its end.
    await live('peace');
    await smtp.quiet();
    const mine = () => server.received.map(whose).filter(({ name }) => name.startsWith(`${login.user}-`));
    // Postfix hands on a moment later.
    while (mine().length < smtp.accepted()) await delay(20);

    const mailbox = await visit(login, (client) => survey(client, labels));
    const findings = {
      delivered,
      foreign: [],
      mailbox,
      journal: readJournal(db).jobs,
      asked: api.asked(),
      uidplus: true,
    };
    violations.push(...violationsOf(findings).map(({ text }) => text));
    const ids = new Map<string, string>();
    const mails = new Map<string, number>();
    for (const { kind, name, messageId } of mine()) {
      const of = `${kind} ${idOf(name)}`;
      mails.set(of, (mails.get(of) ?? 0) + 1);
      if ((ids.get(messageId) ?? of) !== of) violations.push(`${of} has the Message-ID of ${ids.get(messageId)}`);
      ids.set(messageId, of);
    }
    const events = new Map<string, string[]>();
    for (const { id, data } of desk.events) {
      const of = `${data['message_id']}`;
      events.set(of, [...(events.get(of) ?? []), id]);
    }
    if (desk.forged() > 0) violations.push(`the helpdesk did not believe ${desk.forged()} webhooks`);
    const fates = new Map<string, Fates>();
    const postings = grouped(readPostings(db));
    for (const { messageId } of delivered) {
      for (const kind of ['forward', 'reply', 'webhook'] as const) {
        const key = `${kind} ${messageId}`;
        const when = struck.get(key) ?? calm;
        const counted = fates.get(when) ?? none();
        fates.set(when, counted);
        const [posting, ...others] = postings.get(key) ?? [];
        const fault =
          posting === undefined || others.length > 0
            ? `${others.length + (posting === undefined ? 0 : 1)} postings`
            : kind === 'webhook'
              ? ofWebhook(posting, events.get(messageId) ?? [], counted)
              : ofMailed(posting, mails.get(key) ?? 0, counted);
        if (fault !== null) violations.push(`${key} (${when}): ${fault}`);
      }
    }
    return { kills, fates, messages: delivered.length, violations };
  } finally {
    (child as Child | null)?.kill();
    await (child as Child | null)?.ended;
    await Promise.all([api.stop(), imap.stop(), smtp.stop(), vendor.close(), desk.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Drawn by the seed: each instant comes up, and one in eight is at random. */
export function* drawn(seed: number): Generator<Instant, never> {
  const random = seededRandom(seed);
  for (;;) {
    const some = [...instants, ...Array.from({ length: Math.ceil(instants.length / 7) }, () => atRandom)];
    while (some.length > 0) {
      const [one] = some.splice(Math.floor(random.next() * some.length), 1);
      if (one !== undefined) yield one;
    }
  }
}

export const none = (): Fates => ({ once: 0, never: 0, maybe: 0, twice: 0, posted: 0, repeated: 0 });

/** Counts what became of a mail; answers what is wrong with it. */
function ofMailed({ state, why, shown }: Posting, taken: number, fates: Fates): string | null {
  if (taken > 1) {
    fates.twice++;
    return `it arrived ${taken} times`;
  }
  if (state === 'sent') {
    fates.once += taken;
    return taken === 1 ? null : 'it is taken for sent, and nobody has it';
  }
  if (taken === 1) fates.maybe++;
  else fates.never++;
  const seen = `it is ${state} (${why}), arrived ${taken} times`;
  if (state !== 'unknown' && !(state === 'refused' && taken === 0)) return seen;
  return shown ? null : `${seen}, and nobody is shown it`;
}

function ofWebhook({ state, why }: Posting, ids: readonly string[], fates: Fates): string | null {
  if (state !== 'sent' || ids.length === 0) return `it is ${state} (${why}), arrived ${ids.length} times`;
  if (ids.length === 1) fates.posted++;
  else fates.repeated++;
  return new Set(ids).size === 1 ? null : `it arrived under several ids: ${ids.join(', ')}`;
}

/** Told by the text, not by what siftd calls it. */
function whose({ from, raw }: Received): { kind: Mail; name: string; messageId: string } {
  const text = raw.toString('latin1');
  const kind = from === '' ? 'reply' : 'forward';
  const name = (kind === 'reply' ? /^In-Reply-To: <(.+)@/im : /^X-Letter: (\S+)/im).exec(text)?.[1] ?? '';
  const own = /^Resent-Message-ID: (\S+)/im.exec(text) ?? /^Message-ID:\s+(\S+)/im.exec(text);
  return { kind, name, messageId: own?.[1] ?? '' };
}

function grouped(postings: readonly Posting[]): Map<string, Posting[]> {
  const groups = new Map<string, Posting[]>();
  for (const one of postings) {
    const key = `${one.kind} ${one.messageId}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return groups;
}

function tail({ lines }: Child): string {
  return lines
    .slice(-25)
    .map((line) => JSON.stringify(line))
    .join('\n');
}

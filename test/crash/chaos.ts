import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDovecot } from '../servers/dovecot.ts';
import { type Random, seededRandom } from '../vendor/random.ts';
import type { Malice } from '../vendor/replies.ts';
import { startVendor } from '../vendor/vendor.ts';
import { failing, startApiWire } from './api-wire.ts';
import type { Fate } from './boundary.ts';
import { type Child, copyProgram, type Line, startChild } from './child.ts';
import { startImapWire } from './imap-wire.ts';
import { type Delivered, type Kind, violationsOf } from './invariant.ts';
import { progressOf, readJournal, submittingOf } from './journal.ts';
import { fill, type Login, type Put, survey, visit } from './mailbox.ts';
import { Person } from './person.ts';
import { answerOf, configOf, endingOf, idOf, labels, letter } from './stage.ts';

export interface Chaos {
  readonly messages: number;
  readonly seed: number;
  /** Messages that arrive in a second. */
  readonly rate: number;
  /** Called now and then with how far it is. */
  readonly tell?: (line: string) => void;
}

export interface Aftermath {
  readonly seed: number;
  readonly messages: number;
  readonly kills: number;
  readonly cuts: Readonly<Record<string, number>>;
  /** How the API failed, and how often. */
  readonly faults: Readonly<Record<string, number>>;
  readonly person: Readonly<Record<'read' | 'moved' | 'deleted', number>>;
  readonly submissions: Readonly<Record<'made' | 'repeated' | 'lost', number>>;
  readonly violations: Readonly<Record<Kind | 'stuck', number>>;
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** Times as short as a day of trouble in minutes needs; the number of tries is not shortened with them. */
const times = {
  imap: {
    backoffMin: 50,
    backoffMax: 1000,
    pollInterval: 1000,
    probeTimeout: 3000,
    commandTimeout: 10_000,
    connectTimeout: 5000,
  },
  api: {
    backoffMin: 100,
    backoffMax: 2000,
    pollMin: 50,
    pollMax: 1000,
    requestTimeout: 5000,
    breakerMax: 1000,
    authRetry: 1000,
    attempts: 1000,
  },
  act: { backoffMin: 100, backoffMax: 1000 },
};

/** What the API does for a second or two, for everybody. None of these may cost or misfile a message. */
const moodsOfBoth: readonly Malice[] = [
  { status: 500 },
  { status: 503, retryAfter: '1' },
  { status: 429, retryAfter: '1' },
  { status: 401 },
  'html',
  'reset',
  'truncated',
  'hang',
  'empty',
  'missing-fields',
];
const moodsOfResults: readonly Malice[] = [
  'foreign-ref',
  'unknown-status',
  'null-result',
  'confidence-text',
  'confidence-nan',
  'confidence-seven',
];
const phases: readonly { readonly on: 'submit' | 'poll'; readonly malice: Malice }[] = [
  ...moodsOfBoth.map((malice) => ({ on: 'submit', malice }) as const),
  ...[...moodsOfBoth, ...moodsOfResults].map((malice) => ({ on: 'poll', malice }) as const),
];

const answers = [
  '[refund_request 0.92]',
  '[refund_request 0.80]',
  '[complaint 0.95]',
  '[complaint 0.50]',
  '[newsletter 0.90]',
  '[poetry 0.99]',
  failing,
];

/** What a message bears when it arrives. */
const arrivals: readonly (readonly string[])[] = [[], [], [], ['\\Flagged'], ['mine'], ['mine', '\\Answered']];

/** No job comes to an end for so long: the rest will not. */
const patience = 120_000;

const means = { flags: true, move: true, uidplus: true, keywords: true, gmail: false };

/**
 * Messages arrive all the time, a person reads, moves and deletes some, siftd is killed every 0.5 to 3 s, connections are
 * cut, the API fails; until all is done. Then the invariant is checked. The seed draws everything but the time that
 * things take.
 */
export async function chaos({ messages, seed, rate, tell = () => {} }: Chaos): Promise<Aftermath> {
  const began = Date.now();
  const draw = (what: number): Random => seededRandom(seed * 7919 + what);
  const folder = mkdtempSync(join(tmpdir(), 'siftd-chaos-'));
  const program = copyProgram();
  const dovecot = await startDovecot();
  const vendor = await startVendor({
    seed,
    classify: answerOf,
    latency: { median: 300, sigma: 0.7 },
    faults: { error500: 0.04, throttled429: 0.02, droppedBefore: 0.03, droppedAfter: 0.03 },
  });
  const losing = draw(6);
  const login: Login = { host: dovecot.hosts.full, port: dovecot.port, user: 'chaos' };
  const [api, imap] = await Promise.all([
    startApiWire(vendor.url, { lose: () => losing.next() < 0.005 }),
    startImapWire(login),
  ]);
  const config = join(folder, 'siftd.yaml');
  const db = join(folder, 'state', 'siftd.db');
  const near = { host: '127.0.0.1', port: imap.port, user: login.user };
  const { company, orchestrator } = vendor;
  writeFileSync(config, configOf(folder, near, { url: api.url, company, orchestrator }));
  const env = { VENDOR_TOKEN: vendor.token, MAIL_PASSWORD: 'secret' };

  const counted: Record<string, number> = {};
  const count = (what: string) => {
    counted[what] = (counted[what] ?? 0) + 1;
  };
  const cutting = draw(1);
  const judge =
    (name: string, cut: number, mute: number) =>
    ({ when }: { readonly when: string }): Fate => {
      const chance = cutting.next();
      if (calm.aborted || chance >= cut + mute) return 'pass';
      const fate = chance < cut ? 'cut' : 'mute';
      count(`${name} ${fate} ${when}`);
      return fate;
    };
  const ending = new AbortController();
  const calm = ending.signal;
  imap.judge = judge('imap', 0.004, 0.0005);
  api.judge = judge('api', 0.01, 0.001);

  const delivered = new Map<string, Delivered>();
  const lines: string[] = [];
  let kills = 0;
  let child: Child | null = null;

  /** Everything that was delivered is known to siftd and has ended. */
  async function untilDone(arrived: Promise<void>): Promise<boolean> {
    await arrived;
    // Not UIDNEXT: the person may take the last ones before siftd has seen them.
    const highest = () =>
      visit(login, async (client) => {
        await client.mailboxOpen('INBOX', { readOnly: true });
        return (await client.fetchOne('*', { uid: true })) || { uid: 0 };
      });
    let last = { ended: -1, at: Date.now() };
    for (;;) {
      const { open, ended, lastUid } = progressOf(db);
      if (open === 0 && lastUid >= (await highest()).uid) return true;
      if (ended > last.ended) last = { ended, at: Date.now() };
      if (Date.now() - last.at > patience) return false;
      tell(`${ended} of ${messages} done, ${kills} kills`);
      await delay(250);
    }
  }

  /** siftd, killed and started again until all is done. */
  async function lives(): Promise<void> {
    const random = draw(2);
    while (!calm.aborted) {
      child = startChild(program, config, env, { limits: times });
      const [early, life] = [random.next() < 0.1, random.next()];
      // Most lives are counted from when it is up, so that a slow machine does not kill it in its cradle every time.
      const up = early ? Promise.resolve(null) : Promise.race([child.ended, started(child)]);
      const over = up.then((how) => how ?? delay(early ? life * 600 : 500 + life * 2500, null, { signal: calm }));
      const how = await Promise.race([child.ended, over.catch(() => null)]);
      if (how !== null) lines.push(`siftd ended by itself with ${how}:\n${tail(child)}`);
      child.kill();
      await child.ended;
      if (how === null) kills++;
      api.killed(submittingOf(db));
    }
  }

  /** New mail, a few at a time. */
  async function arrive(): Promise<void> {
    const random = draw(3);
    const from = Date.now();
    for (let sent = 0; sent < messages && !calm.aborted; ) {
      const due = Math.min(messages, Math.ceil(((Date.now() - from) / 1000) * rate));
      const some = Array.from({ length: Math.min(50, due - sent) }, (_, index) => make(sent + index, random));
      sent += some.length;
      if (some.length > 0) {
        for (const { message } of some) delivered.set(message.key, message);
        await dovecot.load(
          login.user,
          'INBOX',
          some.map(({ raw, message: { date, flags } }) => ({ raw, flags: flags ?? [], internalDate: new Date(date) })),
        );
      }
      tell(`${sent} of ${messages} delivered, ${kills} kills`);
      await delay(20 + random.next() * 200);
    }
  }

  /** The API in one bad mood after the other, with good hours between. */
  async function moods(): Promise<void> {
    const random = draw(4);
    while (!calm.aborted) {
      await delay(3000 + random.next() * 5000, null, { signal: calm }).catch(() => null);
      const phase = phases[Math.floor(random.next() * phases.length)];
      if (phase === undefined || calm.aborted) break;
      count(`phase ${phase.on} ${typeof phase.malice === 'string' ? phase.malice : phase.malice.status}`);
      vendor.misbehave(phase.on, phase.malice);
      await delay(500 + random.next() * 1500, null, { signal: calm }).catch(() => null);
      vendor.misbehave(phase.on, null);
    }
    vendor.misbehave('poll', null);
    vendor.misbehave('submit', null);
    vendor.setFaults({});
  }

  try {
    await visit(login, (client) => fill(client, strangers(Math.max(20, Math.round(messages / 50)))));
    const foreign = await visit(login, (client) => survey(client, labels));
    const person = new Person(login, draw(5), delivered, { pause: 1000 / (rate * 0.08), most: messages / 4 });
    const arriving = arrive();
    const all = Promise.all([lives(), moods(), person.live(calm)]);
    const done = await untilDone(arriving).finally(() => ending.abort());
    await all;
    // Once more in peace, to its end.
    const peace = startChild(program, config, env, { limits: times });
    child = peace;
    const settled = await inPeace(
      peace,
      () => progressOf(db).open === 0,
      (listen) => {
        imap.onCommand = listen;
      },
    );
    if (!done || settled !== 0) lines.push(`stuck: not everything ended (${settled}):\n${tail(peace)}`);
    const mailbox = await visit(login, (client) => survey(client, labels));
    const { jobs, gaveUp } = readJournal(db);
    if (gaveUp.length > 0) counted['given up as poison'] = gaveUp.length;
    const found = violationsOf({
      delivered: [...delivered.values()],
      foreign,
      mailbox,
      journal: jobs,
      asked: api.asked(),
      uidplus: true,
    });
    lines.push(...found.map(({ text }) => text));
    const of = (kind: Kind) => found.filter((one) => one.kind === kind).length;
    const asked = [...api.asked().values()];
    return {
      seed,
      messages,
      kills,
      cuts: pick(counted, /^(imap|api) /),
      faults: { ...pick(counted, /^(phase|given) /), ...pick(Object.fromEntries(vendor.answers()), /^(?!200$)/) },
      person: person.did,
      submissions: {
        made: asked.reduce((sum, { posts }) => sum + posts, 0),
        repeated: asked.reduce((sum, { excused }) => sum + excused, 0),
        lost: asked.reduce((sum, { lost }) => sum + lost, 0),
      },
      violations: {
        lost: of('lost'),
        duplicated: of('duplicated'),
        misfiled: of('misfiled'),
        changed: of('changed'),
        foreign: of('foreign'),
        journal: of('journal'),
        resubmitted: of('resubmitted'),
        stuck: lines.length - found.length,
      },
      lines,
      seconds: (Date.now() - began) / 1000,
    };
  } finally {
    ending.abort();
    child?.kill();
    await child?.ended;
    await Promise.all([api.stop(), imap.stop(), vendor.close()]);
    await dovecot.stop();
    program.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}

function make(index: number, random: Random): { readonly raw: string; readonly message: Delivered } {
  const name = `m${index}`;
  const answer = answers[Math.floor(random.next() * answers.length)] ?? failing;
  // Filters of the server's own mark some as they come in.
  const flags = arrivals[Math.floor(random.next() * arrivals.length)] ?? [];
  const message: Delivered = {
    key: name,
    messageId: idOf(name),
    folder: 'INBOX',
    flags,
    date: Date.parse('2026-11-02T10:00:00Z') + index * 1000,
    classification: answer === failing ? null : answerOf({ subject: answer, body: '' }).classification,
    endings: [endingOf(answer, 'INBOX', flags, means)],
  };
  return { raw: letter(name, answer), message };
}

/** Mail that is none of siftd's business, in every folder that it touches, some of it marked \Deleted. */
function strangers(many: number): Put[] {
  return Array.from({ length: many }, (_, index) => ({
    folder: ['INBOX', 'Support/Refunds', 'Support/Complaints', 'Mine'][index % 4] ?? 'INBOX',
    raw: letter(`old${index}`, '[refund_request 0.99]'),
    flags: index % 3 === 0 ? ['\\Deleted'] : index % 3 === 1 ? ['\\Seen'] : [],
    date: new Date('2020-02-03T04:05:06Z'),
  }));
}

/** Resolves when it has said that it started. */
function started(child: Child): Promise<null> {
  return new Promise((resolve) => {
    child.onLine = ({ msg }) => {
      if (msg === 'started') resolve(null);
    };
  });
}

/** Waits until nothing is open and siftd has looked at everything once more, stops it, and answers how it ended. */
async function inPeace(
  child: Child,
  nothingOpen: () => boolean,
  onCommand: (listen: (what: string) => void) => void,
): Promise<number | NodeJS.Signals> {
  let looks = 0;
  const timer = setTimeout(() => child.kill(), patience);
  onCommand((what) => {
    if (what !== 'NOOP' && what !== 'IDLE') return;
    looks = nothingOpen() ? looks + 1 : 0;
    if (looks === 4) child.stop();
  });
  const how = await child.ended;
  clearTimeout(timer);
  return how;
}

function pick(counts: Readonly<Record<string, number>>, names: RegExp): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => names.test(name)));
}

function tail({ lines }: Child): string {
  return lines
    .slice(-15)
    .map((line: Line) => JSON.stringify(line))
    .join('\n');
}

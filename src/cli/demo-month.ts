import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { destination } from 'pino';
import { parse, stringify } from 'yaml';
import { systemClock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import { createLog } from '../base/log.ts';
import { type Random, seeded } from '../base/random.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { type AccountHandle, type ImapServer, startImapServer } from '../demo/imap/server.ts';
import { history, routes } from '../demo/inbox/index.ts';
import { type MonthMessage, messageIdIn, monthMail } from '../demo/inbox/month.ts';
import { flagsOf } from '../demo/inbox/routes.ts';
import { LeapClock } from '../demo/leap.ts';
import { deedsOf, drawn, isSaid, type Lying, People } from '../demo/people.ts';
import { type Asking, openAsking } from '../store/asking.ts';
import { type Entry, type Filter, type Judged, openReading, type Reading } from '../store/reading.ts';
import { openStore, type Store } from '../store/store.ts';
import type { Report } from '../triage/report.ts';
import type { PersonRequest } from '../triage/requests.ts';
import { runGateway } from './gateway.ts';
import { pasteable, readReports } from './report.ts';

const login = { user: 'support@lindgren-hale.example', password: 'a-month-of-mail' };
const account = 'support';
const day = 24 * 60 * 60 * 1000;
const observedDays = 7;
const allDays = 28;

/** What a month came to. */
export interface Month {
  readonly seed: number;
  readonly messages: number;
  /** After the week of observing, and at the end of the month. */
  readonly promise: Report;
  readonly end: Report;
  /** What siftd filed after that week: of each class how much, and how much of it rightly, which only we know. */
  readonly filed: ReadonlyMap<string, { all: number; right: number }>;
  /** Messages that people filed, put right or said something of unasked, and how many of those siftd noticed. */
  readonly deeds: number;
  readonly noticed: number;
  /** Messages that siftd had filed and the lot fell on. */
  readonly reviewed: number;
}

export interface MonthOptions {
  readonly seed: number;
  /** Messages a day. */
  readonly daily: number;
  readonly signal: AbortSignal;
  readonly onProgress: (stage: string, share: number) => void;
  /** A folder that keeps the model, so that several months learn once. */
  readonly models: string;
}

/** The month of a seed, on a server and in a folder of its own. */
export async function simulateMonth(options: MonthOptions): Promise<Month> {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-demo-'));
  const server = await startImapServer({ accounts: [login] });
  const month = new Simulation(options, server, folder);
  try {
    return await month.run();
  } finally {
    await month.stop();
    await month.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Simulation {
  readonly #options: MonthOptions;
  readonly #server: ImapServer;
  readonly #mailbox: AccountHandle;
  readonly #folder: string;
  /** It ends about now. */
  readonly #clock = new LeapClock(-allDays * day);
  readonly #messages = new Map<string, MonthMessage>();
  readonly #mail: AsyncGenerator<MonthMessage>;
  #running: { readonly stop: AbortController; readonly ended: Promise<void> } | null = null;
  #people: People | null = null;
  /** From beside, as status and report read it. */
  #journal: { readonly reading: Reading; readonly store: Store; readonly asking: Asking } | null = null;
  readonly #random: Random;
  #deeds = 0;
  #noticed = 0;
  #reviewed = 0;

  constructor(options: MonthOptions, server: ImapServer, folder: string) {
    this.#options = options;
    this.#server = server;
    this.#mailbox = server.store.account(login.user);
    this.#folder = folder;
    this.#mail = monthMail(options.seed);
    this.#random = seeded(options.seed);
  }

  async run(): Promise<Month> {
    const { seed, onProgress } = this.#options;
    for (const message of await history()) {
      if (!this.#mailbox.has(message.folder)) this.#mailbox.create(message.folder);
      const flags = ['\\Seen', ...message.flags];
      this.#mailbox.append(message.folder, message.raw, { internalDate: message.date, flags });
    }
    this.#people = await People.arrive(this.#server, login);
    let config = this.#configure({ mode: 'observe' });
    await this.#start(config);
    let promise: Report | null = null;
    for (let today = 0; today < allDays; today++) {
      if (today === observedDays) {
        const [found] = readReports(config, { since: 0 });
        if (found === undefined) throw new Error('there is no report');
        promise = found.report;
        await this.stop();
        config = this.#configure(parse(pasteable([found])) as Record<string, unknown>);
        await this.#start(config);
      }
      onProgress(`seed ${seed}: day ${today + 1}, ${promise === null ? 'observing' : 'acting'}`, today / allDays);
      await this.#live();
      this.#clock.leap(day);
    }
    const [end] = readReports(config, { since: 0 });
    if (promise === null || end === undefined) throw new Error('there is no report');
    const counts = { deeds: this.#deeds, noticed: this.#noticed, reviewed: this.#reviewed };
    return { seed, messages: this.#messages.size, promise, end: end.report, filed: this.#outcome(), ...counts };
  }

  /** What people and we hold open beside the daemon. */
  async close(): Promise<void> {
    await this.#people?.leave();
    this.#journal?.reading.close();
    this.#journal?.store.close();
    this.#journal?.asking.close();
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.ended;
    this.#running = null;
  }

  /** A day: mail comes, siftd deals with it, people deal with it, siftd notices what they did, and some of what it filed is reviewed. */
  async #live(): Promise<void> {
    const began = this.#clock.date();
    const come = new Set<string>();
    for (let at = 0; at < this.#options.daily; at++) {
      const { value: message } = await this.#mail.next();
      if (message === undefined) throw new Error('there is no more mail');
      this.#messages.set(message.id, message);
      come.add(message.id);
      this.#mailbox.append('INBOX', message.raw, { internalDate: this.#clock.date() });
    }
    await this.#until(() => this.#dealtWith() === this.#messages.size);
    const deeds = deedsOf(this.#lying(come), this.#random);
    const done = deeds.filter((deed) => !isSaid(deed));
    await this.#people?.do(done);
    const jobs = this.#entries({ since: began });
    const said = await this.#ask(deeds.filter(isSaid).flatMap(({ lying }) => sayNone(jobs.get(lying.message.id))));
    const spoken = done.length + said;
    await this.#until(() => this.#judged(began).length >= spoken);
    this.#deeds += spoken;
    this.#noticed += this.#judged(began).length;
    // What nobody spoke of by the end of the day is what the lot is cast over.
    const silent = [...this.#entries({ since: began, way: 'routed' }).values()].filter(
      ({ observed, verdict }) => !observed && verdict === null,
    );
    const reviewed = await this.#ask(
      drawn(silent, this.#random).map((entry) =>
        judge(entry, this.#messages.get(entry.messageId ?? '')?.class ?? null),
      ),
    );
    this.#reviewed += reviewed;
  }

  /** As the command line and the console do it; answers how many were judged. */
  async #ask(requests: readonly PersonRequest[]): Promise<number> {
    const ids = this.#journal?.asking.ask(requests, this.#clock.date()) ?? [];
    const answers = () => ids.map((id) => this.#journal?.reading.answer(id) ?? null);
    await this.#until(() => answers().every((answer) => answer !== null));
    const [refused] = answers().flatMap((answer) => (answer === null ? [] : answer.refused));
    if (refused !== undefined) throw new Error(`job ${refused.job}: ${refused.why}`);
    return requests.filter(({ kind }) => kind === 'judge').length;
  }

  /** Polls the journal from beside, as status does, until it says so, or until nothing more is to be expected of it. */
  async #until(holds: () => boolean): Promise<void> {
    const { signal } = this.#options;
    const started = systemClock.now();
    while (!holds()) {
      signal.throwIfAborted();
      if (systemClock.now() - started > limits.demo.patience) return;
      await systemClock.sleep(limits.demo.look, signal);
    }
  }

  #dealtWith(): number {
    const { done = 0, failed = 0, gone = 0 } = this.#journal?.store.overview().jobs ?? {};
    return done + failed + gone;
  }

  #judged(since: number): Judged[] {
    return this.#journal?.reading.judged({ since }) ?? [];
  }

  #lying(wanted: ReadonlySet<string>): Lying[] {
    return this.#mailbox.folders().flatMap(({ name: folder }) =>
      this.#mailbox.messages(folder).flatMap(({ uid, raw, flags }) => {
        const id = messageIdIn(raw);
        const message = id === null || !wanted.has(id) ? undefined : this.#messages.get(id);
        if (message === undefined) return [];
        return [{ folder, uid, message, marked: flagsOf(message.class).every((flag) => flags.includes(flag)) }];
      }),
    );
  }

  /** By Message-ID. */
  #entries(filter: Filter): Map<string, Entry> {
    const all = new Map<string, Entry>();
    for (let before: number | undefined, more = true; more; ) {
      const page = this.#journal?.reading.list(filter, { most: limits.daemon.page, before });
      for (const entry of page?.entries ?? []) if (entry.messageId !== null) all.set(entry.messageId, entry);
      before = page?.next ?? undefined;
      more = before !== undefined;
    }
    return all;
  }

  /** What siftd filed, held against the truth. */
  #outcome(): Month['filed'] {
    const filed = new Map<string, { all: number; right: number }>();
    for (const [id, { route, observed }] of this.#entries({ way: 'routed' })) {
      if (route === null || observed) continue;
      const of = filed.get(route) ?? { all: 0, right: 0 };
      filed.set(route, of);
      of.all++;
      if (this.#messages.get(id)?.class === route) of.right++;
    }
    return filed;
  }

  #configure(over: Record<string, unknown>): Config {
    const { user, password } = login;
    const { host, port } = this.#server;
    writeFileSync(join(this.#folder, 'password'), password, { mode: 0o600 });
    const file = join(this.#folder, 'siftd.yaml');
    const text = stringify({
      state: './state',
      accounts: { [account]: { host, port, tls: 'none', user, password: { file: './password' } } },
      routes,
      unsure: { label: ['needs-review'] },
      ...over,
    });
    writeFileSync(file, text);
    return loadConfig({ file, purpose: 'run' });
  }

  async #start(config: Config): Promise<void> {
    const { models, signal } = this.#options;
    const own = join(config.state, 'models');
    if (existsSync(models) && !existsSync(own)) cpSync(models, own, { recursive: true });
    const stop = new AbortController();
    const log = createLog({ to: destination({ dest: join(this.#folder, 'siftd.log'), sync: false }) });
    const both = AbortSignal.any([stop.signal, signal]);
    const clock = this.#clock;
    let ended: Promise<void> = Promise.resolve();
    await new Promise<void>((resolve, reject) => {
      ended = runGateway({
        config,
        log,
        signal: both,
        clock,
        pollInterval: limits.demo.glance,
        learned: () => resolve(),
      });
      ended.then(resolve, reject);
    });
    this.#running = { stop, ended };
    const file = join(config.state, 'siftd.db');
    this.#journal ??= {
      reading: openReading(file),
      store: openStore(file, { readonly: true }),
      asking: openAsking(file),
    };
    // What lies there when it first looks is old mail: nothing may come before that.
    await this.#until(() => this.#journal?.store.overview().accounts[account]?.note?.state === 'watching');
    if (!existsSync(models)) {
      mkdirSync(models, { recursive: true });
      cpSync(own, models, { recursive: true });
    }
  }
}

/** No route is for it: of what siftd only observed they say so, and what waits for them they pass over. */
function sayNone(entry: Entry | undefined): PersonRequest[] {
  if (entry === undefined) return [];
  if (entry.observed) return [judge(entry, null)];
  return entry.review ? [{ account, kind: 'skip', job: entry.id }] : [];
}

function judge({ id }: Entry, route: string | null): PersonRequest {
  return { account, kind: 'judge', job: id, route };
}

import { setMaxListeners } from 'node:events';
import { isDeepStrictEqual } from 'node:util';
import { type Clock, systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import type { Listening } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { planReload } from '../config/reload.ts';
import { Alerts } from '../daemon/alerts.ts';
import { Disk } from '../daemon/disk.ts';
import { Lane } from '../daemon/lane.ts';
import type { Meter } from '../daemon/meter.ts';
import type { Parser } from '../daemon/ports.ts';
import { listen } from '../daemon/requests.ts';
import type { AccountSetup } from '../daemon/scribe.ts';
import { Crew, type Hand } from '../daemon/supervise.ts';
import { Vitals } from '../daemon/vitals.ts';
import { createParser, type ParserOptions } from '../mail/pool.ts';
import { openStore } from '../store/store.ts';
import type { Inside } from './console.ts';
import { Desks } from './desks.ts';
import { type Held, holdState } from './held.ts';
import type { Metrics } from './metrics.ts';
import { type AccountPost, postOf } from './posts.ts';
import { ailment, factsOf, headline, keepReloading, type Reloads, refusalOf } from './reload.ts';

interface Console {
  /** It shows another configuration from now on. */
  adopt(config: Config): Promise<void>;
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly config: Config;
  readonly log: Logger;
  /** Aborts to stop: no new work, what is in flight is finished or left in the journal. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  /** How often every folder is looked at, milliseconds; tests with a server that has no IDLE shorten it. */
  readonly pollInterval?: number;
  /** For tests: less time for a message, and a program for the parser's threads that dies on demand. */
  readonly parsing?: Pick<ParserOptions, 'timeout' | 'entry'>;
  /** Called once, when every account has either been read to its end or been found unreachable. */
  readonly ready?: () => void;
  /** Opens what shows the daemon to a person, and asks it for them. Closed before the daemon is. */
  readonly console?: (inside: Inside) => Promise<Console | null>;
  /** The state folder, where it is held already. Its lock is released at the end all the same. */
  readonly held?: Held;
  /** Who asks for the configuration to be read again, while it runs; left out: nobody. */
  readonly reloads?: Reloads;
  /** False: no new mail is looked for; what is in the journal goes on, and old mail that was asked for. */
  readonly watches?: boolean;
  /** Called every few seconds with how the daemon fares. */
  readonly beat?: (vitals: Vitals) => void;
  /** Called when the service inside siftd has a model for an account. */
  readonly learned?: (account: string) => void;
}

/** The daemon, wired: takes the lock, opens the journal, runs until the signal aborts, and leaves both closed. */
export async function runGateway(options: GatewayOptions): Promise<void> {
  const { log, ready, learned, reloads } = options;
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const giveUp = () => failing.abort();
  const { clock = systemClock, pollInterval = limits.imap.pollInterval } = options;
  // Every process that is followed listens while it waits: a thousand of them are no leak.
  setMaxListeners(0, signal);
  /** In force. */
  let config = options.config;
  const held = options.held ?? holdState(config);
  const { lock } = held;
  const { store, mailboxesOf, keyringOf, embedding } = await opened(held).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  let parsing = createParser({ ...config.body, ...options.parsing });
  const parser: Parser = { ready: () => parsing.ready(), parse: (content) => parsing.parse(content) };
  // One for all: a token that a provider rotates is asked for by one at a time.
  const keyring = keyringOf(() => config, clock);
  const mailboxes = mailboxesOf(() => config, { clock, limits: { pollInterval } }, keyring);
  const posts = new Set<AccountPost>();
  const postFor = (name: string): AccountPost => {
    const post = postOf(config, name, keyring, clock);
    posts.add(post);
    return post;
  };
  const random = Math.random;
  const embedded =
    embedding === null
      ? null
      : embedding.start({
          path: embedding.path,
          sound: embedding.sound,
          state: config.state,
          accounts: setupsOf(config),
          retention: config.service.retention,
          mailboxes,
          parser,
          journal: store,
          clock,
          log,
          signal,
        });
  const metrics = config.metrics === null ? null : await metricsOf(config, clock);
  const traces = tracesWanted(process.env) ? new (await import('./traces.ts')).Traces(clock, log) : null;
  const meters = [metrics, traces].filter((one) => one !== null);
  const meter: Meter = {
    moved(before, after) {
      for (const one of meters) one.moved(before, after);
    },
  };
  let desks = new Desks(config, { clock, log, random, embedded, metrics });
  const disk = new Disk(store, log);
  const waiting = new Set(config.accounts.keys());
  const settled = (name: string) => {
    if (waiting.delete(name) && waiting.size === 0) ready?.();
  };
  const handOf = (account: AccountSetup): Hand => {
    const ending = new AbortController();
    const stopping = AbortSignal.any([signal, ending.signal]);
    setMaxListeners(0, stopping);
    const lane = new Lane({
      account,
      mailboxes: metrics?.mailboxes(mailboxes) ?? mailboxes,
      journal: store,
      parser: metrics?.parser(parser) ?? parser,
      desk: desks.of(account),
      post: postFor(account.name),
      disk,
      unready: () => embedded?.unready(account) ?? null,
      settled: () => settled(account.name),
      clock,
      log,
      random,
      stopping,
      meter,
      watches: options.watches ?? true,
      pollInterval,
    });
    return { lane, end: () => ending.abort() };
  };
  const crew = new Crew({ clock, log, stopping: signal, giveUp });
  const { lanes } = crew;
  const hands = setupsOf(config).map(handOf);
  const vitals = new Vitals({ lanes, journal: store, disk, clock, stopping: signal });
  let watched: Listening | null = null;
  log.info({ accounts: hands.length, state: config.state, pid: process.pid }, 'started');
  const abilities = () => new Map(lanes.map((lane) => [lane.name, lane.abilities]));
  const current = () => config;
  const inside = { config: current, store, mailboxes, parser, abilities, clock, log, stopping: signal };
  // Mail does not wait for it.
  const console = Promise.resolve(options.console?.(inside) ?? null);
  const note = (refused: string | null) =>
    // What was said of it is not worth the daemon's life.
    store.configured({ at: clock.date(), refused }).catch((error: unknown) => void disk.refused(error));

  /** All or nothing. Nothing has changed when this throws a UserError. */
  async function take(next: Config): Promise<void> {
    const ailing = lanes.flatMap((lane) => {
      const why = ailment(lane);
      return why === null ? [] : [[lane.name, why] as const];
    });
    const plan = planReload(config, next, new Map(ailing));
    const refused = refusalOf(next.file, plan);
    if (refused !== null) throw new UserError(refused, 2);
    const named = (...fates: string[]) => [...plan.accounts].filter(([, { fate }]) => fates.includes(fate));
    const leaving = named('ends', 'restarts').map(([name]) => name);
    const beginning = new Set(named('begins', 'restarts').map(([name]) => name));
    // Also of accounts that begin anew without a change: the same API is away as before, until it answers.
    const unchanged = planReload(config, next).accounts;
    const standing = new Set(
      lanes.filter(({ name }) => unchanged.get(name)?.fate === 'keeps').map(({ parts }) => parts.desk),
    );
    await crew.end(leaving);
    if (signal.aborted) return;
    // From here to the line in the log nothing waits: no message meets half of a configuration.
    const before = parsing;
    if (!isDeepStrictEqual(next.body, config.body)) parsing = createParser({ ...next.body, ...options.parsing });
    config = next;
    desks = desks.under(config, standing);
    for (const desk of standing) desk.askAgain();
    const setups = setupsOf(config);
    embedded?.adopt(setups);
    metrics?.know(classesOf(config));
    for (const name of leaving) if (!config.accounts.has(name)) settled(name);
    for (const warning of config.warnings) log.warn(warning);
    log.info(factsOf(plan), 'the configuration was read again and is in force');
    crew.begin(setups.filter(({ name }) => beginning.has(name)).map(handOf), true);
    vitals.aside = null;
    await note(null);
    if (before !== parsing) await before.close();
    await (await console)?.adopt(config);
  }

  try {
    if (config.metrics !== null && metrics !== null) {
      metrics.look({ lanes, vitals, store });
      const { openWatched } = await import('./watched.ts');
      const token = () => config.metrics?.token?.reveal() ?? null;
      watched = await openWatched({ listen: config.metrics.listen, token, vitals, metrics, clock });
      log.info({ url: watched.url }, 'health and metrics');
    }
    const learning = embedded?.keepLearning((account) => {
      for (const lane of lanes) if (lane.name === account.name) lane.wake();
      if (embedded.unready(account) === null) learned?.(account.name);
    });
    crew.begin(hands);
    const orGiveUp = (error: unknown) => {
      giveUp();
      throw error;
    };
    const noting = note(null).catch(orGiveUp);
    const listening = listen({ lanes, journal: store, disk, clock, stopping: signal }).catch(orGiveUp);
    const beating = vitals.watch(() => options.beat?.(vitals));
    const alerts = new Alerts({
      alerting: () => config.alerts,
      ...{ lanes, vitals, journal: store, disk, clock, log, stopping: signal },
    });
    const alerting = alerts.run().catch(orGiveUp);
    const refuse = async (why: string) => {
      vitals.aside = `the new configuration is refused: ${headline(why)}`;
      await note(why);
    };
    const reloading =
      reloads === undefined
        ? null
        : keepReloading({ reloads, signal, log, take, refuse, sentence: () => vitals.sentence() }).catch(orGiveUp);
    await Promise.all([crew.run(), learning, listening, beating, alerting, console, reloading, noting]);
  } finally {
    await watched?.close(limits.http.grace);
    await console.then(
      (opened) => opened?.close(),
      () => {},
    );
    for (const post of posts) post.close();
    await Promise.all([embedded?.stop(), parsing.close(), traces?.close()]);
    store.close();
    lock.release();
    log.info('stopped');
  }
}

/** The journal, and what the daemon consists of beside it: all of that is loaded while the databases are read through. */
async function opened({ journal, queue, sound: reading }: Held) {
  const [sound, { keyringOf, mailboxesOf }, embedded] = await Promise.all([
    reading,
    import('./mailboxes.ts'),
    queue === null ? null : import('./embedded.ts'),
  ]);
  return {
    store: openStore(journal, { sound: sound.has(journal) }),
    keyringOf,
    mailboxesOf,
    embedding:
      embedded === null || queue === null
        ? null
        : { start: embedded.startEmbedded, path: queue, sound: sound.has(queue) },
  };
}

async function metricsOf(config: Config, clock: Clock): Promise<Metrics> {
  const { Metrics } = await import('./metrics.ts');
  return new Metrics(classesOf(config), clock);
}

function classesOf(config: Config): ReadonlySet<string> {
  return new Set([...config.accounts.values()].flatMap(({ policy }) => [...policy.routes.keys()]));
}

/** Whether somebody collects traces, by OpenTelemetry's own variables. */
function tracesWanted(env: Readonly<Record<string, string | undefined>>): boolean {
  const named = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return Boolean(named) && env['OTEL_SDK_DISABLED'] !== 'true' && env['OTEL_TRACES_EXPORTER'] !== 'none';
}

export function setupOf(account: AccountConfig, config: Config): AccountSetup {
  const { name, folders, since, resort, policy } = account;
  return { name, folders, since, resort, policy, metadata: config.classifier.metadata };
}

function setupsOf(config: Config): AccountSetup[] {
  return [...config.accounts.values()].map((account) => setupOf(account, config));
}

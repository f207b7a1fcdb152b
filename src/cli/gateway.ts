import { setMaxListeners } from 'node:events';
import { createClassifier } from '../api/client.ts';
import { overNetwork } from '../base/ask.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import type { Listening } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { Desk } from '../daemon/desk.ts';
import { Disk } from '../daemon/disk.ts';
import { Lane } from '../daemon/lane.ts';
import type { Classifier } from '../daemon/ports.ts';
import { listen } from '../daemon/requests.ts';
import type { AccountSetup } from '../daemon/scribe.ts';
import { supervise } from '../daemon/supervise.ts';
import { Vitals } from '../daemon/vitals.ts';
import { createParser, type ParserOptions } from '../mail/pool.ts';
import { openStore } from '../store/store.ts';
import type { Inside } from './console.ts';
import { addressId, apiOf, imapOf } from './edges.ts';
import type { Embedded } from './embedded.ts';
import { type Held, holdState } from './held.ts';
import type { Metrics } from './metrics.ts';

interface Closable {
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
  readonly console?: (inside: Inside) => Promise<Closable | null>;
  /** The state folder, where it is held already. Its lock is released at the end all the same. */
  readonly held?: Held;
  /** False: no new mail is looked for; what is in the journal goes on, and old mail that was asked for. */
  readonly watches?: boolean;
  /** Called every few seconds with how the daemon fares. */
  readonly beat?: (vitals: Vitals) => void;
  /** Called when the service inside siftd has a model for an account. */
  readonly learned?: (account: string) => void;
}

/** The daemon, wired: takes the lock, opens the journal, runs until the signal aborts, and leaves both closed. */
export async function runGateway(options: GatewayOptions): Promise<void> {
  const { config, log, ready, learned } = options;
  const failing = new AbortController();
  const signal = AbortSignal.any([options.signal, failing.signal]);
  const { clock = systemClock, pollInterval = limits.imap.pollInterval } = options;
  // Every process that is followed listens while it waits: a thousand of them are no leak.
  setMaxListeners(0, signal);
  const held = options.held ?? holdState(config);
  const { lock } = held;
  const { store, createMailboxes, embedding } = await opened(held).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const parser = createParser({ ...config.body, ...options.parsing });
  const accounts = new Map([...config.accounts.values()].map((account) => [account.name, imapOf(account)]));
  const mailboxes = createMailboxes((name) => accounts.get(name), { clock, limits: { pollInterval } });
  const setups = new Map([...config.accounts.values()].map((account) => [account.name, setupOf(account, config)]));
  const random = Math.random;
  const embedded =
    embedding === null
      ? null
      : embedding.start({
          path: embedding.path,
          sound: embedding.sound,
          state: config.state,
          accounts: [...setups.values()],
          retention: config.service.retention,
          mailboxes,
          parser,
          journal: store,
          clock,
          log,
          signal,
        });
  const metrics = config.metrics === null ? null : await metricsOf(config, clock);
  const desk = desks(config, { clock, log, random, embedded, metrics });
  const disk = new Disk(store, log);
  const waiting = new Set(setups.keys());
  const lanes = [...setups.values()].map(
    (account) =>
      new Lane({
        account,
        mailboxes: metrics?.mailboxes(mailboxes) ?? mailboxes,
        journal: store,
        parser: metrics?.parser(parser) ?? parser,
        desk: desk(account),
        disk,
        unready: () => embedded?.unready(account) ?? null,
        settled: () => {
          if (waiting.delete(account.name) && waiting.size === 0) ready?.();
        },
        clock,
        log,
        random,
        stopping: signal,
        meter: metrics ?? undefined,
        watches: options.watches ?? true,
        pollInterval,
      }),
  );
  const vitals = new Vitals({ lanes, journal: store, disk, clock, stopping: signal });
  let watched: Listening | null = null;
  log.info({ accounts: lanes.length, state: config.state, pid: process.pid }, 'started');
  const abilities = () => new Map(lanes.map((lane) => [lane.name, lane.abilities]));
  const inside = { config, store, mailboxes, parser, abilities, clock, log, stopping: signal };
  // Mail does not wait for it.
  const console = Promise.resolve(options.console?.(inside) ?? null);
  try {
    if (config.metrics !== null && metrics !== null) {
      metrics.look({ lanes, vitals, store });
      const { openWatched } = await import('./watched.ts');
      watched = await openWatched({ at: config.metrics, vitals, metrics, clock });
      log.info({ url: watched.url }, 'health and metrics');
    }
    const learning = embedded?.keepLearning((account) => {
      for (const lane of lanes) if (lane.name === account.name) lane.wake();
      if (embedded.unready(account) === null) learned?.(account.name);
    });
    const giveUp = () => failing.abort();
    const listening = listen({ lanes, journal: store, disk, clock, stopping: signal }).catch((error: unknown) => {
      giveUp();
      throw error;
    });
    const beating = vitals.watch(() => options.beat?.(vitals));
    const working = supervise({ lanes, clock, log, stopping: signal, giveUp });
    await Promise.all([working, learning, listening, beating, console]);
  } finally {
    await watched?.close(limits.http.grace);
    await console.then(
      (opened) => opened?.close(),
      () => {},
    );
    await Promise.all([embedded?.stop(), parser.close()]);
    store.close();
    lock.release();
    log.info('stopped');
  }
}

/** The journal, and what the daemon consists of beside it: all of that is loaded while the databases are read through. */
async function opened({ journal, queue, sound: reading }: Held) {
  const [sound, { createMailboxes }, embedded] = await Promise.all([
    reading,
    import('../imap/session.ts'),
    queue === null ? null : import('./embedded.ts'),
  ]);
  return {
    store: openStore(journal, { sound: sound.has(journal) }),
    createMailboxes,
    embedding:
      embedded === null || queue === null
        ? null
        : { start: embedded.startEmbedded, path: queue, sound: sound.has(queue) },
  };
}

async function metricsOf(config: Config, clock: Clock): Promise<Metrics> {
  const { Metrics } = await import('./metrics.ts');
  const classes = [...config.accounts.values()].flatMap(({ policy }) => [...policy.routes.keys()]);
  return new Metrics(new Set(classes), clock);
}

export function setupOf(account: AccountConfig, config: Config): AccountSetup {
  const { name, folders, since, resort, policy } = account;
  return { name, folders, since, resort, policy, metadata: config.classifier.metadata };
}

/** One desk for each orchestrator that is asked: accounts that share it share its breaker and its bounds. */
function desks(
  config: Config,
  parts: {
    readonly clock: Clock;
    readonly log: Logger;
    readonly random: () => number;
    readonly embedded: Embedded | null;
    readonly metrics: Metrics | null;
  },
): (account: AccountSetup) => Desk {
  const { pending, deadline } = config.classifier;
  const { clock, log, random, embedded, metrics } = parts;
  const made = new Map<string, Desk>();
  let first: ReturnType<typeof createClassifier> | null = null;
  const once = (key: string, classifier: () => Classifier) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const asked = classifier();
    const desk = new Desk({
      classifier: metrics?.classifier(asked) ?? asked,
      pending,
      deadline,
      clock,
      log,
      random,
    });
    made.set(key, desk);
    return desk;
  };
  return (account) => {
    if (embedded !== null) return once(account.name, () => embedded.classifierFor(account));
    const asked = config.accounts.get(account.name);
    const options = asked === undefined ? null : apiOf(config, asked, { fetch: overNetwork, clock });
    if (options === null) throw new Error(`account ${account.name} has nobody to ask`);
    return once(addressId(asked), () => {
      // One API, one bound on concurrency and rate, however many orchestrators of it are asked.
      first ??= createClassifier(options);
      return first.sibling(options);
    });
  };
}

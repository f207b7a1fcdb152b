import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../base/clock.ts';
import type { Outcome } from '../base/errors.ts';
import type { Lane } from '../daemon/lane.ts';
import { type Meter, stages } from '../daemon/meter.ts';
import type { Classifier, Mailboxes, Parser } from '../daemon/ports.ts';
import type { Vitals } from '../daemon/vitals.ts';
import type { Store } from '../store/store.ts';
import type { Job } from '../triage/job.ts';

/** From a parsed letter to a class that a language model thinks about, and mail that waited for a night. */
const buckets = [0.005, 0.02, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200, 43_200];

/** What is looked at when somebody asks. */
export interface Seen {
  readonly lanes: readonly Lane[];
  readonly vitals: Vitals;
  readonly store: Pick<Store, 'overview'>;
}

/**
 * What Prometheus is told of the gateway. It counts at the edges, by standing before what it measures: the path knows
 * nothing of it but that it is told of every step of a job. Classes are those of the routes; an API may make up others, and
 * each would be a time series of its own.
 */
export class Metrics implements Meter {
  readonly #registry = new Registry();
  readonly #clock: Clock;
  #classes: ReadonlySet<string>;
  readonly #messages;
  readonly #stages;
  readonly #whole;
  readonly #parsing;
  readonly #requests;
  readonly #requestTime;
  readonly #connects;
  readonly #models;
  #overview: () => ReturnType<Store['overview']> | null = () => null;
  /** As it was read for the answer that is being made: once for all gauges. */
  #journal: ReturnType<Store['overview']> | null = null;

  constructor(classes: ReadonlySet<string>, clock: Clock) {
    this.#classes = classes;
    this.#clock = clock;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Counter({ name: `siftd_${name}`, help, labelNames, registers });
    const time = <L extends string>(name: string, help: string, labelNames: L[]) =>
      new Histogram({ name: `siftd_${name}`, help, labelNames, buckets, registers });
    this.#messages = counter('messages_total', 'Messages that entered a state, by the class that they were given.', [
      'account',
      'state',
      'class',
    ]);
    this.#stages = time('stage_seconds', 'submit: found to accepted. classify: to the decision. act: to its end.', [
      'account',
      'stage',
    ]);
    this.#whole = time('message_seconds', 'From found to the end.', ['account']);
    this.#parsing = time('parse_seconds', 'Time to the text of a message, its wait for a thread included.', []);
    this.#requests = counter('api_requests_total', 'What the classification API was asked, by what came of it.', [
      'kind',
      'outcome',
    ]);
    this.#requestTime = time('api_request_seconds', 'Time to its answer, the wait for a turn included.', ['kind']);
    this.#connects = counter('imap_connects_total', 'Connections that were opened, or tried.', ['account', 'outcome']);
    this.#models = new Gauge({
      name: 'siftd_model_info',
      help: 'The model that answered last.',
      labelNames: ['account', 'model'],
      registers,
    });
  }

  /** Gauges, looked up when somebody asks. */
  look({ lanes, vitals, store }: Seen): void {
    this.#overview = () => store.overview();
    const gauge = <L extends string>(
      name: string,
      help: string,
      labelNames: L[],
      collect: (set: (labels: Partial<Record<L, string>>, value: number) => void) => void,
    ) =>
      new Gauge({
        name: `siftd_${name}`,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          this.reset();
          collect((labels, value) => this.set(labels as Partial<Record<L, string>>, value));
        },
      });
    gauge('jobs', 'Messages in the journal, by state.', ['account', 'state'], (set) => {
      for (const [account, { jobs }] of Object.entries(this.#journal?.accounts ?? {})) {
        for (const [state, count] of Object.entries(jobs)) set({ account, state }, count ?? 0);
      }
    });
    gauge('review_queue', 'Messages that wait for a person.', [], (set) => set({}, this.#journal?.review ?? 0));
    gauge('outbox', 'Mails and webhooks that have not left yet.', [], (set) => set({}, this.#journal?.unsent ?? 0));
    gauge('oldest_open_seconds', 'Age of the oldest message that has not ended; 0: there is none.', [], (set) => {
      const oldestOpen = this.#journal?.oldestOpen ?? null;
      set({}, oldestOpen === null ? 0 : Math.max(0, this.#clock.date() - oldestOpen) / 1000);
    });
    gauge('imap_silence_seconds', 'Since the server of an account was heard from.', ['account'], (set) => {
      for (const lane of lanes) set({ account: lane.name }, vitals.silence(lane) / 1000);
    });
    gauge('imap_connected', '1: there is a connection.', ['account'], (set) => {
      for (const { name, session } of lanes) set({ account: name }, session === null ? 0 : 1);
    });
    gauge('login_refused', '1: the server, or who consented, lets siftd in no more.', ['account'], (set) => {
      for (const { name, standing } of lanes) set({ account: name }, standing.state === 'refused' ? 1 : 0);
    });
    gauge('healthy', '1: as /healthz says it.', [], (set) => set({}, vitals.health().healthy ? 1 : 0));
    gauge('ready', '1: as /readyz says it.', [], (set) => set({}, vitals.health().ready ? 1 : 0));
    gauge('configuration_refused', '1: what was read last is refused, and the one before stays in force.', [], (set) =>
      set({}, vitals.aside === null ? 0 : 1),
    );
    gauge('api_away', '1: the API is away or refuses us, and nobody asks but one request now and then.', [], (set) =>
      set({}, lanes.some(({ parts }) => parts.desk.away !== null) ? 1 : 0),
    );
  }

  /** The routes are others now. */
  know(classes: ReadonlySet<string>): void {
    this.#classes = classes;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Rejects where the journal cannot be read now. */
  async text(): Promise<string> {
    this.#journal = this.#overview();
    return await this.#registry.metrics();
  }

  moved(before: Job, after: Job): void {
    if (before.state === after.state) return;
    const { account, state } = after;
    const decision = 'decision' in after ? after.decision : null;
    const named = decision?.classification ?? null;
    const known = named === null ? '' : this.#classes.has(named) ? named : 'other';
    this.#messages.inc({ account, state, class: known });
    const stage = stages[before.state];
    if (stage !== null) this.#stages.observe({ account, stage }, between(before.since, after.since));
    if (decision?.model && state === 'decided') {
      this.#models.remove({ account });
      this.#models.set({ account, model: decision.model }, 1);
    }
    if (state === 'done' || state === 'failed') this.#whole.observe({ account }, between(after.foundAt, after.since));
  }

  parser(parser: Parser): Parser {
    return {
      ready: () => parser.ready(),
      parse: async (content) => {
        const ended = this.#parsing.startTimer();
        const outcome = await parser.parse(content);
        ended();
        return outcome;
      },
    };
  }

  mailboxes(mailboxes: Mailboxes): Mailboxes {
    return {
      connect: async (account, signal) => {
        const outcome = await mailboxes.connect(account, signal);
        this.#connects.inc({ account, outcome: codeOf(outcome) });
        return outcome;
      },
    };
  }

  classifier(classifier: Classifier): Classifier {
    return {
      get holds() {
        return classifier.holds;
      },
      submit: (submission, signal, begin) =>
        this.#asked('submit', begin, (mayBegin) => classifier.submit(submission, signal, mayBegin)),
      result: (cuid, ref, signal, begin, behind) =>
        this.#asked('poll', begin, (mayBegin) => classifier.result(cuid, ref, signal, mayBegin, behind)),
    };
  }

  /** Only what has left is counted. */
  async #asked<T>(
    kind: 'submit' | 'poll',
    begin: () => boolean,
    ask: (begin: () => boolean) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    let left = false;
    const ended = this.#requestTime.startTimer({ kind });
    const outcome = await ask(() => {
      left = begin();
      return left;
    });
    if (left) {
      ended();
      this.#requests.inc({ kind, outcome: codeOf(outcome) });
    }
    return outcome;
  }
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.fault.code;
}

/** Seconds; both by Clock.date, which may have been set back between. */
function between(from: number, to: number): number {
  return Math.max(0, to - from) / 1000;
}

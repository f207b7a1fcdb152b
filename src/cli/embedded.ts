import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type ApiClassifier, createClassifier } from '../api/client.ts';
import type { Clock } from '../base/clock.ts';
import { type Outcome, ok, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Unready } from '../daemon/lane.ts';
import { gatherExamples, type LearnedExample, type Lectern, type Lesson } from '../daemon/learn.ts';
import type { Journal, Mailboxes, Parser } from '../daemon/ports.ts';
import type { AccountSetup } from '../daemon/scribe.ts';
import { trainInWorker } from '../engine/background.ts';
import { loadModel, saveModel } from '../engine/modelfile.ts';
import { createService } from '../server/service.ts';
import type { Policy } from '../triage/policy.ts';

const company = 'siftd';

/** What a model was made for: the classes and where people keep them. Accounts with equal sets share one. */
export function modelId(policy: Policy): string {
  const routes = [...policy.routes.values()].map(({ name, move, labels }) => [name, move, ...labels]);
  const text = JSON.stringify(routes.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)));
  return `m${createHash('sha256').update(text).digest('hex').slice(0, 11)}`;
}

export function modelPath(state: string, id: string): string {
  return join(state, 'models', `${id}.model`);
}

export interface EmbeddedOptions {
  /** Its queue's file, and whether it has just been read through (`soundOf`). */
  readonly path: string;
  readonly sound: boolean;
  readonly state: string;
  readonly accounts: readonly AccountSetup[];
  readonly retention: number;
  readonly mailboxes: Mailboxes;
  readonly parser: Parser;
  readonly journal: Pick<Journal, 'inFolder'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export interface Embedded {
  /** Our own client, over the service's own request handler: no port, and no second code path. */
  classifierFor(account: AccountSetup): ApiClassifier;
  unready(account: AccountSetup): Unready | null;
  /** Whom it is there for from now on. Models of routes that nobody has any more are kept where they are. */
  adopt(accounts: readonly AccountSetup[]): void;
  /** Learns what has no model yet, and takes up models that somebody trains beside it, until the signal aborts. */
  keepLearning(changed: (account: AccountSetup) => void): Promise<void>;
  stop(): Promise<void>;
}

/** The classification service inside `siftd run`: one orchestrator and one model for each distinct set of routes. */
export function startEmbedded(options: EmbeddedOptions): Embedded {
  const { state, clock, log, signal } = options;
  mkdirSync(join(state, 'models'), { recursive: true });
  const sets = new Map<string, { readonly accounts: readonly AccountSetup[]; readonly over: AbortController }>();
  // The token lives as long as this process: the caller is ourselves, and still takes the way everybody takes.
  const token = randomBytes(24).toString('base64url');
  const service = createService({
    path: options.path,
    sound: options.sound,
    companies: {
      [company]: {
        tokens: [token],
        orchestrators: {},
      },
    },
    retention: options.retention,
    clock,
    log: null,
  });
  const standing = new Map<string, Unready | null>();
  /** Begins to learn for a set; nothing while nobody has asked for that. */
  let begin: (id: string) => void = () => {};

  function adopt(wanted: ReadonlyMap<string, readonly AccountSetup[]>): void {
    for (const [id, { accounts, over }] of sets) {
      if (isDeepStrictEqual(accounts, wanted.get(id))) continue;
      over.abort();
      sets.delete(id);
    }
    for (const [id, accounts] of wanted) {
      if (sets.has(id)) continue;
      sets.set(id, { accounts, over: new AbortController() });
      if (!standing.has(id)) {
        service.admit(company, id);
        standing.set(id, { passing: true, why: 'its model is being made' });
      }
      begin(id);
    }
  }
  adopt(setsOf(options.accounts));
  service.start();

  function load(id: string): boolean {
    const path = modelPath(state, id);
    if (modified(path) === null) return false;
    const model = loadModel(path);
    if (!model.ok) {
      log.error({ code: model.fault.code, model: id }, `${model.fault.message}; it is trained anew`);
      return false;
    }
    service.setEngine(company, id, model.value);
    log.info({ model: id, version: model.value.version, classes: model.value.labels.length }, 'model loaded');
    return true;
  }

  async function learn(
    id: string,
    accounts: readonly AccountSetup[],
    changed: (account: AccountSetup) => void,
    signal: AbortSignal,
  ) {
    let said = '';
    while (!signal.aborted && standing.get(id) !== null) {
      if (load(id)) {
        standing.set(id, null);
        accounts.forEach(changed);
        return;
      }
      const lesson = await examplesOf(accounts, { ...options, signal, choice: {}, now: clock.now() });
      if (signal.aborted) return;
      const lack = lesson.ok ? lackOf(lesson.value.examples, accounts) : null;
      if (lesson.ok && lack === null) {
        const { examples, left } = lesson.value;
        try {
          const model = await trainInWorker(examples, { signal });
          saveModel(modelPath(state, id), model);
          service.setEngine(company, id, model);
          standing.set(id, null);
          log.info(
            { model: id, examples: examples.length, classes: model.labels.length, left },
            'learned from the sorted folders',
          );
          accounts.forEach(changed);
          return;
        } catch (error) {
          if (signal.aborted) return;
          log.error({ err: error, model: id }, `training failed: ${reasonOf(error)}`);
        }
      } else if (lack !== null) {
        standing.set(id, { passing: false, why: lack });
        accounts.forEach(changed);
        if (lack !== said)
          log.warn({ model: id }, `${lack}: until then nothing is sorted, and new mail waits for a person`);
        said = lack;
      }
      if (!lesson.ok && lesson.fault.message !== said) {
        said = lesson.fault.message;
        log.warn({ model: id, code: lesson.fault.code }, `the sorted folders could not be read: ${said}`);
      }
      await clock.sleep(lesson.ok ? limits.daemon.relearn : limits.imap.pollInterval, signal);
    }
  }

  /** `siftd train` beside us writes a new model: it is taken without a restart. */
  async function follow(id: string, signal: AbortSignal) {
    let seen = modified(modelPath(state, id));
    while (!signal.aborted) {
      await clock.sleep(limits.daemon.modelPoll, signal);
      const now = modified(modelPath(state, id));
      if (now !== null && now !== seen && load(id)) standing.set(id, null);
      seen = now;
    }
  }

  /** Whoever asks, the service in this process is one: one bound on what it is asked at a time. */
  const client = createClassifier({
    fetch: service.local,
    baseUrl: 'http://siftd.invalid',
    company,
    orchestrator: company,
    concurrency: limits.daemon.embeddedConcurrency,
    holds: true,
    words: { high: 1, medium: 0.5, low: 0 },
    clock,
  });

  return {
    classifierFor: (account) => client.sibling({ company, orchestrator: modelId(account.policy), token }),
    unready: (account) => standing.get(modelId(account.policy)) ?? null,
    adopt: (accounts) => adopt(setsOf(accounts)),
    keepLearning: (changed) =>
      new Promise((resolve, reject) => {
        const learning = new Set<Promise<void>>();
        const work = async (id: string): Promise<void> => {
          const set = sets.get(id);
          if (set === undefined) return;
          const over = AbortSignal.any([signal, set.over.signal]);
          await learn(id, set.accounts, changed, over);
          await follow(id, over);
        };
        begin = (id) => {
          const working = work(id).then(() => void learning.delete(working), reject);
          learning.add(working);
        };
        for (const id of sets.keys()) begin(id);
        const end = () => void Promise.all(learning).then(() => resolve(), reject);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      }),
    stop: () => service.stop(),
  };
}

function setsOf(accounts: readonly AccountSetup[]): ReadonlyMap<string, readonly AccountSetup[]> {
  const sets = new Map<string, AccountSetup[]>();
  for (const account of accounts) {
    const id = modelId(account.policy);
    sets.set(id, [...(sets.get(id) ?? []), account]);
  }
  return sets;
}

type Classroom = Pick<Lectern, 'parser' | 'journal' | 'choice' | 'now' | 'signal'> & {
  readonly mailboxes: Mailboxes;
  readonly onRead?: (account: string, ...how: Parameters<NonNullable<Lectern['onRead']>>) => void;
};

/** Examples of every account of a set, each over a connection of its own. */
export async function examplesOf(accounts: readonly AccountSetup[], room: Classroom): Promise<Outcome<Lesson>> {
  const examples: LearnedExample[] = [];
  const left = new Set<string>();
  for (const account of accounts) {
    const session = await room.mailboxes.connect(account.name, room.signal);
    if (!session.ok) return session;
    const onRead: Lectern['onRead'] = (...how) => room.onRead?.(account.name, ...how);
    const lesson = await gatherExamples({ ...room, session: session.value, account, onRead });
    await session.value.close();
    if (!lesson.ok) return lesson;
    examples.push(...lesson.value.examples);
    for (const line of lesson.value.left) left.add(line);
  }
  return ok({ examples, left: [...left] });
}

/** What is missing before anything can be learned: two classes with enough examples each. null: nothing is. */
function lackOf(examples: readonly LearnedExample[], accounts: readonly AccountSetup[]): string | null {
  const counts = new Map<string, number>();
  for (const name of accounts.flatMap((account) => [...account.policy.routes.keys()])) counts.set(name, 0);
  for (const { label } of examples) counts.set(label, (counts.get(label) ?? 0) + 1);
  const enough = [...counts.values()].filter((count) => count >= limits.engine.minExamples).length;
  if (enough >= 2) return null;
  const each = [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
  return `too few sorted messages to learn from: two classes need ${limits.engine.minExamples} each in their folders, there are ${each}`;
}

function modified(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

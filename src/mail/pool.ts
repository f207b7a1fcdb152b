import { type Clock, systemClock } from '../base/clock.ts';
import { failed, type Outcome } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Content, Readable } from './message.ts';
import type { TextOptions } from './text.ts';
import { ParseThread, parseProgram } from './worker.ts';

export interface ParserOptions extends TextOptions {
  /** Threads for quick messages; slow ones do not count, up to `most` threads in all. */
  readonly size?: number;
  readonly most?: number;
  readonly timeout?: number;
  readonly slow?: number;
  readonly heapMib?: number;
  readonly clock?: Clock;
  /** The thread's program, for tests of its death. */
  readonly entry?: URL;
}

export interface MessageParser {
  /** Starts a thread where there is none, and resolves once it takes messages, or never will. */
  ready(): Promise<void>;
  /**
   * Parses off the main thread. The bytes of `content` move to the thread: they are empty afterwards.
   *
   * Faults: `unreadable` (permanent: the message is beyond what can be parsed, however often one tries);
   * `parse-timeout` and `parse-crash` (temporary: this message ended its thread); `parse-unavailable` (temporary:
   * no thread could be started, whatever the message); `closed`.
   */
  parse(content: Content): Promise<Outcome<Readable>>;
  /** Ends all threads. Messages that wait or are being parsed fail as `closed`. */
  close(): Promise<void>;
}

interface Waiting {
  readonly content: Content;
  readonly resolve: (outcome: Outcome<Readable>) => void;
  readonly reject: (bug: unknown) => void;
}

/**
 * A pool of threads, started when needed; idle ones do not keep the process alive. A message that hangs holds up the
 * others for limits.parse.slow at most: then its thread no longer counts, and another starts for those that wait.
 */
export function createParser(options: ParserOptions): MessageParser {
  const size = options.size ?? limits.parse.workers;
  const most = Math.max(size, options.most ?? limits.parse.workersMost);
  const slow = options.slow ?? limits.parse.slow;
  const clock = options.clock ?? systemClock;
  const threadOptions = {
    limit: options.limit,
    quotes: options.quotes,
    clock,
    timeout: options.timeout ?? limits.parse.timeout,
    heapMib: options.heapMib ?? limits.parse.heapMib,
    entry: options.entry ?? parseProgram,
  };
  const queue: Waiting[] = [];
  const idle: ParseThread[] = [];
  /** Threads with a message in them, and whether it is slow. */
  const busy = new Map<ParseThread, { slow: boolean }>();
  let closed = false;

  const next = (): void => {
    while (!closed && queue.length > 0) {
      const quick = [...busy.values()].filter((task) => !task.slow).length;
      if (quick >= size || busy.size >= most) return;
      const waiting = queue.shift();
      if (waiting === undefined) return;
      void work(usable() ?? new ParseThread(threadOptions), waiting);
    }
  };

  const usable = (): ParseThread | undefined => {
    for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) if (!thread.dead) return thread;
    return undefined;
  };

  const work = async (thread: ParseThread, { content, resolve, reject }: Waiting): Promise<void> => {
    const task = { slow: false };
    const done = new AbortController();
    busy.set(thread, task);
    void thread.started
      .then(() => clock.sleep(slow, done.signal))
      .then(() => {
        if (done.signal.aborted) return;
        task.slow = true;
        next();
      });
    await thread.parse(content).then(resolve, reject);
    done.abort();
    busy.delete(thread);
    if (!thread.dead) {
      if (idle.length < size) idle.push(thread);
      else void thread.close();
    }
    next();
  };

  return {
    async ready() {
      if (closed || busy.size > 0) return;
      const thread = usable() ?? new ParseThread(threadOptions);
      idle.push(thread);
      await thread.started;
    },
    parse(content) {
      if (closed) return Promise.resolve(failed('temporary', 'closed', 'the parser was closed'));
      return new Promise((resolve, reject) => {
        queue.push({ content, resolve, reject });
        next();
      });
    },
    async close() {
      closed = true;
      for (const { resolve } of queue.splice(0)) resolve(failed('temporary', 'closed', 'the parser was closed'));
      await Promise.all([...idle.splice(0), ...busy.keys()].map((thread) => thread.close()));
    },
  };
}

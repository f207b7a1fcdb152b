import { type Clock, systemClock } from '../base/clock.ts';
import { failed, type Outcome } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Content, Readable } from './message.ts';
import type { TextOptions } from './text.ts';
import { octetsOf, ParseThread, parseProgram, type Waiting } from './worker.ts';

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
   * Parses off the main thread, in sets of what waits.
   *
   * Faults: `unreadable` (permanent: the message is beyond what can be parsed, however often one tries);
   * `parse-timeout` and `parse-crash` (temporary: this message ended its thread); `parse-unavailable` (temporary:
   * no thread could be started, whatever the message); `closed`.
   */
  parse(content: Content): Promise<Outcome<Readable>>;
  /** Ends all threads. Messages that wait or are being parsed fail as `closed`. */
  close(): Promise<void>;
}

/**
 * A pool of threads, started when needed; idle ones do not keep the process alive. A message that hangs holds up the
 * others for limits.parse.slow at most: then its thread no longer counts, and another starts for those that wait.
 */
export function createParser(options: ParserOptions): MessageParser {
  const size = options.size ?? limits.parse.workers;
  const most = Math.max(size, options.most ?? limits.parse.workersMost);
  const threadOptions = {
    limit: options.limit,
    quotes: options.quotes,
    clock: options.clock ?? systemClock,
    slow: options.slow ?? limits.parse.slow,
    timeout: options.timeout ?? limits.parse.timeout,
    heapMib: options.heapMib ?? limits.parse.heapMib,
    entry: options.entry ?? parseProgram,
  };
  const queue: Waiting[] = [];
  const idle: ParseThread[] = [];
  /** Threads with messages in them, and whether one of those is slow. */
  const busy = new Map<ParseThread, { slow: boolean }>();
  let closed = false;

  const next = (): void => {
    while (!closed && queue.length > 0) {
      const quick = [...busy.values()].filter((task) => !task.slow).length;
      if (quick >= size || busy.size >= most) return;
      void work(usable() ?? new ParseThread(threadOptions), queue.splice(0, nextSet(queue)));
    }
  };

  const usable = (): ParseThread | undefined => {
    for (let thread = idle.pop(); thread !== undefined; thread = idle.pop()) if (!thread.dead) return thread;
    return undefined;
  };

  const work = async (thread: ParseThread, set: readonly Waiting[]): Promise<void> => {
    const task = { slow: false };
    busy.set(thread, task);
    const left = await thread.parse(set, (behind) => {
      task.slow = true;
      queue.unshift(...behind);
      next();
    });
    busy.delete(thread);
    queue.unshift(...left);
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
      return new Promise((resolve) => {
        queue.push({ content, resolve });
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

/** How many of those that wait go to a thread together: what waited meanwhile, in bounds. */
function nextSet(queue: readonly Waiting[]): number {
  let octets = 0;
  for (const [at, { content }] of queue.entries()) {
    octets += octetsOf(content);
    if (at >= limits.parse.set || (at > 0 && octets > limits.parse.setOctets)) return at;
  }
  return queue.length;
}

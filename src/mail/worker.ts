import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { threadProgram } from '../base/thread.ts';
import type { Content, Readable } from './message.ts';
import type { TextOptions } from './text.ts';

/** What became of one message of a set. */
export type Answer = { readonly at: number } & (
  | { readonly readable: Readable }
  /** The message is unreadable, by the code of what was thrown. */
  | { readonly code: string }
);

/** What parse-worker.ts says. */
export type FromWorker =
  | { readonly kind: 'ready' }
  /** `ended`: it takes no more of the set. */
  | { readonly kind: 'answers'; readonly answers: readonly Answer[]; readonly ended: boolean };

/** What parse-worker.ts gets with its start. */
export interface ToWorker {
  readonly options: TextOptions;
  /** One cell: how many messages of the present set were begun. Whoever adds one to it has the next. */
  readonly begun: Int32Array<SharedArrayBuffer>;
}

export interface WorkerOptions extends TextOptions {
  readonly clock: Clock;
  /** Milliseconds for one message. */
  readonly timeout: number;
  /** After so many milliseconds a message is slow. */
  readonly slow: number;
  readonly heapMib: number;
  readonly entry: URL;
}

/** A message, and who waits for what becomes of it. */
export interface Waiting {
  readonly content: Content;
  readonly resolve: (outcome: Outcome<Readable>) => void;
}

export const parseProgram = threadProgram(import.meta.url, 'mail/parse-worker.js');

/** More than a set ever has: nothing of it is begun any more. */
const revoked = 2 ** 30;

/**
 * One thread, one set of messages at a time, one message after the other. A message that is too slow, breaks the thread or
 * eats its memory ends the thread and fails alone; the thread is `dead` then and a new one has to be made. What of its set
 * had no answer yet, and was not to blame, goes back to whoever gave it.
 */
export class ParseThread {
  readonly #worker: Worker;
  readonly #options: WorkerOptions;
  readonly #begun = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #dead = false;
  #ready = false;
  #announce: () => void = () => {};
  /** Resolves when the thread takes messages, or never will. */
  readonly started = new Promise<void>((resolve) => {
    this.#announce = resolve;
  });
  /** What of the present set has no answer yet. */
  #set = new Map<number, Waiting>();
  /** The last of it that was begun, once no more will be. */
  #last: number | null = null;
  #over: (() => void) | null = null;
  /** When it was last heard to begin a message. */
  #since = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { limit, quotes } = options;
    this.#worker = new Worker(options.entry, {
      workerData: { options: { limit, quotes }, begun: this.#begun } satisfies ToWorker,
      resourceLimits: { maxOldGenerationSizeMb: options.heapMib, maxYoungGenerationSizeMb: limits.parse.youngMib },
      // What this process was started with, such as an inspector's port, is not meant for its threads.
      execArgv: [],
      // Nothing of a message may reach our output by way of a warning.
      stdout: true,
      stderr: true,
    });
    this.#worker.on('message', (message: FromWorker) => this.#hear(message));
    this.#worker.on('error', () => {
      // Its exit follows, and only then everything that it said has been heard.
    });
    this.#worker.on('exit', () => this.#broke());
    this.#worker.unref();
    const late = options.clock.after(limits.parse.timeout, () => this.#broke());
    void this.started.then(late);
  }

  get dead(): boolean {
    return this.#dead;
  }

  /**
   * Parses a set. Once one of it is slow, `onSlow` gets those behind it, which are not waited for. Resolves when the rest
   * came to an end, with those that have no answer because another one ended the thread.
   */
  async parse(set: readonly Waiting[], onSlow: (behind: readonly Waiting[]) => void): Promise<readonly Waiting[]> {
    const { clock, slow, timeout } = this.#options;
    this.#set = new Map(set.entries());
    this.#since = clock.now();
    this.#last = null;
    Atomics.store(this.#begun, 0, 0);
    const over = new Promise<void>((resolve) => {
      this.#over = () => {
        this.#over = null;
        resolve();
      };
    });
    this.#worker.ref();
    const [contents, buffer] = packed(set.map(({ content }) => content));
    this.#worker.postMessage(contents, [buffer]);
    const ends: (() => void)[] = [];
    // How long a thread takes to start says nothing of a message.
    void this.started.then(() => {
      if (this.#over === null) return;
      const message = `the message took longer than ${timeout} ms to parse`;
      ends.push(this.#whenLasting(timeout, () => this.#end('parse-timeout', message)));
      ends.push(this.#whenLasting(slow, () => onSlow(this.#revoke())));
    });
    await over;
    for (const callOff of ends) callOff();
    // One that ends keeps the process alive until it has: whoever closes it waits for that.
    if (!this.#dead) this.#worker.unref();
    const left = [...this.#set.values()];
    this.#set.clear();
    return left;
  }

  /** Ends the thread; the messages in it fail as `closed`. */
  async close(): Promise<void> {
    this.#settleAll(failed('temporary', 'closed', 'the parser was closed'));
    this.#dead = true;
    this.#over?.();
    await this.#worker.terminate();
  }

  /** Calls `run` once one message has lasted so long, unless what it answers is called before. */
  #whenLasting(ms: number, run: () => void): () => void {
    const { clock } = this.#options;
    let callOff: () => void = () => {};
    const wait = (left: number): void => {
      callOff = clock.after(left, () => {
        const still = this.#since + ms - clock.now();
        if (still > 0) wait(still);
        else run();
      });
    };
    wait(ms);
    return () => callOff();
  }

  #hear(message: FromWorker): void {
    this.#since = this.#options.clock.now();
    if (message.kind === 'ready') {
      this.#ready = true;
      this.#announce();
      return;
    }
    for (const answer of message.answers) this.#settle(answer.at, outcomeOf(answer));
    if (message.ended) this.#over?.();
  }

  #broke(): void {
    if (this.#ready) {
      this.#end('parse-crash', 'the message crashed its parser or took all its memory');
      return;
    }
    // Not a message's fault: a broken installation, or no memory left for a thread.
    this.#settleAll(failed('temporary', 'parse-unavailable', 'the parser could not be started'));
    this.#finish();
  }

  /** The message in hand ends the thread, and answers for it. */
  #end(code: string, message: string): void {
    this.#settle(this.#lastBegun(), failed('temporary', code, message));
    this.#finish();
  }

  #finish(): void {
    this.#dead = true;
    this.#announce();
    this.#over?.();
    void this.#worker.terminate();
  }

  /** Takes back what is not begun. */
  #revoke(): Waiting[] {
    const behind = [...this.#set].filter(([at]) => at > this.#lastBegun());
    for (const [at] of behind) this.#set.delete(at);
    return behind.map(([, waiting]) => waiting);
  }

  /** From here on none is begun any more. A thread that is stuck before the first is stuck in it. */
  #lastBegun(): number {
    this.#last ??= Math.max(0, Atomics.exchange(this.#begun, 0, revoked) - 1);
    return this.#last;
  }

  #settle(at: number, outcome: Outcome<Readable>): void {
    this.#set.get(at)?.resolve(outcome);
    this.#set.delete(at);
  }

  #settleAll(outcome: Outcome<Readable>): void {
    for (const at of [...this.#set.keys()]) this.#settle(at, outcome);
  }
}

function outcomeOf(answer: Answer): Outcome<Readable> {
  if ('readable' in answer) return ok(answer.readable);
  return failed('permanent', 'unreadable', `the message cannot be parsed (${answer.code})`);
}

export function octetsOf(content: Content): number {
  return bytesOf(content).reduce((sum, bytes) => sum + bytes.byteLength, 0);
}

function bytesOf(content: Content): readonly Uint8Array[] {
  if (content.kind === 'whole') return [content.source];
  return [content.header, ...content.texts.flatMap(({ mime, body }) => [mime, body])];
}

/** The same contents in one buffer, which can be moved as it is: one allocation, however many they are. */
function packed(contents: readonly Content[]): [Content[], ArrayBuffer] {
  const buffer = new ArrayBuffer(contents.reduce((sum, content) => sum + octetsOf(content), 0));
  let at = 0;
  const pack = (bytes: Uint8Array): Uint8Array => {
    const own = new Uint8Array(buffer, at, bytes.byteLength);
    own.set(bytes);
    at += bytes.byteLength;
    return own;
  };
  const moved = contents.map((content): Content => {
    if (content.kind === 'whole') return { kind: 'whole', source: pack(content.source) };
    const texts = content.texts.map(({ mime, body }) => ({ mime: pack(mime), body: pack(body) }));
    return { kind: 'parts', header: pack(content.header), texts, attachments: content.attachments };
  });
  return [moved, buffer];
}

import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { threadProgram } from '../base/thread.ts';
import type { Content, Readable } from './message.ts';
import type { TextOptions } from './text.ts';

/** What parse-worker.ts says. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'readable'; readonly readable: Readable }
  | { readonly kind: 'unreadable'; readonly code: string };

export interface WorkerOptions extends TextOptions {
  readonly clock: Clock;
  /** Milliseconds for one message, the start of a fresh thread included. */
  readonly timeout: number;
  readonly heapMib: number;
  readonly entry: URL;
}

export const parseProgram = threadProgram(import.meta.url, 'mail/parse-worker.js');

/**
 * One thread, one message at a time. A message that is too slow, breaks the thread or eats its memory ends the thread
 * and fails alone; the thread is `dead` then and a new one has to be made.
 */
export class ParseThread {
  readonly #worker: Worker;
  readonly #options: WorkerOptions;
  #dead = false;
  #ready = false;
  #announce: () => void = () => {};
  /** Resolves when the thread takes messages, or never will. */
  readonly started = new Promise<void>((resolve) => {
    this.#announce = resolve;
  });
  #answer: ((outcome: Outcome<Readable>) => void) | null = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#worker = new Worker(options.entry, {
      workerData: { limit: options.limit, quotes: options.quotes } satisfies TextOptions,
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
  }

  get dead(): boolean {
    return this.#dead;
  }

  /** Takes the bytes of `content` with it: they are transferred and empty afterwards. Throws where they were already. */
  async parse(content: Content): Promise<Outcome<Readable>> {
    const [moving, buffers] = movable(content);
    const done = new AbortController();
    const answer = new Promise<Outcome<Readable>>((resolve) => {
      this.#answer = resolve;
    });
    this.#worker.ref();
    this.#worker.postMessage(moving, buffers);
    void this.#options.clock.sleep(this.#options.timeout, done.signal).then(() => {
      if (!done.signal.aborted)
        this.#end('parse-timeout', `the message took longer than ${this.#options.timeout} ms to parse`);
    });
    const outcome = await answer;
    done.abort();
    this.#worker.unref();
    return outcome;
  }

  /** Ends the thread; a message in it fails as `closed`. */
  async close(): Promise<void> {
    this.#settle(failed('temporary', 'closed', 'the parser was closed'));
    this.#dead = true;
    await this.#worker.terminate();
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case 'ready':
        this.#ready = true;
        this.#announce();
        return;
      case 'readable':
        this.#settle(ok(message.readable));
        return;
      case 'unreadable':
        this.#settle(failed('permanent', 'unreadable', `the message cannot be parsed (${message.code})`));
        return;
    }
  }

  #broke(): void {
    if (this.#ready) this.#end('parse-crash', 'the message crashed its parser or took all its memory');
    // Not the message's fault: a broken installation, or no memory left for a thread.
    else this.#end('parse-unavailable', 'the parser could not be started');
  }

  #end(code: string, message: string): void {
    this.#dead = true;
    this.#announce();
    this.#settle(failed('temporary', code, message));
    void this.#worker.terminate();
  }

  #settle(outcome: Outcome<Readable>): void {
    this.#answer?.(outcome);
    this.#answer = null;
  }
}

/** The content with every buffer that is all its own to be moved; what shares its buffer with others is copied first. */
function movable(content: Content): [Content, ArrayBuffer[]] {
  const buffers: ArrayBuffer[] = [];
  const move = (bytes: Uint8Array): Uint8Array => {
    const whole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
    // A buffer that was moved before makes the constructor throw: an empty message in its place would be filed wrong.
    const own = whole && !buffers.includes(bytes.buffer) ? new Uint8Array(bytes.buffer) : Uint8Array.from(bytes);
    buffers.push(own.buffer);
    return own;
  };
  if (content.kind === 'whole') return [{ kind: 'whole', source: move(content.source) }, buffers];
  const texts = content.texts.map(({ mime, body }) => ({ mime: move(mime), body: move(body) }));
  return [{ kind: 'parts', header: move(content.header), texts, attachments: content.attachments }, buffers];
}

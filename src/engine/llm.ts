import { createHash, randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import PQueue from 'p-queue';
import { type Asked, ask, type Fetch, overNetwork, retryAfterOf } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import type { Fault } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Engine, type Mail, NoAnswer, type Prediction } from './engine.ts';
import { type Reading, readCompletion, type Usage } from './llm-answer.ts';
import { answerSchema, promptOf } from './llm-prompt.ts';

export type { Usage } from './llm-answer.ts';

/** Tokens of a day's budget that are set aside for one request. */
export interface Reservation {
  /** Replaces what was set aside by what it was. Durable when it resolves. */
  settle(tokens: number): Promise<void>;
}

/** Where it is written down what a model took: durable, so that a restart does not open a budget anew. */
export interface Books {
  /** Durable when it resolves; null: today's budget has no room for it. */
  reserve(tokens: number): Promise<Reservation | null>;
  /** One request and what came of it: `answered`, `off-schema`, or a fault's code. */
  asked(outcome: string, ms: number, usage: Usage | null): void;
}

export interface LlmOptions {
  /** Of an OpenAI-compatible API, e.g. `http://127.0.0.1:11434/v1`; without a slash at its end. */
  readonly url: string;
  readonly model: string;
  readonly token: string | null;
  /** The classes, each with what it is about. Nothing else is ever answered. */
  readonly labels: ReadonlyMap<string, string>;
  /** Milliseconds for one answer. */
  readonly timeout: number;
  /** Requests in flight. */
  readonly concurrency: number;
  /** Requests started in a span of milliseconds; null: no such bound. */
  readonly rate: { readonly requests: number; readonly per: number } | null;
  /** Whether token probabilities are asked for; some endpoints refuse a request that does. */
  readonly logprobs: boolean;
  readonly books: Books;
  readonly clock: Clock;
  /** Ends what is asked and what waits for its turn: nothing of it keeps the process alive. */
  readonly signal: AbortSignal;
  readonly fetch?: Fetch;
  /** 128 random bits as text, for each request anew. */
  readonly marker?: () => string;
}

const day = 86_400_000;

/**
 * A language model behind an OpenAI-compatible chat endpoint. What a mail says reaches it as data only; what it answers
 * counts only as far as the schema goes. Faults: `budget`, `away`, `busy` (nobody was asked), `timeout`, `network`,
 * `bad-answer`, `http-N` (temporary, or permanent where this mail was refused), `off-schema` (permanent).
 */
export class LlmEngine implements Engine {
  readonly labels: readonly string[];
  readonly version: string;
  readonly #options: LlmOptions;
  readonly #queue: PQueue;
  #faults = 0;
  #probing = false;
  /** Why nobody is asked until a time, and when that is. */
  #away: { readonly fault: Fault; readonly until: number } | null = null;

  constructor(options: LlmOptions) {
    const { rate, concurrency } = options;
    this.#options = options;
    // Every mail that is asked about or waits for its turn listens to it.
    setMaxListeners(0, options.signal);
    this.labels = [...options.labels.keys()];
    const asks = JSON.stringify([options.url, ...promptOf({ subject: '', body: '' }, options.labels, '')]);
    this.version = `${options.model}#${createHash('sha256').update(asks).digest('hex').slice(0, 12)}`;
    this.#queue = new PQueue(
      rate === null ? { concurrency } : { concurrency, intervalCap: rate.requests, interval: rate.per, strict: true },
    );
  }

  away(): Fault | null {
    if (this.#away === null) return null;
    const { fault, until } = this.#away;
    const wait = until - this.#options.clock.now();
    if (wait > 0) return { ...fault, retryAfter: wait };
    this.#away = null;
    return null;
  }

  async classify(mail: Mail): Promise<Prediction> {
    // An answer off the schema is the model's failure at this mail: once more, then it is this mail that fails.
    const said = (await this.#ask(mail)) ?? (await this.#ask(mail));
    if (said === null) {
      const message = 'the language model answered off the schema twice';
      throw new NoAnswer({ kind: 'permanent', code: 'off-schema', message });
    }
    const { label, confidence, stated } = said;
    const prediction = { label, confidence, alternatives: [{ label, confidence }] };
    return stated ? { ...prediction, stated: true } : prediction;
  }

  /** One request, in its turn. null: answered off the schema. */
  async #ask(mail: Mail): Promise<Reading['said']> {
    return await this.#inTurn(async () => {
      const away = this.away();
      if (away !== null) throw new NoAnswer(away, false);
      // After an absence one request finds out whether it is over, and not as many as wait.
      const probes = this.#faults >= limits.llm.faults;
      if (probes && this.#probing) {
        const message = 'whether the language model is back is being found out';
        throw new NoAnswer({ kind: 'temporary', code: 'away', message, retryAfter: limits.llm.awayMin }, false);
      }
      if (probes) this.#probing = true;
      try {
        return await this.#exchange(mail);
      } finally {
        if (probes) this.#probing = false;
      }
    });
  }

  async #exchange(mail: Mail): Promise<Reading['said']> {
    const { clock, books, marker = randomMarker } = this.#options;
    const request = this.#requestOf(mail, marker());
    const most = Math.ceil(Buffer.byteLength(request) / limits.llm.tokenBytes) + limits.llm.answerTokens;
    const reservation = await this.#reserve(most);
    const began = clock.now();
    const asked = await this.#post(request);
    const read = this.#read(asked);
    if ('fault' in read) {
      books.asked(read.fault.code, clock.now() - began, null);
      // Who refused or was not reached took nothing; who did not answer in time may have worked all the same.
      const nothing = asked.kind === 'unreachable' || (asked.kind === 'answer' && asked.status >= 300);
      if (nothing) await this.#settle(reservation, 0);
      this.#failed(read.fault);
      throw new NoAnswer(read.fault);
    }
    const { usage, said } = read;
    books.asked(said === null ? 'off-schema' : 'answered', clock.now() - began, usage);
    if (usage !== null) await this.#settle(reservation, usage.prompt + usage.completion);
    this.#faults = 0;
    return said;
  }

  #requestOf(mail: Mail, marker: string): string {
    const { model, labels, logprobs } = this.#options;
    return JSON.stringify({
      model,
      messages: promptOf(mail, labels, marker),
      temperature: 0,
      max_tokens: limits.llm.answerTokens,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'classification', strict: true, schema: answerSchema(this.labels) },
      },
      ...(logprobs ? { logprobs: true } : {}),
    });
  }

  async #post(body: string): Promise<Asked> {
    const { url, token, clock, timeout, signal, fetch = overNetwork } = this.#options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': 'siftd',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    };
    const { answerBytes } = limits.llm;
    const init = { method: 'POST', headers, body };
    return await ask(`${url}/chat/completions`, init, { fetch, clock, timeout, answerBytes, signal });
  }

  /** What came of a request: the answer, or why it is none. */
  #read(asked: Asked): Reading | { readonly fault: Fault } {
    const who = 'the language model';
    const temporary = (code: string, message: string) => ({ fault: { kind: 'temporary', code, message } as const });
    switch (asked.kind) {
      case 'late':
        return temporary('timeout', `${who} did not answer in time`);
      case 'unreachable':
        return temporary('network', `${who} cannot be reached${asked.code === null ? '' : ` (${asked.code})`}`);
      case 'aborted':
        return temporary('stopped', 'the service stopped before the language model answered');
      case 'too-large':
        return temporary('bad-answer', `${who} answered with more than ${limits.llm.answerBytes} bytes`);
      case 'answer':
        break;
    }
    const { status, headers, body } = asked;
    if (status >= 200 && status < 300) {
      return readCompletion(body, this.labels) ?? temporary('bad-answer', `${who}'s answer is no chat completion`);
    }
    const code = `http-${status}`;
    const said = `${who} answered ${status}`;
    if (status >= 300 && status < 400) {
      return {
        fault: { kind: 'unauthorized', code, message: `${said}: redirects are not followed; see url under llm` },
      };
    }
    switch (status) {
      case 400:
      case 413:
      case 422:
        return { fault: { kind: 'permanent', code, message: `${said}: it refuses this request` } };
      case 401:
      case 402:
      case 403:
      case 404:
      case 405:
        return { fault: { kind: 'unauthorized', code, message: `${said}: see url, model and token under llm` } };
      default: {
        const retryAfter = retryAfterOf(headers, this.#options.clock.now());
        const fault: Fault = { kind: 'temporary', code, message: said };
        return { fault: retryAfter === undefined ? fault : { ...fault, retryAfter } };
      }
    }
  }

  /** Others need not learn the same at the same price: what concerns every mail keeps all from asking for a while. */
  #failed(fault: Fault): void {
    if (fault.kind === 'permanent') return;
    this.#faults++;
    const { faults, awayMin, awayMax } = limits.llm;
    const rests = Math.min(awayMin * 2 ** Math.max(0, this.#faults - faults), awayMax);
    const wait =
      fault.retryAfter ??
      (fault.kind === 'unauthorized' ? limits.api.authRetry : this.#faults >= faults ? rests : undefined);
    if (wait !== undefined) this.#leave({ kind: fault.kind, code: 'away', message: fault.message }, wait);
  }

  #leave(fault: Fault, wait: number): void {
    this.#away = { fault, until: this.#options.clock.now() + wait };
  }

  async #reserve(tokens: number): Promise<Reservation> {
    const { books, clock } = this.#options;
    let reservation: Reservation | null;
    try {
      reservation = await books.reserve(tokens);
    } catch {
      // What cannot be written down is not spent: after a crash nobody would know of it.
      const message = 'the budget of the language model cannot be written down';
      throw new NoAnswer({ kind: 'temporary', code: 'away', message, retryAfter: limits.server.retryDelay }, false);
    }
    if (reservation !== null) return reservation;
    const message = "today's budget of tokens for the language model is spent";
    this.#leave({ kind: 'temporary', code: 'budget', message }, day - (clock.now() % day));
    throw new NoAnswer(this.away() ?? { kind: 'temporary', code: 'budget', message }, false);
  }

  /** Left as it was set aside where it cannot be written: too much is counted, never too little. */
  async #settle(reservation: Reservation, tokens: number): Promise<void> {
    await reservation.settle(tokens).catch(() => undefined);
  }

  /** Runs it when concurrency and rate allow, or throws `busy` where that takes too long. */
  async #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const { clock, signal } = this.#options;
    const begun = new AbortController();
    const late = new AbortController();
    const giveUp = () => late.abort();
    signal.addEventListener('abort', giveUp, { once: true });
    void clock.sleep(limits.llm.turn, begun.signal).then(() => {
      if (!begun.signal.aborted) giveUp();
    });
    let running = false;
    try {
      return await this.#queue.add(
        async () => {
          running = true;
          begun.abort();
          signal.removeEventListener('abort', giveUp);
          return await run();
        },
        { signal: late.signal },
      );
    } catch (error) {
      if (running) throw error;
      const message = 'too much waits for the language model';
      throw new NoAnswer({ kind: 'temporary', code: 'busy', message, retryAfter: limits.server.asksWait }, false);
    } finally {
      begun.abort();
      signal.removeEventListener('abort', giveUp);
    }
  }
}

function randomMarker(): string {
  return randomBytes(16).toString('hex');
}

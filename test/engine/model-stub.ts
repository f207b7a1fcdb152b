import { Hono } from 'hono';
import type { Fetch } from '../../src/base/ask.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import type { Books, Usage } from '../../src/engine/llm.ts';

/** One request as the endpoint got it. */
export interface Requested {
  readonly authorization: string | undefined;
  readonly model: string;
  readonly system: string;
  readonly user: string;
  readonly labels: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

export type Behaviour = (request: Requested) => Response | Promise<Response>;

/** An OpenAI-compatible chat endpoint that a test makes answer well, badly, or not at all. */
export interface ModelStub {
  readonly url: string;
  readonly requests: Requested[];
  /** The same without a socket: answered within a few turns of the event loop. */
  readonly fetch: Fetch;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

interface Body extends Record<string, unknown> {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format: {
    readonly json_schema: {
      readonly schema: { readonly properties: { readonly classification: { readonly enum: string[] } } };
    };
  };
}

export async function startModel(behaviour: Behaviour): Promise<ModelStub> {
  const requests: Requested[] = [];
  let now = behaviour;
  const app = new Hono();
  app.post('/v1/chat/completions', async (context) => {
    const body = (await context.req.json()) as Body;
    const said = (role: string) => body.messages.find((message) => message.role === role)?.content ?? '';
    const request = {
      authorization: context.req.header('authorization'),
      model: body.model,
      system: said('system'),
      user: said('user'),
      labels: body.response_format.json_schema.schema.properties.classification.enum,
      body,
    };
    requests.push(request);
    return await now(request);
  });
  const listening = await listen({
    fetch: (request) => app.fetch(request),
    host: '127.0.0.1',
    port: 0,
    clock: systemClock,
  });
  return {
    url: `${listening.url}/v1`,
    requests,
    fetch: async (url, init) => await app.request(url, init),
    behave(other) {
      now = other;
    },
    close: () => listening.close(0),
  };
}

export interface Said {
  readonly content: string;
  /** Token texts and their probabilities; none: as from an endpoint that gives none. */
  readonly tokens?: readonly (readonly [text: string, probability: number])[];
  readonly usage?: unknown;
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A chat completion as such endpoints give it. */
export function completion({ content, tokens, usage, more }: Said): Response {
  const logprobs =
    tokens === undefined
      ? null
      : { content: tokens.map(([token, probability]) => ({ token, logprob: Math.log(probability), bytes: null })) };
  return Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop', logprobs, ...more }],
    ...(usage === undefined ? { usage: { prompt_tokens: 300, completion_tokens: 20, total_tokens: 320 } } : { usage }),
  });
}

export const says = (classification: string, confidence: unknown = 0.8): string =>
  JSON.stringify({ classification, confidence });

/** Books in memory: what was set aside, what it became, and what came of each request. */
export class MemoryBooks implements Books {
  spent = 0;
  readonly outcomes: string[] = [];
  readonly usages: Usage[] = [];
  readonly budget: number;

  constructor(budget = Number.POSITIVE_INFINITY) {
    this.budget = budget;
  }

  reserve: Books['reserve'] = async (tokens) => {
    if (this.spent + tokens > this.budget) return null;
    this.spent += tokens;
    return {
      settle: async (used) => {
        this.spent += used - tokens;
      },
    };
  };

  asked: Books['asked'] = (outcome, _ms, usage) => {
    this.outcomes.push(outcome);
    if (usage !== null) this.usages.push(usage);
  };
}

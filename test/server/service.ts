import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { limits } from '../../src/base/limits.ts';
import { openDatabase } from '../../src/base/sqlite.ts';
import type { Engine, Mail, Prediction } from '../../src/engine/engine.ts';
import { Metrics } from '../../src/server/metrics.ts';
import { migrations } from '../../src/server/processes.ts';
import { createService, type Service, type ServiceOptions } from '../../src/server/service.ts';

export const company = 'c4ompanycuid';
export const orchestrator = 'o8rchestrator';
export const token = 'token-of-the-company';
export const path = `/api/companies/${company}/orchestrators/${orchestrator}/classification-async`;

/** An engine whose answers a test gives: at once, later, or never. It keeps what it was shown. */
export class FakeEngine implements Engine {
  readonly labels = ['refund_request', 'spam'];
  readonly version = 'fake-1';
  readonly seen: Mail[] = [];
  answer: (mail: Mail) => Prediction | Promise<Prediction> = () => FakeEngine.says('refund_request', 0.92);

  static says(label: string, confidence: number): Prediction {
    return { label, confidence, alternatives: [{ label, confidence }] };
  }

  classify(mail: Mail): Prediction | Promise<Prediction> {
    this.seen.push(mail);
    return this.answer(mail);
  }
}

/** An engine that answers when `release` is called, in the order in which it was asked. */
export class SlowEngine extends FakeEngine {
  readonly #waiting: (() => void)[] = [];
  override answer = () =>
    new Promise<Prediction>((resolve) => this.#waiting.push(() => resolve(FakeEngine.says('refund_request', 0.92))));

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves once so many wait: a mail is begun after a commit that says so. */
  async asked(count: number): Promise<void> {
    await vi.waitUntil(() => this.#waiting.length === count);
  }

  release(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

/** The time of day, but a stop does not wait for engines that never answer. */
const impatient: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms === limits.server.drain ? 0 : ms, signal),
};

export interface House {
  readonly folder: string;
  readonly file: string;
  /** Opens a service on the same database; the one before must have been stopped. */
  open(engine: Engine | null, more?: Partial<ServiceOptions>): Service;
  /** Stops what was opened last and removes the folder. */
  close(): Promise<void>;
}

export function createHouse(): House {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-service-'));
  const file = join(folder, 'service.db');
  let service: Service | null = null;
  return {
    folder,
    file,
    open(engine, more) {
      service = createService({
        path: file,
        companies: { [company]: { tokens: [token], orchestrators: { [orchestrator]: { engine } } } },
        retention: 7 * 86_400_000,
        clock: impatient,
        log: null,
        metrics: (standing) => new Metrics(standing),
        ...more,
      });
      service.start();
      return service;
    },
    async close() {
      await service?.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

export interface Asking {
  readonly token?: string | null;
  readonly headers?: Record<string, string>;
}

function headersOf({ token: given = token, headers }: Asking): Record<string, string> {
  return { ...(given === null ? {} : { authorization: `Bearer ${given}` }), ...headers };
}

/** POSTs a body, a string as it is and anything else as JSON. */
export function post(service: Service, body: unknown, asking: Asking = {}, to = path): Promise<Response> {
  return service.fetch(`http://service.invalid${to}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headersOf(asking) },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
}

export function get(service: Service, cuid: string, asking: Asking = {}): Promise<Response> {
  return service.fetch(`http://service.invalid${path}/${cuid}`, { headers: headersOf(asking) });
}

/** The cuid of a POST that was accepted. */
export async function accepted(response: Response | Promise<Response>): Promise<string> {
  const answer = await response;
  if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { process_cuid: string }).process_cuid;
}

/** The text of the answer once the process ended. */
export async function endedText(service: Service, cuid: string): Promise<string> {
  return await (await get(service, cuid, { headers: { prefer: 'wait=60' } })).text();
}

export async function codeOf(response: Response | Promise<Response>): Promise<string> {
  const answer = await response;
  const body = (await answer.json()) as { code?: string };
  return `${answer.status} ${body.code ?? ''}`.trim();
}

export const mail = { subject: 'Wrong size', body: 'I would like my money back.' };

export function rows(house: House, table: 'processes' | 'mails'): number {
  const db = openDatabase(house.file, migrations, { readonly: true });
  try {
    return (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n;
  } finally {
    db.close();
  }
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { failed, type Outcome } from '../../src/base/errors.ts';
import { createLog } from '../../src/base/log.ts';
import { seeded } from '../../src/base/random.ts';
import type { Env } from '../../src/console/access.ts';
import { createConsole } from '../../src/console/app.tsx';
import type { AccountsReport, Glimpse } from '../../src/console/parts.ts';
import type { Group } from '../../src/doctor/check.ts';
import { openAsking } from '../../src/store/asking.ts';
import { openReading } from '../../src/store/reading.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { RouteActions } from '../../src/triage/policy.ts';

export const token = 'correct horse battery staple';
export const origin = 'http://127.0.0.1:8026';

interface Asked {
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the socket comes from. */
  readonly from?: string;
}

const nothing: RouteActions = { move: null, labels: [], flag: false, seen: false, keep: false, sends: [] };
const route = (name: string, move: string) =>
  [name, { ...nothing, name, move, threshold: 0.75, mode: 'act' as const }] as const;

/** The console as a browser sees it that sends what browsers send; a journal, no socket, and a clock of the test's own. */
export class House {
  now = Date.UTC(2026, 10, 28, 9);
  /** What the console waits for a moment for happens meanwhile. */
  meanwhile: () => void | Promise<void> = () => {};
  reports: readonly AccountsReport[] = [];
  examine: () => Promise<readonly Promise<Group>[]> = async () => [];
  letter: Outcome<Glimpse> = failed('temporary', 'closed', 'the mailbox is away');
  readonly lines: Record<string, unknown>[] = [];
  readonly store: Store;
  readonly app: Hono<Env>;
  cookie = '';

  constructor(reach: { readonly names?: readonly string[]; readonly trustProxy?: boolean } = {}) {
    const folder = mkdtempSync(join(tmpdir(), 'siftd-house-'));
    const journal = join(folder, 'siftd.db');
    this.store = openStore(journal);
    const reading = openReading(journal);
    const asking = openAsking(journal);
    onTestFinished(() => {
      for (const each of [asking, reading, this.store]) each.close();
      rmSync(folder, { recursive: true });
    });
    const policy = {
      mode: 'act' as const,
      threshold: 0.75,
      threads: 'classify' as const,
      routes: new Map([route('refund_request', 'Support/Refunds'), route('complaint', 'Support/Complaints')]),
      unsure: nothing,
      failed: nothing,
    };
    this.app = createConsole({
      token,
      reach: { names: ['127.0.0.1'], trustProxy: false, ...reach },
      store: this.store,
      reading,
      asking,
      settings: {
        ...{ file: '/etc/siftd/siftd.yaml', yaml: () => 'accounts: {}\n', warnings: [] },
        examine: () => this.examine(),
      },
      accounts: new Map([['support', { name: 'support', address: 'u at h:993', folders: ['INBOX'], policy }]]),
      reports: () => this.reports,
      abilities: () => new Map([['support', ['MOVE', 'IDLE']]]),
      peek: async () => this.letter,
      clock: { ...systemClock, now: () => this.now, date: () => this.now, sleep: async () => this.meanwhile() },
      random: seeded(1),
      log: createLog({ to: { write: (text) => this.lines.push(JSON.parse(text)) } }),
    });
  }

  async ask({ path, form, headers = {}, from = '127.0.0.1' }: Asked): Promise<Response> {
    const sent: Record<string, string> = { host: '127.0.0.1:8026', ...headers };
    if (this.cookie !== '') sent['cookie'] ??= this.cookie;
    const init: RequestInit = { headers: sent };
    if (form !== undefined) {
      init.method = 'POST';
      init.body = new URLSearchParams(form);
      sent['origin'] ??= origin;
    }
    // A header that a test takes away.
    for (const [name, value] of Object.entries(sent)) if (value === '') delete sent[name];
    return await this.app.request(`${origin}${path}`, init, { client: { address: from } });
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.ask({ path, headers });
  }

  async text(path: string): Promise<string> {
    return await (await this.get(path)).text();
  }

  tries(given: string, more: Omit<Asked, 'path' | 'form'> = {}): Promise<Response> {
    return this.ask({ path: '/login', form: { token: given }, ...more });
  }

  /** Logs in and keeps the cookie. Answers the secret of the session's forms. */
  async enter(): Promise<string> {
    const answer = await this.tries(token);
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    return /name="csrf" value="([^"]+)"/.exec(await this.text('/settings'))?.[1] ?? '';
  }
}

import type { Hono } from 'hono';
import { systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import type { Env } from '../../src/console/access.ts';
import { createConsole } from '../../src/console/app.tsx';
import { openStore } from '../../src/store/store.ts';

export const token = 'correct horse battery staple';
export const origin = 'http://127.0.0.1:8026';

interface Asked {
  readonly path: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the socket comes from. */
  readonly from?: string;
}

/** The console as a browser sees it that sends what browsers send; no socket, and a clock of the test's own. */
export class House {
  now = Date.UTC(2026, 10, 28, 9);
  readonly lines: Record<string, unknown>[] = [];
  readonly app: Hono<Env>;
  cookie = '';

  constructor(reach: { readonly names?: readonly string[]; readonly trustProxy?: boolean } = {}) {
    this.app = createConsole({
      token,
      store: openStore(':memory:'),
      reach: { names: ['127.0.0.1'], trustProxy: false, ...reach },
      settings: { file: '/etc/siftd/siftd.yaml', yaml: 'accounts: {}\n', warnings: [] },
      clock: { ...systemClock, now: () => this.now, date: () => this.now, sleep: async () => {} },
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

  tries(given: string, more: Omit<Asked, 'path' | 'form'> = {}): Promise<Response> {
    return this.ask({ path: '/login', form: { token: given }, ...more });
  }

  /** Logs in and keeps the cookie. Answers the secret of the session's forms. */
  async enter(): Promise<string> {
    const answer = await this.tries(token);
    this.cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    const page = await (await this.get('/settings')).text();
    return /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
  }
}

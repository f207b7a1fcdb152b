import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ImapFlow } from 'imapflow';
import { stringify } from 'yaml';
import { type Clock, sleepBy, systemClock } from '../../src/base/clock.ts';
import { createLog } from '../../src/base/log.ts';
import { type GatewayOptions, runGateway } from '../../src/cli/gateway.ts';
import { parseConfig } from '../../src/config/load.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import type { Job } from '../../src/triage/job.ts';
import type { Vendor, VendorMail } from '../vendor/vendor.ts';

/** Where the mail is: any IMAP server, and a way to deliver to its user's INBOX. */
export interface MailHost {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  deliver(raw: string): Promise<void>;
}

export interface Standing {
  readonly uid: number;
  readonly flags: readonly string[];
  readonly internalDate: number;
  readonly source: string;
}

export type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A letter whose subject tells the vendor what to answer: `[refund_request 0.92] ...`, or `[fail]`. */
export function letter(id: string, answer: string, extra = ''): string {
  return `From: Ann <ann@example.com>\r\nTo: support@example.com\r\nSubject: [${answer}] letter ${id}\r\n${id === '' ? '' : `Message-ID: <${id}@example.com>\r\n`}Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n${extra}\r\nHello,\r\nthis is letter ${id}.\r\n`;
}

export function answerOf({ subject }: VendorMail) {
  const [, classification = 'unknown', confidence = '0'] = /^\[(\S+) ([\d.]+)\]/.exec(subject) ?? [];
  return { classification, confidence: Number(confidence) };
}

export const routes = {
  refund_request: { move: 'Support/Refunds' },
  complaint: { move: 'Support/Complaints', label: ['urgent'], flag: true, threshold: 0.9 },
  newsletter: { label: ['newsletter'], seen: true },
  spam: { move: '\\Junk' },
};

/** `pollInterval` counts on siftd's clock. */
export type WorldOptions = Pick<GatewayOptions, 'pollInterval' | 'clock' | 'parsing' | 'console'>;

/** The system's clock at many times its pace: siftd's own limits hold as they are, and no test waits for minutes. */
export function fastClock(times: number): Clock {
  const began = Date.now();
  const after: Clock['after'] = (ms, run) => systemClock.after(ms / times, run);
  return {
    now: () => Math.round(began + (Date.now() - began) * times),
    date: () => Math.round(began + (Date.now() - began) * times),
    after,
    sleep: sleepBy(after),
  };
}

/** siftd, a mailbox and an API in one test. Everything is waited for by what siftd logs, never by the clock. */
export class World {
  readonly mail: MailHost;
  readonly folder = mkdtempSync(join(tmpdir(), 'siftd-world-'));
  readonly lines: Line[] = [];
  readonly #vendor: Vendor;
  readonly #options: WorldOptions;
  readonly #listeners = new Set<() => void>();
  #config: Record<string, unknown> = {};
  #account: Record<string, unknown> = {};
  /** Other than `env`'s, for secrets that change. */
  secrets: Readonly<Record<string, string>> = {};
  #reload: () => void = () => {};
  #running: { stop: AbortController; ended: Promise<void> } | null = null;

  constructor(mail: MailHost, vendor: Vendor, options: WorldOptions = {}) {
    this.mail = mail;
    this.#vendor = vendor;
    this.#options = options;
  }

  /** Over what a support team would write; `account` over the one account. */
  configure(config: Record<string, unknown>, account: Record<string, unknown> = {}): void {
    this.#config = config;
    this.#account = account;
  }

  get yaml(): string {
    const { host, port, user } = this.mail;
    return stringify({
      state: join(this.folder, 'state'),
      console: { listen: 'off' },
      classifier: {
        url: this.#vendor.url,
        company: this.#vendor.company,
        orchestrator: this.#vendor.orchestrator,
        token: { env: 'VENDOR_TOKEN' },
        rate: { requests: 1000, per: '1s' },
      },
      accounts: {
        support: { host, port, tls: 'none', user, password: { env: 'MAIL_PASSWORD' }, ...this.#account },
      },
      routes,
      unsure: { label: ['needs-review'] },
      failed: { label: ['siftd-failed'] },
      ...this.#config,
    });
  }

  get env(): Record<string, string> {
    return { VENDOR_TOKEN: this.#vendor.token, MAIL_PASSWORD: this.mail.password };
  }

  /** Resolves when the account was read to its end once, or could not be. */
  async start(): Promise<void> {
    const file = join(this.folder, 'siftd.yaml');
    const load = () =>
      parseConfig(this.yaml, { name: 'siftd.yaml', file, purpose: 'run', env: { ...this.env, ...this.secrets } });
    const config = load();
    const stop = new AbortController();
    let asked = 0;
    let heard = () => {};
    this.#reload = () => {
      asked++;
      heard();
    };
    const next = (stopping: AbortSignal) =>
      new Promise<boolean>((resolve) => {
        heard = () => {
          if (asked === 0) return;
          [asked, heard] = [0, () => {}];
          resolve(true);
        };
        heard();
        if (stopping.aborted) resolve(false);
        stopping.addEventListener('abort', () => resolve(false), { once: true });
      });
    const log = createLog({
      level: 'debug',
      to: {
        write: (text) => {
          this.lines.push(JSON.parse(text) as Line);
          for (const listener of [...this.#listeners]) listener();
        },
      },
    });
    await new Promise<void>((resolve, reject) => {
      const options = { pollInterval: 500, reloads: { next, load }, ...this.#options };
      const ended = runGateway({ config, log, signal: stop.signal, ready: resolve, ...options });
      this.#running = { stop, ended };
      ended.then(resolve, reject);
    });
  }

  /** As SIGHUP does, with what stands in `yaml` now. Resolves with what siftd said of it. */
  async reload(): Promise<Line> {
    const said = ({ msg }: Line) => /^the (new )?configuration (was read again|is refused)/.test(msg);
    const before = this.lines.filter(said).length;
    this.#reload();
    return (await this.logged(said, before + 1))[before] as Line;
  }

  async stop(): Promise<void> {
    this.#running?.stop.abort();
    await this.#running?.ended;
    this.#running = null;
  }

  async close(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Resolves once `count` lines fit, those logged before the call included. */
  logged(fits: (line: Line) => boolean, count = 1): Promise<Line[]> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.filter(fits);
        if (found.length < count) return;
        this.#listeners.delete(look);
        resolve(found);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Resolves once so many jobs came to one of these states (a job that comes twice counts twice). */
  reached(count: number, ...states: Job['state'][]): Promise<Line[]> {
    return this.logged((line) => states.some((state) => line['state'] === state), count);
  }

  ended(count: number): Promise<Line[]> {
    return this.reached(count, 'done', 'failed', 'gone');
  }

  async deliver(...letters: string[]): Promise<void> {
    for (const one of letters) await this.mail.deliver(one);
  }

  /** A second client, as a person's mail program would be. */
  async person<T>(work: (client: ImapFlow) => Promise<T>): Promise<T> {
    const { host, port, user, password } = this.mail;
    const auth = { user, pass: password };
    const client = new ImapFlow({ host, port, auth, secure: false, doSTARTTLS: false, logger: false });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.logout();
    }
  }

  /** Every message of every folder that has any. */
  box(): Promise<Record<string, Standing[]>> {
    return this.person(async (client) => {
      const standing: Record<string, Standing[]> = {};
      for (const { path, flags } of await client.list()) {
        if (flags.has('\\Noselect')) continue;
        await client.mailboxOpen(path, { readOnly: true });
        const query = { uid: true, flags: true, internalDate: true, source: true };
        for await (const row of client.fetch('1:*', query)) {
          const flagged = [...(row.flags ?? [])].filter((flag) => flag !== '\\Recent').sort();
          const date = row.internalDate === undefined ? 0 : new Date(row.internalDate).getTime();
          const one = { uid: row.uid, flags: flagged, internalDate: date, source: row.source?.toString() ?? '' };
          standing[path] = [...(standing[path] ?? []), one];
        }
      }
      return standing;
    });
  }

  /** Where each letter stands, and with which flags: `{ 'letter a': ['INBOX'] }`. */
  async whereabouts(): Promise<Record<string, string[]>> {
    const found: Record<string, string[]> = {};
    for (const [folder, messages] of Object.entries(await this.box())) {
      for (const { source, flags } of messages) {
        const [name = '?'] = /\bletter \S+/.exec(source) ?? [];
        found[name] = [...(found[name] ?? []), [folder, ...flags].join(' ')].sort();
      }
    }
    return found;
  }

  /** Those that have ended, newest first. */
  jobs(): Job[] {
    return this.#read((store) => store.latest('support', 1000));
  }

  /** Resolves once `siftd status` says so of the account: it is written with the next commit. */
  async fares(state: RegExp): Promise<void> {
    while (!state.test(this.status().accounts['support']?.note?.state ?? '')) await delay(5);
  }

  /** What `siftd status` shows. */
  status(): ReturnType<Store['overview']> {
    return this.#read((store) => store.overview());
  }

  #read<T>(look: (store: Store) => T): T {
    const store = openStore(join(this.folder, 'state', 'siftd.db'), { readonly: true });
    try {
      return look(store);
    } finally {
      store.close();
    }
  }
}

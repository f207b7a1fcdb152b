import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { stringify } from 'yaml';
import { createLog } from '../../src/base/log.ts';
import { openConsole } from '../../src/cli/console.ts';
import { runGateway } from '../../src/cli/gateway.ts';
import { loadConfig } from '../../src/config/load.ts';
import { type AccountHandle, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { arriving, history, routes, type SampleMessage } from '../../src/demo/inbox/index.ts';
import { folderOf, type SampleClass } from '../../src/demo/inbox/routes.ts';
import { identityFromHeader } from '../../src/mail/identity.ts';
import { openAsking } from '../../src/store/asking.ts';
import { openReading } from '../../src/store/reading.ts';
import type { PersonRequest } from '../../src/triage/requests.ts';
import { checkout } from '../servers/guard.ts';

const user = 'support@lindgren-hale.example';
const artifacts = join(checkout, 'test', 'artifacts');

/** The demo's shop with a real daemon and its console, and a real browser before it. */
export class Theatre {
  readonly #folder = mkdtempSync(join(tmpdir(), 'siftd-theatre-'));
  readonly #stop = new AbortController();
  readonly #lines: Record<string, unknown>[] = [];
  #heard: () => void = () => {};
  #server: ImapServer | null = null;
  #running: Promise<void> = Promise.resolve();
  #browser: Browser | null = null;
  #coming: readonly SampleMessage[] = [];
  #arrived = 0;
  /** What a page asked of another host; it was not let out. */
  readonly strayed: string[] = [];
  /** What a browser said against a page: a policy that stopped something, a script that failed. */
  readonly complaints: string[] = [];
  readonly #contexts: BrowserContext[] = [];
  link = '';
  #login: ReturnType<BrowserContext['storageState']> | null = null;

  static async open(): Promise<Theatre> {
    const theatre = new Theatre();
    await theatre.#open();
    return theatre;
  }

  async #open(): Promise<void> {
    mkdirSync(artifacts, { recursive: true });
    const browser = chromium.launch({
      executablePath: '/usr/bin/chromium',
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
        ...['--disable-component-update', '--disable-sync'],
      ],
    });
    this.#server = await startImapServer({ accounts: [{ user, password: 'secret' }] });
    this.#coming = await arriving();
    for (const message of await history()) {
      if (!this.mailbox.has(message.folder)) this.mailbox.create(message.folder);
      this.mailbox.append(message.folder, message.raw, {
        internalDate: message.date,
        flags: ['\\Seen', ...message.flags],
      });
    }
    const { host, port } = this.#server;
    const file = join(this.#folder, 'siftd.yaml');
    writeFileSync(
      file,
      stringify({
        state: './state',
        console: { listen: '127.0.0.1:0' },
        accounts: { support: { host, port, tls: 'none', user, password: { env: 'PASSWORD' } } },
        routes,
        unsure: { label: ['needs-review'] },
      }),
    );
    // Where the checks look for it too.
    process.env['PASSWORD'] = 'secret';
    const config = loadConfig({ file, purpose: 'run' });
    const log = createLog({
      to: {
        write: (text) => {
          this.#lines.push(JSON.parse(text));
          this.#heard();
        },
      },
    });
    await new Promise<void>((resolve, reject) => {
      this.#running = runGateway({
        config,
        log,
        signal: this.#stop.signal,
        console: openConsole,
        learned: () => resolve(),
      });
      this.#running.then(resolve, reject);
    });
    const opened = () => this.#lines.find(({ msg }) => msg === 'console');
    await this.#until(() => opened() !== undefined);
    this.link = String(opened()?.['url']);
    this.#browser = await browser;
  }

  get mailbox(): AccountHandle {
    if (this.#server === null) throw new Error('the theatre is not open');
    return this.#server.store.account(user);
  }

  get origin(): string {
    return new URL(this.link).origin;
  }

  /** Delivers the next messages of the demo, and waits until siftd has dealt with all that came. */
  async deliver(count: number): Promise<void> {
    for (const { raw } of this.#coming.slice(this.#arrived, this.#arrived + count)) this.mailbox.append('INBOX', raw);
    this.#arrived = Math.min(this.#coming.length, this.#arrived + count);
    await this.dealt(this.#arrived);
  }

  /** Resolves when so many messages have come to an end. */
  dealt(count: number): Promise<void> {
    return this.#until(() => {
      const ended = this.#lines.filter(({ state }) => state === 'done' || state === 'failed' || state === 'gone');
      return new Set(ended.map(({ job }) => job)).size >= count;
    });
  }

  /** A browser of its own for one test, whose requests stay on the console's host. */
  async context(options: Parameters<Browser['newContext']>[0] = {}): Promise<BrowserContext> {
    if (this.#browser === null) throw new Error('the theatre is not open');
    const context = await this.#browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
    this.#contexts.push(context);
    context.setDefaultTimeout(30_000);
    context.on('weberror', (error) => this.complaints.push(error.error().message));
    context.on('console', (message) => {
      // A token that is refused on purpose is no complaint.
      if (message.type() === 'error' && !message.text().includes('403 (Forbidden)'))
        this.complaints.push(message.text());
    });
    await context.route(
      (url) => url.origin !== this.origin,
      async (route) => {
        this.strayed.push(route.request().url());
        await route.abort();
      },
    );
    return context;
  }

  /** A page of whoever logged in once for all tests. */
  async page(path: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
    this.#login ??= this.#logIn();
    const context = await this.context({ ...options, storageState: await this.#login });
    const page = await context.newPage();
    await page.goto(`${this.origin}${path}`);
    return page;
  }

  /** By the link that siftd prints. */
  async #logIn() {
    const context = await this.context();
    const page = await context.newPage();
    await page.goto(this.link);
    await page.waitForURL(`${this.origin}/`);
    return await context.storageState();
  }

  /** People say of everything that came what it was, as they do in review: siftd hears it from the journal. */
  async judge(): Promise<void> {
    const journal = join(this.#folder, 'state', 'siftd.db');
    const reading = openReading(journal);
    const asking = openAsking(journal);
    try {
      const asked = this.#coming.slice(0, this.#arrived).flatMap((sample): PersonRequest[] => {
        const { messageId } = identityFromHeader(sample.raw);
        const [job] = messageId === null ? [] : reading.withMessageId(messageId);
        return job === undefined || sample.class === null
          ? []
          : [{ kind: 'file', account: 'support', job, route: sample.class }];
      });
      const ids = asking.ask(asked, Date.now());
      const last = ids.at(-1);
      await this.#until(() => last === undefined || reading.answer(last) !== null);
    } finally {
      asking.close();
      reading.close();
    }
  }

  /** Resolves when something that siftd logged made it so. */
  #until(so: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = () => {
        if (!so()) return;
        this.#heard = () => {};
        resolve();
      };
      this.#heard();
    });
  }

  /** Where the message with this subject lies. */
  folderOf(subject: string): string | undefined {
    const sample = this.#coming.find((message) => message.subject === subject);
    return this.mailbox
      .folders()
      .map(({ name }) => name)
      .find((name) => this.mailbox.messages(name).some(({ raw }) => sample?.raw.equals(raw)));
  }

  /** Where a route leads. */
  target(route: string): string {
    return folderOf(route as SampleClass);
  }

  /** Closes the pages of the last test. */
  async clear(): Promise<void> {
    await Promise.all(this.#contexts.splice(0).map((context) => context.close()));
  }

  async close(): Promise<void> {
    await this.clear();
    await this.#browser?.close();
    this.#stop.abort();
    await this.#running;
    await this.#server?.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Where what is to be looked at is kept. */
export function artifact(name: string): string {
  return join(artifacts, name);
}

/** A picture of the whole page. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: artifact(`${name}.png`), fullPage: true });
}

import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, vi } from 'vitest';
import { type Clock, sleepBy } from '../../src/base/clock.ts';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { answerOf, type Line, letter, World, type WorldOptions } from '../daemon/world.ts';
import { startVendor, type Vendor, type VendorOptions } from '../vendor/vendor.ts';

export const refund = (id: string) => letter(id, 'refund_request 0.92');
export const refunds = (count: number, name = 'n') => Array.from({ length: count }, (_, at) => refund(`${name}${at}`));
export const says = (text: string) => (line: Line) => line.msg.includes(text);
export const refOf = (id: string) => `<${id}@example.com>`;

/** Resolves when it is so; what a test waits for may take long on a busy machine. */
export const until = (fits: () => unknown, timeout = 50_000) => vi.waitUntil(fits, { timeout, interval: 5 });

const user = 'support@example.com';

/** siftd, a mailbox in this process, and over real HTTP an API that does as it is told. */
export class Stage {
  readonly server: ImapServer;
  readonly account: AccountHandle;
  readonly vendor: Vendor;
  readonly world: World;

  constructor(server: ImapServer, vendor: Vendor, options: WorldOptions) {
    this.server = server;
    this.vendor = vendor;
    this.account = server.store.account(user);
    const { host, port } = server;
    const deliver = async (raw: string) => void this.account.append('INBOX', raw);
    this.world = new World({ host, port, user, password: 'secret', deliver }, vendor, options);
  }

  /** How many messages are in each folder that has any. */
  readonly folders = (): Record<string, number> => {
    const all = this.account.folders().map(({ name, messages }) => [name, messages] as const);
    return Object.fromEntries(all.filter(([, count]) => count !== 0));
  };

  readonly flags = (): (readonly string[])[] => {
    return this.account.messages('INBOX').map(({ flags }) => flags);
  };

  readonly submissions = (): number[] => {
    return [...this.vendor.counts().values()].map(({ submissions }) => submissions);
  };

  readonly processes = (): number[] => {
    return [...this.vendor.counts().values()].map(({ processes }) => processes);
  };

  readonly errors = (): string[] => {
    return this.world.lines.filter(({ level }) => level === 'error').map(({ msg }) => msg);
  };
}

export interface Staging extends WorldOptions {
  readonly vendor?: VendorOptions;
  readonly onCommand?: CommandHook;
}

/** The part of the configuration that says whom to ask. */
export function classifierOf({ url, company, orchestrator }: Vendor): Record<string, unknown> {
  return { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' }, rate: { requests: 1000, per: '1s' } };
}

/** One stage a test; whatever was opened is closed after it. */
export function staging(defaults: Staging = {}): (options?: Staging) => Promise<Stage> {
  const opened: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of opened.splice(0).reverse()) await close();
  });
  return async (options = {}) => {
    const { vendor: vendorOptions, onCommand, ...world } = { ...defaults, ...options };
    const server = await startImapServer({
      accounts: [{ user, password: 'secret' }],
      hooks: onCommand === undefined ? {} : { onCommand },
    });
    opened.push(() => server.close());
    const vendor = await startVendor({ classify: answerOf, ...vendorOptions });
    opened.push(() => vendor.close());
    const stage = new Stage(server, vendor, world);
    opened.push(() => stage.world.close());
    return stage;
  };
}

/** The system's time, and as much more as a test lets pass at once. */
export class JumpClock implements Clock {
  #ahead = 0;
  readonly #sleepers = new Set<() => void>();

  now(): number {
    return Date.now() + this.#ahead;
  }

  date(): number {
    return this.now();
  }

  readonly after: Clock['after'] = (ms, run) => {
    const until = this.now() + Math.max(0, ms);
    const look = () => {
      clearTimeout(timer);
      if (until > this.now()) {
        timer = setTimeout(look, until - this.now());
        return;
      }
      callOff();
      run();
    };
    let timer = setTimeout(look, until - this.now());
    const callOff = () => {
      clearTimeout(timer);
      this.#sleepers.delete(look);
    };
    this.#sleepers.add(look);
    return callOff;
  };

  readonly sleep = sleepBy(this.after);

  /** Lets time pass in such steps until it is so. What is computed beside it may take a moment of real time. */
  async passUntil(step: number, fits: () => boolean): Promise<void> {
    for (let looks = 0; !fits(); looks++) {
      if (looks % 10 === 9) this.pass(step);
      await delay(2);
    }
  }

  /** Whoever waits for a moment that has come wakes now. */
  pass(ms: number): void {
    this.#ahead += ms;
    for (const look of [...this.#sleepers]) look();
  }
}

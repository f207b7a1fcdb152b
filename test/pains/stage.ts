import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, onTestFailed } from 'vitest';
import { answerOf, type Line, letter, type MailHost, World, type WorldOptions } from '../daemon/world.ts';
import { type ImapProxy, startProxy } from '../imap/proxy.ts';
import { type Dovecot, type DovecotOptions, startDovecot } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';
import { startVendor, type Vendor, type VendorOptions } from '../vendor/vendor.ts';

/** Dovecot with everything, without MOVE, and as bare IMAP4rev1. */
export type Profile = keyof Dovecot['hosts'];

export const refund = (id: string, extra = '') => letter(id, 'refund_request 0.92', extra);
export const refunds = (count: number, name = 'n') => Array.from({ length: count }, (_, at) => refund(`${name}${at}`));
export const says = (text: string | RegExp) => (line: Line) =>
  typeof text === 'string' ? line.msg.includes(text) : text.test(line.msg);

/** A real Dovecot for the tests of one file, and for each test a user of its own; whatever it opened is closed after it. */
export class Stage {
  #dovecot: Dovecot | null = null;
  #opened: (() => Promise<unknown>)[] = [];
  #users = 0;

  constructor(options: DovecotOptions = {}) {
    beforeAll(async () => {
      this.#dovecot = await startDovecot(options);
    });
    afterEach(async () => {
      for (const close of this.#opened.splice(0).reverse()) await close();
    });
    afterAll(() => this.#dovecot?.stop());
  }

  get dovecot(): Dovecot {
    if (this.#dovecot === null) throw new Error('Dovecot runs within tests');
    return this.#dovecot;
  }

  async vendor(options: VendorOptions = {}): Promise<Vendor> {
    const vendor = await startVendor({ classify: answerOf, ...options });
    this.#opened.push(() => vendor.close());
    return vendor;
  }

  /** A new user of Dovecot. `through` is what stands between siftd and the server; the person does not go that way. */
  user(profile: Profile = 'full'): MailHost {
    const { dovecot } = this;
    const user = `user${++this.#users}`;
    const deliver = (raw: string) => dovecot.deliver(user, raw);
    return { host: dovecot.hosts[profile], port: dovecot.port, user, password: 'secret', deliver };
  }

  world(vendor: Vendor, mail: MailHost, options: WorldOptions & { through?: { readonly port: number } } = {}): World {
    const { through, ...rest } = options;
    const world = new World(mail, vendor, rest);
    if (through !== undefined) world.configure({}, way(through));
    this.#opened.push(() => world.close());
    onTestFailed(() => {
      const told = world.lines.map(({ level, job, state, msg, why, reason }) => [level, job, state, msg, why, reason]);
      console.error(told.map((words) => words.filter((word) => word !== undefined).join(' ')).join('\n'));
    });
    return world;
  }

  async proxy(mail: MailHost): Promise<ImapProxy> {
    const proxy = await startProxy(mail);
    this.#opened.push(() => proxy.stop());
    return proxy;
  }

  /** A port that takes connections while it is open. */
  async gate(target: { readonly host: string; readonly port: number }): Promise<Gate> {
    const gate = new Gate(await freePorts(1), target);
    this.#opened.push(() => gate.shut());
    return gate;
  }
}

/** An account's settings for a way to its server through this machine. */
export const way = ({ port }: { readonly port: number }) => ({ host: '127.0.0.1', port });

export class Gate {
  readonly port: number;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: ReturnType<typeof createServer> | null = null;

  constructor(port: number, target: { readonly host: string; readonly port: number }) {
    this.port = port;
    this.#target = target;
  }

  async open(): Promise<void> {
    this.#server = createServer((client) => {
      const server = dial(this.#target.port, this.#target.host);
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** Ends what goes through it and refuses the rest. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    for (const socket of this.#sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  }
}

import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../base/clock.ts';
import { limits } from '../../base/limits.ts';
import type { Capabilities } from './capabilities.ts';
import { execute } from './dispatch.ts';
import type { Hooks, SessionInfo } from './hooks.ts';
import { Session } from './session.ts';
import { type AccountSpec, MailStore } from './store.ts';

export type { Capabilities } from './capabilities.ts';
export type { CommandHook } from './hooks.ts';
export type { AccountHandle } from './store.ts';

export interface ImapServerOptions {
  readonly accounts?: readonly AccountSpec[];
  /** What a former server held: accounts and messages live on, `accounts` are added to it. */
  readonly store?: MailStore;
  /** Of the accounts of a new store; default: everything but Gmail's extension. */
  readonly capabilities?: Partial<Capabilities>;
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly hooks?: Hooks;
  /** For INTERNALDATE and UIDVALIDITY of a new store. */
  readonly clock?: Clock;
}

export interface ImapServer {
  readonly host: string;
  readonly port: number;
  readonly store: MailStore;
  /** Connections that are open now. */
  sessions(): readonly SessionInfo[];
  /** Ends all connections at once; the server goes on. */
  cutAll(): void;
  /** Ends all connections and the server. What the store holds stays. */
  close(): Promise<void>;
}

/**
 * An IMAP4rev1 server in this process (RFC 3501), for the demo and as the tests' double: in memory, plain text, so only
 * for loopback. Rejects where the port cannot be taken.
 */
export async function startImapServer(options: ImapServerOptions = {}): Promise<ImapServer> {
  const { host = '127.0.0.1', port = 0, hooks = {}, clock = systemClock } = options;
  const store = options.store ?? new MailStore(options.capabilities, clock);
  for (const account of options.accounts ?? []) store.addAccount(account);
  const sessions = new Set<Session>();
  let serial = 0;
  const accept = (socket: Socket): void => {
    const session = new Session(++serial, socket, store, hooks);
    sessions.add(session);
    void session.run(execute).finally(() => sessions.delete(session));
    if (sessions.size > limits.demo.connections) session.bye('Too many connections');
  };
  const server = createServer({ pauseOnConnect: false }, accept);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const cutAll = (): void => {
    for (const session of [...sessions]) session.cut();
  };
  return {
    host,
    port: (server.address() as AddressInfo).port,
    store,
    sessions: () => [...sessions],
    cutAll,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        cutAll();
      }),
  };
}

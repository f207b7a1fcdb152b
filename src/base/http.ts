import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import type { Clock } from './clock.ts';
import { UserError } from './errors.ts';
import { limits } from './limits.ts';

/** Who sent a request, as the socket says. */
export interface Client {
  /** An IP address; null where the connection is gone already. */
  readonly address: string | null;
}

export interface ListenOptions {
  /** Answers one request. It must not throw. */
  readonly fetch: (request: Request, client: Client) => Response | Promise<Response>;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly clock: Clock;
}

export interface Listening {
  /** `http://host:port`, with the port that was really taken. */
  readonly url: string;
  readonly port: number;
  /** Takes no new connection, lets requests under way end for `grace` milliseconds, then cuts what is left. */
  close(grace: number): Promise<void>;
}

/**
 * Serves HTTP on a socket. Clients that are slow with their header or body, hold a connection without using it, or
 * send headers without end are cut off (limits.http). Throws a UserError where the address cannot be had.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: (request, { incoming }) => options.fetch(request, { address: incoming.socket?.remoteAddress ?? null }),
    // The process's own Request and Response stay as they are: our client uses fetch beside this server.
    overrideGlobalObjects: false,
    serverOptions: {
      headersTimeout: limits.http.headersTimeout,
      requestTimeout: limits.http.requestTimeout,
      connectionsCheckingInterval: limits.http.checkInterval,
      keepAliveTimeout: limits.http.keepAlive,
      maxHeaderSize: limits.http.headerBytes,
    },
  }) as Server;
  server.setTimeout(limits.http.idleSocket);
  server.maxConnections = limits.http.connections;
  await bind(server, options.host, options.port);
  server.on('error', () => {
    // One connection could not be accepted (no descriptor left): the others live on.
  });

  let closing = false;
  server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    // A connection that ends its last request while we close is idle only after this event.
    response.once('close', () => setImmediate(() => closing && server.closeIdleConnections()));
  });

  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${host}:${port}`,
    port,
    async close(grace) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const done = new AbortController();
      const late = options.clock.sleep(grace, done.signal).then(() => {
        if (!done.signal.aborted) server.closeAllConnections();
      });
      await closed;
      done.abort();
      await late;
    },
  };
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port));
    server.once('error', refused);
    server.listen(port, host, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): UserError {
  const where = `cannot listen on ${host}:${port}`;
  switch (error.code) {
    case 'EADDRINUSE':
      return new UserError(`${where}: another program has this port`);
    case 'EACCES':
      return new UserError(`${where}: not permitted; ports below 1024 need a privilege, take a higher one`);
    case 'EADDRNOTAVAIL':
      return new UserError(`${where}: this machine does not have that address`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new UserError(`${where}: the host's name cannot be resolved`);
    default:
      return new UserError(`${where}: ${error.code ?? error.message}`);
  }
}

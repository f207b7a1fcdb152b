import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** Signs what is posted to every helpdesk of these tests. */
export const hookSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

export interface HelpdeskEvent {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A receiver of webhooks that checks their signatures and counts. */
export interface Helpdesk {
  readonly url: string;
  readonly events: readonly HelpdeskEvent[];
  /** Requests that it did not believe. */
  readonly forged: () => number;
  /** What it answers; 200 at first. */
  status: number;
  /**
   * Asked when a request is there whole, when it is counted and when it is answered. False: the connection ends without a word more.
   */
  goesOn: (reached: 'request' | 'counted' | 'answered') => boolean;
  stop(): Promise<void>;
}

export async function startHelpdesk(): Promise<Helpdesk> {
  const events: HelpdeskEvent[] = [];
  let forged = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('error', () => {});
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (!helpdesk.goesOn('request')) return void response.destroy();
      try {
        const body = Buffer.concat(chunks).toString();
        const { type, data } = new Webhook(hookSecret).verify(body, request.headers as Record<string, string>) as Pick<
          HelpdeskEvent,
          'type' | 'data'
        >;
        events.push({ id: `${request.headers['webhook-id']}`, type, data });
      } catch {
        forged++;
        return void response.writeHead(401).end();
      }
      if (!helpdesk.goesOn('counted')) return void response.destroy();
      response.writeHead(helpdesk.status).end(() => {
        if (!helpdesk.goesOn('answered')) response.destroy();
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const helpdesk: Helpdesk = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    events,
    forged: () => forged,
    status: 200,
    goesOn: () => true,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return helpdesk;
}

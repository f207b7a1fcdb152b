import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { reasonOf } from '../base/errors.ts';
import { isFromHere } from '../base/here.ts';
import type { Client, Listening } from '../base/http.ts';
import { listen as listenAt } from '../base/http.ts';
import type { Health, Vitals } from '../daemon/vitals.ts';
import type { Metrics } from './metrics.ts';

export interface Watched {
  readonly listen: { readonly host: string; readonly port: number };
  /** Opens /metrics; null: it is for this machine. */
  readonly token: () => string | null;
  readonly vitals: Vitals;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * Answers whoever watches the daemon: `/healthz` and `/readyz` with 200 or 503 and why, `/metrics` for Prometheus. Throws a
 * UserError where the address cannot be had: who asked to be watched must not believe that they are.
 */
export async function openWatched({ listen, token, vitals, metrics, clock }: Watched): Promise<Listening> {
  return await listenAt({
    ...listen,
    clock,
    async fetch(request, client) {
      if (request.method !== 'GET' && request.method !== 'HEAD') return said(405, { error: 'GET it' });
      switch (new URL(request.url).pathname) {
        case '/healthz':
          return told(vitals.health(), 'healthy');
        case '/readyz':
          return told(vitals.health(), 'ready');
        case '/metrics':
          if (!isLetIn(request.headers, client, token())) {
            return token() === null
              ? said(403, { error: 'metrics are for this machine; metrics.token opens them to others' })
              : said(401, { error: 'send the token of the metrics: Authorization: Bearer' });
          }
          try {
            return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } });
          } catch (error) {
            // The journal cannot be read now, say: that is /healthz's to tell.
            return said(503, { error: reasonOf(error) });
          }
        default:
          return said(404, { error: 'there are /healthz, /readyz and /metrics' });
      }
    },
  });
}

function told(health: Health, what: 'healthy' | 'ready'): Response {
  return said(health[what] ? 200 : 503, health);
}

function said(status: number, body: object): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return new Response(`${JSON.stringify(body)}\n`, { status, headers });
}

function isLetIn(headers: Headers, client: Client, token: string | null): boolean {
  if (token === null) return isFromHere(headers, client);
  const shown = /^Bearer +(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}

/** Of one length, however long what was shown is. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

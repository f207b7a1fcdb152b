import { reasonOf } from '../base/errors.ts';
import { type Listening, listen } from '../base/http.ts';
import type { createConsole } from './app.tsx';
import { Sessions } from './gate.ts';

type Parts = Parameters<typeof createConsole>[0];
type App = ReturnType<typeof createConsole>;

export interface Served extends Listening {
  /** Other parts from now on. Who is logged in stays so, unless the token is another one. */
  adopt(parts: Parts): void;
}

/**
 * Serves the console. Its pages and all they need are loaded at the first request: a daemon that nobody looks at stays small.
 * Throws a UserError where the address cannot be had.
 */
export async function serveConsole(
  first: Parts,
  at: { readonly host: string; readonly port: number },
): Promise<Served> {
  let parts = first;
  let sessions = new Sessions(parts.clock);
  let app: Promise<App> | null = null;
  const listening = await listen({
    ...at,
    clock: parts.clock,
    async fetch(request, client) {
      try {
        app ??= import('./app.tsx').then(({ createConsole }) => createConsole(parts, sessions));
        return await (await app).fetch(request, { client });
      } catch (error) {
        app = null;
        parts.log.error({ error: reasonOf(error) }, 'console: it could not be loaded');
        return new Response('siftd made a mistake; its log says which.\n', { status: 500 });
      }
    },
  });
  return {
    ...listening,
    adopt(next) {
      if (next.token !== parts.token) sessions = new Sessions(next.clock);
      parts = next;
      app = null;
    },
  };
}

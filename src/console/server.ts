import { reasonOf } from '../base/errors.ts';
import { type Listening, listen } from '../base/http.ts';
import type { createConsole } from './app.tsx';

type Parts = Parameters<typeof createConsole>[0];
type App = ReturnType<typeof createConsole>;

/**
 * Serves the console. Its pages and all they need are loaded at the first request: a daemon that nobody looks at stays small.
 * Throws a UserError where the address cannot be had.
 */
export async function serveConsole(
  parts: Parts,
  at: { readonly host: string; readonly port: number },
): Promise<Listening> {
  let app: Promise<App> | null = null;
  return await listen({
    ...at,
    clock: parts.clock,
    async fetch(request, client) {
      try {
        app ??= import('./app.tsx').then(({ createConsole }) => createConsole(parts));
        return await (await app).fetch(request, { client });
      } catch (error) {
        app = null;
        parts.log.error({ error: reasonOf(error) }, 'console: it could not be loaded');
        return new Response('siftd made a mistake; its log says which.\n', { status: 500 });
      }
    },
  });
}

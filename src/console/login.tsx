import type { Handled } from './access.ts';
import { document, themeOf } from './layout.tsx';

/** The only page for somebody who is not logged in. `trouble` is what was wrong with the last try. */
export function loginPage(context: Handled, to: string, trouble: string | null) {
  return document({
    title: 'Log in',
    theme: themeOf(context),
    scripts: ['login.js'],
    children: (
      <main class="login" id="main">
        <h1 class="brand">siftd</h1>
        <form method="post" action="/login">
          <input type="hidden" name="to" value={to} />
          <label for="token">Token</label>
          <input
            id="token"
            name="token"
            type="password"
            autocomplete="current-password"
            required
            aria-describedby={trouble === null ? 'where' : 'trouble where'}
            aria-invalid={trouble === null ? undefined : 'true'}
          />
          {trouble === null ? null : (
            <p id="trouble" class="trouble" role="alert">
              {trouble}
            </p>
          )}
          <button type="submit" class="main">
            Log in
          </button>
          <p id="where" class="soft">
            siftd prints a link with the token when it starts, unless the configuration names one (
            <code>console.token</code>
            ).
          </p>
        </form>
      </main>
    ),
  });
}

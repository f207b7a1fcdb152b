import { getCookie } from 'hono/cookie';
import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { Handled } from './access.ts';
import { assetPath } from './assets.ts';

export const themes = ['auto', 'dark', 'light'] as const;
export type Theme = (typeof themes)[number];
export const themeCookie = 'siftd-theme';

const pages = [
  { path: '/', name: 'Now' },
  { path: '/messages', name: 'Messages' },
  { path: '/review', name: 'Review' },
  { path: '/accuracy', name: 'Accuracy' },
  { path: '/settings', name: 'Settings' },
] as const;

interface PageOptions {
  readonly title: string;
  /** Scripts beside the one of every page. */
  readonly scripts?: readonly string[];
  readonly children: Child;
}

/** A whole page for whoever is logged in. */
export function page(context: Handled, { title, scripts = [], children }: PageOptions) {
  const { csrf } = context.get('session');
  const waiting = context.get('waiting');
  const theme = themeOf(context);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length];
  return context.html(
    document({
      title,
      theme,
      scripts: ['console.js', ...scripts],
      csrf,
      children: (
        <>
          <a class="skip" href="#main">
            Skip to the content
          </a>
          <header class="top">
            <a class="brand" href="/">
              siftd
            </a>
            <nav aria-label="Pages">
              <ul>
                {pages.map(({ path, name }) => (
                  <li>
                    <a href={path} aria-current={isAt(context.req.path, path) ? 'page' : undefined}>
                      {name}
                      {path === '/review' && waiting > 0 ? <Waiting of={waiting} /> : null}
                    </a>
                  </li>
                ))}
              </ul>
            </nav>
            <div class="tools">
              <form method="post" action="/theme" data-theme>
                <CsrfField csrf={csrf} />
                <button type="submit" name="theme" value={next} class="quiet">
                  <span class="sr">Colours: </span>
                  <span class="word">{theme}</span>
                </button>
              </form>
              <form method="post" action="/logout">
                <CsrfField csrf={csrf} />
                <button type="submit" class="quiet">
                  Log out
                </button>
              </form>
            </div>
          </header>
          <main id="main" tabindex={-1}>
            {children}
          </main>
          <p id="status" role="status" class="status" />
          <p id="news" role="status" class="sr" />
        </>
      ),
    }),
  );
}

function Waiting({ of }: { readonly of: number }) {
  return (
    <span class="count">
      {of > 99 ? '99+' : of}
      <span class="sr"> waiting</span>
    </span>
  );
}

function CsrfField({ csrf }: { readonly csrf: string }) {
  return <input type="hidden" name="csrf" value={csrf} />;
}

export function themeOf(context: Handled): Theme {
  const wanted = getCookie(context, themeCookie);
  return themes.find((theme) => theme === wanted) ?? 'auto';
}

interface DocumentOptions {
  readonly title: string;
  readonly theme: Theme;
  readonly scripts: readonly string[];
  readonly csrf?: string;
  readonly children: Child;
}

export function document({ title, theme, scripts, csrf, children }: DocumentOptions) {
  return html`<!doctype html>${(
    <html lang="en" data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${title} · siftd`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {csrf === undefined ? null : <meta name="csrf" content={csrf} />}
        <link rel="icon" href={assetPath('icon.svg')} />
        <link rel="stylesheet" href={assetPath('console.css')} />
        {scripts.map((name) => (
          <script type="module" src={assetPath(name)} />
        ))}
      </head>
      <body>{children}</body>
    </html>
  )}`;
}

function isAt(path: string, base: string): boolean {
  return path === base || (base !== '/' && path.startsWith(`${base}/`));
}

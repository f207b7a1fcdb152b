import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { setCookie } from 'hono/cookie';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import {
  addressOf,
  type Env,
  formOf,
  fromHere,
  giveCookie,
  headers,
  isSecure,
  loggedIn,
  named,
  noStore,
  ownPath,
  takeCookie,
} from './access.ts';
import { assets } from './assets.ts';
import { Gate, Sessions } from './gate.ts';
import { page, themeCookie, themes } from './layout.tsx';
import { loginPage } from './login.tsx';
import { addPages } from './pages.tsx';
import type { ConsoleParts } from './parts.ts';

/** The console: who may enter, and which page is where. */
export function createConsole(parts: ConsoleParts, sessions = new Sessions(parts.clock)): Hono<Env> {
  const { reach, clock, log } = parts;
  const gate = new Gate(parts.token, clock);
  const app = new Hono<Env>();

  app.use(headers, noStore, named(reach), fromHere(reach));
  app.use(bodyLimit({ maxSize: limits.console.bodyBytes, onError: (context) => context.text('Too long.\n', 413) }));

  app.get('/static/:name', (context) => {
    const asset = assets.get(context.req.param('name'));
    if (asset === undefined) return context.notFound();
    const fresh = asset.path.endsWith(`?v=${context.req.query('v')}`);
    return context.body(asset.body, 200, {
      'content-type': asset.type,
      'cache-control': fresh ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  });

  app.get('/login', (context) => context.html(loginPage(context, ownPath(context.req.query('to')), null)));
  app.post('/login', async (context) => {
    const { token = '', to } = await formOf(context);
    const address = addressOf(context, reach);
    const knock = gate.knock(token.trim(), address);
    if (knock.open) {
      giveCookie(context, reach, sessions.begin().id);
      return context.redirect(ownPath(to), 303);
    }
    log.warn({ address, held: knock.retryAfter !== null }, 'console: a wrong token');
    if (knock.retryAfter === null) {
      return context.html(loginPage(context, ownPath(to), 'This is not the token.'), 403);
    }
    const wait = `Too many wrong tokens. Try again in ${knock.retryAfter} seconds.`;
    return context.html(loginPage(context, ownPath(to), wait), 429, { 'retry-after': String(knock.retryAfter) });
  });

  app.use(loggedIn(sessions));
  app.use(async (context, next) => {
    context.set('waiting', parts.store.overview().review);
    await next();
  });

  app.post('/logout', (context) => {
    takeCookie(context, sessions);
    return context.redirect('/login', 303);
  });
  app.post('/theme', async (context) => {
    const wanted = (await formOf(context))['theme'];
    const theme = themes.find((each) => each === wanted) ?? 'auto';
    setCookie(context, themeCookie, theme, {
      sameSite: 'Strict',
      httpOnly: true,
      path: '/',
      secure: isSecure(context, reach),
      maxAge: limits.console.themeLife / 1000,
    });
    const from = context.req.header('referer');
    return context.redirect(from !== undefined && URL.canParse(from) ? ownPath(new URL(from).pathname) : '/', 303);
  });

  addPages(app, parts);

  app.notFound((context) => {
    context.status(404);
    return page(context, {
      title: 'Not here',
      children: (
        <>
          <h1>Not here</h1>
          <p>There is nothing at this address.</p>
        </>
      ),
    });
  });
  app.onError((error, context) => {
    log.error({ error: reasonOf(error), path: context.req.path }, 'console: a request failed');
    return context.text('siftd made a mistake; its log says which.\n', 500);
  });
  return app;
}

import type { Context, MiddlewareHandler } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { secureHeaders } from 'hono/secure-headers';
import { isLoopback } from '../base/here.ts';
import type { Client } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import { type Session, type Sessions, sameSecret } from './gate.ts';

/** What every handler knows of a request. `client` is missing where it came over no socket. */
export interface Env {
  Bindings: { client?: Client };
  Variables: { session: Session /** Messages that wait for a person. */; waiting: number };
}

export type Handled = Context<Env>;

export interface Reach {
  /** The address that is listened on, and the name that the configuration gives; both without a port. */
  readonly names: readonly string[];
  /** X-Forwarded-* are believed. */
  readonly trustProxy: boolean;
}

/**
 * Nothing is loaded, framed, run or sent but from and to this host; no script and no style stands in a page. What a page shows is
 * kept by no cache. The policy `same-origin` keeps the Origin of our own forms, which `no-referrer` would hide.
 */
export const headers: MiddlewareHandler = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'same-origin',
  xFrameOptions: 'DENY',
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  // Whether the name is served by TLS alone is the proxy's to say.
  strictTransportSecurity: false,
});

export const noStore: MiddlewareHandler = async (context, next) => {
  await next();
  if (!context.res.headers.has('cache-control')) context.res.headers.set('cache-control', 'no-store');
};

/**
 * A name of somebody else's that their DNS points at us would let their page read ours (DNS rebinding): we answer to our own
 * names alone, and to any port of them, since a tunnel has another one.
 */
export function named({ names, trustProxy }: Reach): MiddlewareHandler<Env> {
  const known = new Set(names.map((name) => name.toLowerCase()));
  const isOurs = (host: string | undefined) => {
    const name = hostnameOf(host);
    return name !== null && (isLoopback(name) || known.has(name));
  };
  return async (context, next) => {
    const forwarded = trustProxy ? context.req.header('x-forwarded-host') : undefined;
    if (isOurs(context.req.header('host')) && (forwarded === undefined || isOurs(forwarded))) return await next();
    return context.text(
      'The console does not answer to this name. console.host in siftd.yaml names another one.\n',
      421,
    );
  };
}

/** A change comes from one of our own pages: browsers say where it comes from, and no page can say otherwise. */
export function fromHere(reach: Reach): MiddlewareHandler<Env> {
  return async (context, next) => {
    if (isRead(context)) return await next();
    const origin = context.req.header('origin');
    const site = context.req.header('sec-fetch-site');
    const here = origin === undefined || sameHost(origin, askedHost(context, reach));
    if (here && (site === undefined || site === 'same-origin' || site === 'none')) return await next();
    return context.text('This was sent by a page that is not the console.\n', 403);
  };
}

/** Everything behind it is for whoever is logged in; every change names the session's own secret. */
export function loggedIn(sessions: Sessions): MiddlewareHandler<Env> {
  return async (context, next) => {
    const session = sessions.find(getCookie(context, cookieOf(context)) ?? '');
    if (session === null) {
      if (!isRead(context) || context.req.header('x-siftd-live') !== undefined) {
        return context.text('Log in first.\n', 401);
      }
      const { pathname, search } = new URL(context.req.url);
      return context.redirect(pathname === '/' ? '/login' : `/login?to=${encodeURIComponent(pathname + search)}`, 303);
    }
    if (!isRead(context)) {
      const given = context.req.header('x-csrf-token') ?? (await formOf(context))['csrf'] ?? '';
      if (!sameSecret(given, session.csrf)) {
        return context.text('The page that sent this is older than your login: load it again.\n', 403);
      }
    }
    context.set('session', session);
    return await next();
  };
}

export function giveCookie(context: Handled, reach: Reach, id: string): void {
  setCookie(context, cookieOf(context), id, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: isSecure(context, reach),
    maxAge: limits.console.sessionLife / 1000,
  });
}

export function takeCookie(context: Handled, sessions: Sessions): void {
  const name = cookieOf(context);
  sessions.end(getCookie(context, name) ?? '');
  setCookie(context, name, '', { httpOnly: true, sameSite: 'Strict', path: '/', maxAge: 0 });
}

/** The fields of a small form; of a name that stands there twice, the last. */
export async function formOf(context: Handled): Promise<Record<string, string>> {
  const fields = await context.req.parseBody();
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** The address that a request really came from, as far as the proxy in front is believed: what it added last. */
export function addressOf(context: Handled, { trustProxy }: Reach): string | null {
  const forwarded = trustProxy ? context.req.header('x-forwarded-for') : undefined;
  return forwarded?.split(',').at(-1)?.trim() ?? context.env?.client?.address ?? null;
}

export function isSecure(context: Handled, { trustProxy }: Reach): boolean {
  return trustProxy && context.req.header('x-forwarded-proto') === 'https';
}

/** Only a path of ours: a link that leads through the login must not lead elsewhere. */
export function ownPath(to: string | undefined): string {
  const here = 'http://console.invalid';
  if (to === undefined || !to.startsWith('/') || !URL.canParse(to, here)) return '/';
  const url = new URL(to, here);
  return url.origin === here ? url.pathname + url.search : '/';
}

function isRead(context: Handled): boolean {
  return context.req.method === 'GET' || context.req.method === 'HEAD';
}

/** Browsers give a cookie to every port of a host: two consoles on this machine do not log each other out. */
function cookieOf(context: Handled): string {
  const port = /:(\d{1,5})$/.exec(context.req.header('host') ?? '')?.[1];
  return port === undefined ? 'siftd-console' : `siftd-console-${port}`;
}

function askedHost(context: Handled, { trustProxy }: Reach): string {
  return (trustProxy ? context.req.header('x-forwarded-host') : undefined) ?? context.req.header('host') ?? '';
}

function sameHost(origin: string, host: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  const address = `${protocol}//${host}`;
  return /^https?:$/.test(protocol) && URL.canParse(address) && new URL(address).host === from;
}

/** The name in a Host header, without its port; null where that is no host. */
function hostnameOf(host: string | undefined): string | null {
  const address = `http://${host ?? ''}`;
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(address)) return null;
  return new URL(address).hostname.replace(/^\[|\]$/g, '');
}

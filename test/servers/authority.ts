import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface AuthorityOptions {
  /** Seconds that an access token lasts; what the server says and what it does. */
  readonly lasts?: number;
  /** Every refresh gives another refresh token, and the one before is worth nothing from then on. */
  readonly rotates?: boolean;
  /** null: a public client. */
  readonly secret?: string | null;
}

export interface Pause {
  /** Somebody waits for an answer. */
  readonly reached: Promise<void>;
  release(): void;
}

export interface Counts {
  readonly refreshes: number;
  readonly grants: number;
}

/**
 * An OAuth 2 authorization server that plays Google and Microsoft: browser with PKCE, device codes, refresh with rotation,
 * client credentials; and introspection (RFC 7662), by which a real Dovecot asks it about the tokens of logins.
 */
export interface AuthorityServer {
  readonly url: string;
  readonly port: number;
  /** Every consent of this person is withdrawn, and every token of theirs. */
  revoke(user: string): void;
  /** Access tokens that were given so far are worth nothing any more, as if their time had come. */
  expire(): void;
  /** What a person says to what they are asked; `true` at first. */
  consents: boolean;
  /** From now on it works out its answers at this endpoint, and keeps them to itself until it is released. */
  pause(at: 'token' | 'introspect'): Pause;
  counts(): Counts;
  close(): Promise<void>;
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
}

function deferred(): Deferred {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

interface Grant {
  readonly user: string;
  refresh: string;
}

/** `user` is who logs in at it. */
export async function startAuthority(user: string, options: AuthorityOptions = {}): Promise<AuthorityServer> {
  const { lasts = 3600, rotates = false, secret = null } = options;
  const codes = new Map<string, { readonly challenge: string; readonly redirect: string; readonly user: string }>();
  const devices = new Map<string, { asked: number }>();
  const grants = new Set<Grant>();
  const access = new Map<string, { readonly user: string; readonly until: number }>();
  const pauses = new Map<string, { readonly reached: Deferred; readonly over: Deferred }>();
  const paused = async (at: string): Promise<void> => {
    const pause = pauses.get(at);
    pause?.reached.resolve();
    await pause?.over.promise;
  };
  let refreshes = 0;
  let given = 0;
  const token = (kind: string) => `${kind}.${randomBytes(24).toString('base64url')}`;

  const tokensOf = (grant: Grant | null, of: string): Record<string, unknown> => {
    const made = token('access');
    access.set(made, { user: of, until: Date.now() + lasts * 1000 });
    return {
      access_token: made,
      token_type: 'Bearer',
      expires_in: lasts,
      ...(grant === null ? {} : { refresh_token: grant.refresh }),
    };
  };
  const granted = (of: string): Record<string, unknown> => {
    const grant = { user: of, refresh: token('refresh') };
    grants.add(grant);
    given++;
    return tokensOf(grant, of);
  };

  function exchange(form: URLSearchParams): readonly [status: number, body: Record<string, unknown>] {
    const refuse = (error: string, status = 400) => [status, { error, error_description: `for ${user}` }] as const;
    if (form.get('client_id') !== 'siftd-test') return refuse('invalid_client', 401);
    if (secret !== null && form.get('client_secret') !== secret) return refuse('invalid_client', 401);
    switch (form.get('grant_type')) {
      case 'authorization_code': {
        const code = codes.get(form.get('code') ?? '');
        codes.delete(form.get('code') ?? '');
        const proof = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url');
        if (code?.challenge !== proof || code.redirect !== form.get('redirect_uri')) return refuse('invalid_grant');
        return [200, granted(code.user)];
      }
      case 'urn:ietf:params:oauth:grant-type:device_code': {
        const device = devices.get(form.get('device_code') ?? '');
        if (device === undefined) return refuse('expired_token');
        if (!server.consents) return refuse('access_denied');
        if (device.asked++ === 0) return refuse('authorization_pending');
        devices.delete(form.get('device_code') ?? '');
        return [200, granted(user)];
      }
      case 'refresh_token': {
        refreshes++;
        const grant = [...grants].find(({ refresh }) => refresh === form.get('refresh_token'));
        if (grant === undefined) return refuse('invalid_grant');
        if (rotates) grant.refresh = token('refresh');
        return [200, tokensOf(rotates ? grant : null, grant.user)];
      }
      case 'client_credentials':
        given++;
        return [200, tokensOf(null, user)];
      default:
        return refuse('unsupported_grant_type');
    }
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://authority');
    const say = (status: number, body: Record<string, unknown>) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    switch (url.pathname) {
      case '/authorize': {
        const asked = url.searchParams;
        const back = new URL(asked.get('redirect_uri') ?? '');
        back.searchParams.set('state', asked.get('state') ?? '');
        if (server.consents) {
          const code = token('code');
          const challenge = asked.get('code_challenge') ?? '';
          codes.set(code, {
            challenge,
            redirect: asked.get('redirect_uri') ?? '',
            user: asked.get('login_hint') ?? user,
          });
          back.searchParams.set('code', code);
        } else back.searchParams.set('error', 'access_denied');
        return void response.writeHead(302, { location: back.href }).end();
      }
      case '/device': {
        const code = token('device');
        devices.set(code, { asked: 0 });
        return say(200, {
          device_code: code,
          user_code: 'WDJB-MJHT',
          verification_uri: `${server.url}/activate`,
          expires_in: 600,
          interval: 1,
        });
      }
      case '/token': {
        const [status, body] = exchange(new URLSearchParams(await text(request)));
        await paused('token');
        return say(status, body);
      }
      case '/introspect': {
        await paused('introspect');
        const known = access.get(url.searchParams.get('token') ?? '');
        const active = known !== undefined && known.until > Date.now();
        return say(200, active ? { active: true, email: known.user } : { active: false });
      }
      default:
        return say(404, {});
    }
  }

  const http = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const server: AuthorityServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    consents: true,
    pause(at) {
      const pause = { reached: deferred(), over: deferred() };
      pauses.set(at, pause);
      return {
        reached: pause.reached.promise,
        release() {
          pauses.delete(at);
          pause.over.resolve();
        },
      };
    },
    revoke(person) {
      for (const grant of grants) if (grant.user === person) grants.delete(grant);
      for (const [made, { user: of }] of access) if (of === person) access.delete(made);
    },
    expire: () => access.clear(),
    counts: () => ({ refreshes, grants: given }),
    close() {
      http.closeAllConnections();
      return new Promise((resolve) => http.close(() => resolve()));
    },
  };
  return server;
}

/** The account's `oauth` at this server. */
export function oauthAt({ url }: AuthorityServer, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    client_id: 'siftd-test',
    authorization: `${url}/authorize`,
    device: `${url}/device`,
    token: `${url}/token`,
    scope: 'mail offline_access',
    ...more,
  };
}

/** Of a Dovecot that takes tokens of this server, and no password. */
export function takingTokens({ url }: AuthorityServer, mechanisms = 'xoauth2 oauthbearer') {
  return {
    more: `
auth_mechanisms = ${mechanisms}
passdb {
  driver = oauth2
  mechanisms = ${mechanisms}
  args = DIR/oauth2.conf
}
auth_cache_size = 0
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
`,
    files: {
      'oauth2.conf': `introspection_mode = get
introspection_url = ${url}/introspect?token=
username_attribute = email
active_attribute = active
active_value = true
`,
    },
  };
}

import {
  AuthorizationResponseError,
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  clientCredentialsGrantRequest,
  customFetch,
  deviceAuthorizationRequest,
  deviceCodeGrantRequest,
  generateRandomCodeVerifier,
  generateRandomState,
  None,
  processAuthorizationCodeResponse,
  processClientCredentialsResponse,
  processDeviceAuthorizationResponse,
  processDeviceCodeResponse,
  processRefreshTokenResponse,
  ResponseBodyError,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from 'oauth4webapi';
import { type Asked, ask, type Fetch, retryAfterOf } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import { type Fault, failed, type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Provider } from './provider.ts';

/** What a mailbox is opened with, and what the next one is got with. */
export interface Tokens {
  readonly access: string;
  /** By Clock.date. */
  readonly expiresAt: number;
  /** null: none came with it, and the one before goes on. */
  readonly refresh: string | null;
}

/** siftd, as the provider knows it. */
export interface Application {
  readonly id: string;
  /** null: a public client, as a program on somebody's machine is (RFC 8252 8.5). */
  readonly secret: string | null;
}

/** What a person types on another device (RFC 8628 3.2). */
export interface DeviceCode {
  readonly userCode: string;
  readonly at: string;
  /** The same with the code in it, where the provider has such an address. */
  readonly complete: string | null;
  readonly code: string;
  /** Milliseconds between two questions. */
  readonly interval: number;
  readonly expiresAt: number;
}

/** A login in a browser that was begun (RFC 7636, RFC 8252). */
export interface Begun {
  readonly url: string;
  readonly redirect: string;
  readonly state: string;
  readonly verifier: string;
}

export interface AuthorityOptions {
  readonly provider: Provider;
  readonly application: Application;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/**
 * An authorization server, asked. Every question is bounded; none is asked twice by itself, as an answer may have made the
 * token of the question worthless (rotation).
 */
export class Authority {
  readonly provider: Provider;
  readonly #server: AuthorizationServer;
  readonly #client: Client;
  readonly #auth: ClientAuth;
  readonly #fetch: Fetch;
  readonly #clock: Clock;

  constructor({ provider, application, fetch, clock }: AuthorityOptions) {
    this.provider = provider;
    this.#server = {
      issuer: provider.issuer,
      token_endpoint: provider.token,
      ...(provider.authorization === null ? {} : { authorization_endpoint: provider.authorization }),
      ...(provider.device === null ? {} : { device_authorization_endpoint: provider.device }),
    };
    this.#client = { client_id: application.id };
    this.#auth = application.secret === null ? None() : ClientSecretPost(application.secret);
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** `unauthorized`: consent was withdrawn, the token was rotated away, or the application is not known any more. */
  refresh(token: string, signal: AbortSignal): Promise<Outcome<Tokens>> {
    return this.#tokens(async (options) => {
      const response = await refreshTokenGrantRequest(this.#server, this.#client, this.#auth, token, options);
      return processRefreshTokenResponse(this.#server, this.#client, response);
    }, signal);
  }

  /** The application logs in by itself (RFC 6749 4.4): no person, and no refresh token. */
  asApplication(signal: AbortSignal): Promise<Outcome<Tokens>> {
    return this.#tokens(async (options) => {
      const scope = this.provider.applicationScope ?? this.provider.scope;
      const response = await clientCredentialsGrantRequest(this.#server, this.#client, this.#auth, { scope }, options);
      return processClientCredentialsResponse(this.#server, this.#client, response);
    }, signal);
  }

  async beginDevice(signal: AbortSignal): Promise<Outcome<DeviceCode>> {
    return this.#asked(async (options) => {
      const { scope } = this.provider;
      const response = await deviceAuthorizationRequest(this.#server, this.#client, this.#auth, { scope }, options);
      const told = await processDeviceAuthorizationResponse(this.#server, this.#client, response);
      return {
        userCode: told.user_code,
        at: told.verification_uri,
        complete: told.verification_uri_complete ?? null,
        code: told.device_code,
        interval: (told.interval ?? 5) * 1000,
        expiresAt: this.#clock.date() + told.expires_in * 1000,
      };
    }, signal);
  }

  /** Until the person has said yes or no, or the code is too old. */
  async awaitDevice(begun: DeviceCode, signal: AbortSignal): Promise<Outcome<Tokens>> {
    let { interval } = begun;
    for (;;) {
      await this.#clock.sleep(interval, signal);
      const tokens = await this.#tokens(async (options) => {
        const response = await deviceCodeGrantRequest(this.#server, this.#client, this.#auth, begun.code, options);
        return processDeviceCodeResponse(this.#server, this.#client, response);
      }, signal);
      if (tokens.ok || signal.aborted) return tokens;
      const { code, kind } = tokens.fault;
      // RFC 8628 3.5: five seconds more for all that follow.
      if (code === 'slow_down') interval += 5000;
      else if (code !== 'authorization_pending' && kind !== 'temporary') return tokens;
      if (this.#clock.date() >= begun.expiresAt) {
        return failed('permanent', 'expired_token', 'the code has expired before anybody typed it');
      }
    }
  }

  /** Where to send the browser that comes back to `redirect`. */
  async beginBrowser(redirect: string, user: string): Promise<Begun> {
    const { authorization, scope, ask: more } = this.provider;
    if (authorization === null) throw new Error(`${this.provider.name} has no authorization endpoint`);
    const verifier = generateRandomCodeVerifier();
    const state = generateRandomState();
    const url = new URL(authorization);
    const parameters = {
      ...more,
      client_id: this.#client.client_id,
      response_type: 'code',
      redirect_uri: redirect,
      scope,
      state,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      login_hint: user,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url: url.href, redirect, state, verifier };
  }

  /** With the address at which the browser came back. */
  endBrowser(begun: Begun, came: URL, signal: AbortSignal): Promise<Outcome<Tokens>> {
    return this.#tokens(async (options) => {
      const { redirect, state, verifier } = begun;
      const given = validateAuthResponse(this.#server, this.#client, came, state);
      const response = await authorizationCodeGrantRequest(
        this.#server,
        this.#client,
        this.#auth,
        given,
        redirect,
        verifier,
        options,
      );
      return processAuthorizationCodeResponse(this.#server, this.#client, response);
    }, signal);
  }

  async #tokens(
    exchange: (options: RequestOptions) => Promise<TokenEndpointResponse>,
    signal: AbortSignal,
  ): Promise<Outcome<Tokens>> {
    const told = await this.#asked(exchange, signal);
    if (!told.ok) return told;
    const { access_token: access, expires_in: seconds, refresh_token: refresh } = told.value;
    const lasts = seconds === undefined ? limits.auth.unsaid : Math.min(seconds * 1000, limits.auth.longest);
    return ok({ access, expiresAt: this.#clock.date() + lasts, refresh: refresh ?? null });
  }

  async #asked<T>(exchange: (options: RequestOptions) => Promise<T>, signal: AbortSignal): Promise<Outcome<T>> {
    let last: Asked | null = null;
    const options = {
      signal,
      // Nobody else reads what goes to this machine.
      [allowInsecureRequests]: isLoopback(this.provider.token),
      [customFetch]: async (url: string, init: RequestInit) => {
        last = await ask(url, init, {
          fetch: this.#fetch,
          clock: this.#clock,
          timeout: limits.auth.timeout,
          answerBytes: limits.auth.answerBytes,
          signal,
        });
        if (last.kind !== 'answer') throw new Error(last.kind);
        const { status, body } = last;
        return Response.json(body ?? null, { status });
      },
    };
    try {
      return ok(await exchange(options));
    } catch (error) {
      return { ok: false, fault: this.#faultOf(error, last) };
    }
  }

  #faultOf(error: unknown, last: Asked | null): Fault {
    const { name } = this.provider;
    if (error instanceof ResponseBodyError || error instanceof AuthorizationResponseError) {
      return spoken(name, error.error, last);
    }
    switch (last?.kind) {
      case 'aborted':
        return { kind: 'temporary', code: 'aborted', message: `${name} was not waited for` };
      case 'late':
        return { kind: 'temporary', code: 'timeout', message: `${name} gave no token in time` };
      case 'too-large':
        return { kind: 'temporary', code: 'bad-answer', message: `${name} answered with more than a token` };
      case 'unreachable': {
        const code = last.code === null ? '' : ` (${last.code})`;
        return { kind: 'temporary', code: 'unreachable', message: `${name} cannot be reached${code}` };
      }
      case 'answer':
        return refusedBy(name, last, this.#clock.date());
      case undefined:
        return {
          kind: 'permanent',
          code: 'bad-callback',
          message: `what came back is no answer of ${name} to what was asked`,
        };
    }
  }
}

interface RequestOptions {
  readonly signal: AbortSignal;
  readonly [allowInsecureRequests]: boolean;
  readonly [customFetch]: (url: string, init: RequestInit) => Promise<Response>;
}

/** What RFC 6749 5.2 and RFC 8628 3.5 let a server say. What it says besides, in words, may name the person: it is not passed on. */
function spoken(name: string, error: string, last: Asked | null): Fault {
  const code = /^[a-z_]{1,40}$/.test(error) ? error : 'refused';
  switch (code) {
    case 'invalid_grant':
      return {
        kind: 'unauthorized',
        code,
        message: `${name} takes the consent no more: it was withdrawn, or has expired`,
      };
    case 'invalid_client':
    case 'unauthorized_client':
      return {
        kind: 'unauthorized',
        code,
        message: `${name} does not take the application for its own: check client_id and client_secret`,
      };
    case 'access_denied':
      return { kind: 'permanent', code, message: 'the person said no' };
    case 'expired_token':
      return { kind: 'permanent', code, message: 'the code has expired before anybody typed it' };
    case 'authorization_pending':
    case 'slow_down':
    case 'temporarily_unavailable':
    case 'server_error':
      return { kind: 'temporary', code, message: `${name} gives no token now (${code})` };
    default: {
      const status = last?.kind === 'answer' ? last.status : 400;
      const kind = status === 429 || status >= 500 ? 'temporary' : 'unauthorized';
      return { kind, code, message: `${name} gives no token (${code})` };
    }
  }
}

function refusedBy(name: string, { status, headers }: Extract<Asked, { kind: 'answer' }>, now: number): Fault {
  const retryAfter = retryAfterOf(headers, now);
  const fault = {
    kind: 'temporary',
    code: `http-${status}`,
    message: `${name} answered with status ${status} and no token`,
  } as const;
  return retryAfter === undefined ? fault : { ...fault, retryAfter };
}

function isLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && /^(127(\.\d+){3}|\[::1\]|localhost)$/.test(hostname);
}

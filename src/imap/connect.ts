import { createRequire } from 'node:module';
import type { checkServerIdentity } from 'node:tls';
import type { ImapFlow as Client, ImapFlowError, ImapFlowOptions } from 'imapflow';
import type { Clock } from '../base/clock.ts';
import { failed, type Outcome, ok, reasonOf } from '../base/errors.ts';
import { hideAddresses, unreachedBy } from '../base/reach.ts';
import { grudgeOf, type ImapLimits, overhear } from './line.ts';
import { type Plight, plightIn, refusedLoginIn } from './words.ts';

/** The same code, as it is built for CommonJS: Node loads its hundred modules in half the time. */
const { ImapFlow } = createRequire(import.meta.url)('imapflow') as typeof import('imapflow');

/** How an account is reached. `none` is for loopback hosts: the password crosses in the clear. */
export interface Account {
  /** As in the configuration; messages name it, so that a person finds the key to mend. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string;
  /** Where there is no `token`. */
  readonly password?: string | undefined;
  /**
   * An OAuth 2 access token (XOAUTH2, or OAUTHBEARER of RFC 7628), asked for at every login. `refused`: one that the server has
   * just not taken, however long it was said to last.
   */
  readonly token?: ((signal: AbortSignal, refused: string | null) => Promise<Outcome<string>>) | undefined;
  /** A private authority (PEM), or, for tests alone, no verification at all; who wants to see the certificate. */
  readonly tlsOptions?:
    | {
        readonly ca?: string | Buffer;
        readonly rejectUnauthorized?: boolean;
        readonly checkServerIdentity?: typeof checkServerIdentity;
      }
    | undefined;
}

/**
 * Connects and logs in. Every way in which that fails has a code of its own and one line that says what to mend:
 * `dns`, `refused`, `unreachable`, `connect-timeout`, `certificate`, `tls`, `greeting`, `auth`, `login-disabled`,
 * `unavailable`, `throttled`, `not-connected`, `aborted`, else `connection`.
 */
export async function dial(
  account: Account,
  bounds: ImapLimits,
  clock: Clock,
  signal: AbortSignal,
): Promise<Outcome<Client>> {
  const { token, password = '' } = account;
  if (token === undefined) return enter(account, { pass: password }, { bounds, clock, signal });
  const first = await token(signal, null);
  if (!first.ok) return first;
  const entered = await enter(account, { accessToken: first.value }, { bounds, clock, signal });
  if (entered.ok || entered.fault.code !== 'auth') return entered;
  // A token may end before its time: consent was given anew, the clock is wrong, or a password was changed.
  const next = await token(signal, first.value);
  if (!next.ok || next.value === first.value) return next.ok ? entered : next;
  return enter(account, { accessToken: next.value }, { bounds, clock, signal });
}

interface Entering {
  readonly bounds: ImapLimits;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

async function enter(
  account: Account,
  proof: { readonly pass: string } | { readonly accessToken: string },
  { bounds, clock, signal }: Entering,
): Promise<Outcome<Client>> {
  if (signal.aborted) return aborted();
  const client = new ImapFlow(optionsFor(account, proof, bounds));
  // Without a listener an error after connect() would end the process; `close` follows and tells all we need.
  client.on('error', () => {});
  overhear(client);
  const over = new AbortController();
  const abort = () => client.close();
  signal.addEventListener('abort', abort);
  try {
    const connecting = client.connect();
    connecting.catch(() => {});
    // Transport and greeting have limits of their own; this one is for a server that greets and then says nothing.
    const late = clock.sleep(bounds.connectTimeout * 3, over.signal).then(() => 'late' as const);
    if ((await Promise.race([connecting, late])) === 'late') {
      client.close();
      return failed('temporary', 'connect-timeout', `${nameOf(account)} greets but does not finish the login`);
    }
    // A refused NAMESPACE (a throttled one, say) is no server without levels, and imapflow leaves out which it was.
    if (client.namespace?.delimiter === undefined) {
      const plight = plightIn(grudgeOf(client));
      client.close();
      if (plight !== null) return failedBy(account, plight);
      return failed('temporary', 'unavailable', `${nameOf(account)} does not tell its namespace now`);
    }
    return ok(client);
  } catch (error) {
    client.close();
    return signal.aborted ? aborted() : refusalOf(account, error);
  } finally {
    over.abort();
    signal.removeEventListener('abort', abort);
  }
}

function optionsFor(
  account: Account,
  proof: { readonly pass: string } | { readonly accessToken: string },
  bounds: ImapLimits,
): ImapFlowOptions {
  const { host, port, tls, user, tlsOptions } = account;
  return {
    host,
    port,
    // imapflow's default takes TLS if it is offered; what was asked for is what must happen, or nothing.
    secure: tls === 'implicit',
    ...(tls === 'implicit' ? {} : { doSTARTTLS: tls === 'starttls' }),
    ...(tlsOptions === undefined ? {} : { tls: { ...tlsOptions } }),
    auth: { user, ...proof },
    clientInfo: { name: 'siftd', vendor: false, version: false, 'support-url': false },
    logger: false,
    // siftd idles itself: an IDLE of the library's own would land between two of our commands.
    disableAutoIdle: true,
    // What a compressed answer unpacks to is not bounded by what crossed the network.
    disableCompression: true,
    connectionTimeout: bounds.connectTimeout,
    greetingTimeout: bounds.connectTimeout,
    // The library's watchdog ends connections that are merely quiet. Ours has a deadline for each command; this is
    // the net below it.
    socketTimeout: bounds.commandTimeout + bounds.pollInterval + bounds.probeTimeout,
    maxLiteralSize: bounds.literal,
    maxLineLength: bounds.response,
    maxResponseSize: bounds.response,
  };
}

function aborted<T>(): Outcome<T> {
  return failed('temporary', 'aborted', 'connecting was given up');
}

function failedBy(account: Account, { code, why, wait }: Plight): Outcome<never> {
  return failed('temporary', code, `${nameOf(account)} ${why}`, wait);
}

function nameOf({ host, port }: Account): string {
  return `the IMAP server ${host}:${port}`;
}

function refusalOf(account: Account, thrown: unknown): Outcome<never> {
  const { name } = account;
  const server = nameOf(account);
  const error = thrown as Partial<ImapFlowError> & { readonly errors?: readonly { readonly code?: string }[] };
  // A host with several addresses fails with an AggregateError; each of its members says the same in another family.
  const code = error.code ?? error.errors?.[0]?.code ?? '';
  const key = (field: string) => `accounts.${name}.${field}`;
  const unreached = unreachedBy(code);

  if (error.code === 'ETHROTTLE') {
    return failed('temporary', 'throttled', `${server} throttles this account`, error.throttleReset);
  }
  const words = typeof error.response === 'string' ? error.response : error.responseText;
  const plight = plightIn(words) ?? plightIn(error.reason);
  if (plight !== null) return failedBy(account, plight);
  if (error.authenticationFailed === true) return loginRefused(account, error);
  if (unreached === 'dns') {
    return failed('temporary', 'dns', `the host ${JSON.stringify(account.host)} is not known: check ${key('host')}`);
  }
  if (unreached === 'refused') {
    return failed('temporary', 'refused', `${server} takes no connections: check ${key('host')} and ${key('port')}`);
  }
  if (unreached === 'unreachable') {
    return failed('temporary', 'unreachable', `${server} cannot be reached (${code}): check the network`);
  }
  if (code === 'CONNECT_TIMEOUT') {
    const hint = `check ${key('host')}, ${key('port')} and the firewall`;
    return failed('temporary', 'connect-timeout', `${server} did not answer the connection in time: ${hint}`);
  }
  if (unreached === 'certificate') {
    const hint = `name the host that the certificate is for in ${key('host')}, or have the server's certificate mended`;
    return failed('temporary', 'certificate', `the certificate of ${server} is not trusted (${code}): ${hint}`);
  }
  if (unreached === 'tls' || error.tlsFailed === true) {
    const hint =
      account.tls === 'starttls'
        ? `the server offers no STARTTLS there: check ${key('port')}, or set ${key('tls')} to implicit`
        : `port ${account.port} does not speak TLS from the start: check ${key('port')}, or set ${key('tls')} to starttls`;
    return failed('temporary', 'tls', `no TLS with ${server}: ${hint}`);
  }
  if (code === 'GREETING_TIMEOUT' || code.startsWith('ClosedAfterConnect') || code === 'ECONNRESET') {
    const hint =
      account.tls === 'implicit'
        ? `is ${key('port')} the port of an IMAP server?`
        : `is ${key('port')} the port of an IMAP server, and not one that wants ${key('tls')} to be implicit?`;
    return failed('temporary', 'greeting', `${server} gave no greeting: ${hint}`);
  }
  const why = error.responseStatus === undefined ? reasonOf(thrown) : `it answered ${error.responseStatus}`;
  return failed('temporary', 'connection', `no session with ${server}: ${hideAddresses(why)}`);
}

function loginRefused(account: Account, error: Partial<ImapFlowError>): Outcome<never> {
  const server = nameOf(account);
  const text = typeof error.response === 'string' ? error.response : '';
  // RFC 5530 3: these say nothing about the password.
  const passing = ['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'];
  const code = error.serverResponseCode ?? null;
  if (code !== null && passing.includes(code)) {
    return failed('temporary', 'unavailable', `${server} cannot take the login now [${code}]`);
  }
  const why = refusedLoginIn(text);
  if (why !== null) return failed('unauthorized', 'auth', `${server} ${why}: accounts.${account.name}.user`);
  if (code === 'PRIVACYREQUIRED' || /login is disabled/i.test(error.message ?? '')) {
    const hint = `set accounts.${account.name}.tls to implicit or starttls`;
    return failed('unauthorized', 'login-disabled', `${server} allows no login in the clear: ${hint}`);
  }
  if (account.token !== undefined) {
    const hint = `is IMAP open to accounts.${account.name}.user, and to the application?`;
    return failed('unauthorized', 'auth', `${server} took none of its tokens: ${hint}`);
  }
  const keys = `accounts.${account.name}.user and accounts.${account.name}.password`;
  return failed('unauthorized', 'auth', `${server} refused the login: check ${keys}`);
}

import { isIP } from 'node:net';
import type { Fault } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { AccountConfig } from '../config/config.ts';
import type { Certificate } from '../imap/inspect.ts';
import type { Pushed } from '../imap/push.ts';
import type { RouteActions } from '../triage/policy.ts';
import { broken, type Check, type CheckId, doubtful, parted, passed, untried } from './check.ts';
import { clockCheck } from './clock.ts';

/* What was found on the way to a mailbox, and what it means. Pure. */

export type Address = Pick<AccountConfig, 'name' | 'host' | 'port' | 'tls'>;

/** The stages of a connection, each of which needs those before it. */
const stages = ['dns', 'tcp', 'tls', 'certificate', 'greeting', 'login'] as const satisfies readonly CheckId[];
type Stage = (typeof stages)[number];

/** All that needs a login. */
const behind = ['capabilities', 'folder', 'keywords', 'push'] as const satisfies readonly CheckId[];

function dnsCheck({ host }: Address, addresses: readonly string[]): Check {
  return isIP(host) === 0
    ? passed('dns', `${host} is ${addresses.join(', ')}`)
    : passed('dns', `${host} is an address`);
}

/** Where no address was found, nothing else is tried. */
export function dnsFailed({ name, host }: Address, fault: Fault): Check[] {
  const remedy = `check accounts.${name}.host, and whether this machine has a name server (resolvectl, /etc/resolv.conf)`;
  const detail = fault.code === 'timeout' ? 'no name server answers' : `nobody knows the host ${JSON.stringify(host)}`;
  return [broken('dns', detail, remedy), ...rest('dns', 'no address')];
}

/** `shown`: the certificate of a server that was not trusted, where it could be had. */
export function dialFailed(
  address: Address,
  addresses: readonly string[],
  fault: Fault,
  shown: Certificate | null,
): Check[] {
  if (fault.code.startsWith('oauth-')) return tokenless(address, addresses, fault);
  const at = stageOf(fault.code);
  const before = stages.slice(1, stages.indexOf(at)).map((stage) => reached(stage, address));
  const [detail, remedy] = parted(fault.message, otherwise(at, address));
  const here = at === 'certificate' ? distrusted(address, fault, shown) : broken(at, detail, remedy);
  const first = at === 'dns' ? [] : [dnsCheck(address, addresses)];
  return [...first, ...before.filter((check) => check !== null), here, ...rest(at, `no ${wordOf(at)}`)];
}

/** Where the account logs in by a token, and there is none, its server was not tried at all. */
function tokenless(address: Address, addresses: readonly string[], fault: Fault): Check[] {
  const [detail, remedy] = parted(fault.message, 'try again; if it stays so, look at the application at the provider');
  const untriedYet = (id: CheckId) => untried(id, 'no token to log in with');
  return [
    dnsCheck(address, addresses),
    ...stages.slice(1, -1).map(untriedYet),
    broken('login', detail, remedy),
    ...behind.map(untriedYet),
  ];
}

/** There is a certificate, and it is not trusted: whose it is can be seen. */
export function certificateShown({ code }: Fault): boolean {
  return stageOf(code) === 'certificate';
}

function stageOf(code: string): Stage {
  switch (code) {
    case 'dns':
    case 'tls':
    case 'certificate':
    case 'greeting':
      return code;
    case 'refused':
    case 'unreachable':
    case 'connect-timeout':
      return 'tcp';
    default:
      return 'login';
  }
}

function wordOf(stage: Stage): string {
  return stage === 'tcp'
    ? 'connection'
    : stage === 'certificate'
      ? 'trusted certificate'
      : stage === 'tls'
        ? 'TLS'
        : stage;
}

/** A stage that was passed on the way to the one that failed. */
function reached(stage: Stage, { host, port, tls }: Address): Check | null {
  switch (stage) {
    case 'tcp':
      return passed('tcp', `${host}:${port} answers`);
    case 'tls':
    case 'certificate':
      // How it was made is told by a session alone; here it is no news.
      return tls === 'none' && stage === 'tls' ? noTls() : null;
    default:
      return null;
  }
}

function otherwise(stage: Stage, { name }: Address): string {
  switch (stage) {
    case 'login':
      return 'wait and try again; if it stays so, ask whoever runs the server';
    case 'dns':
      return `check accounts.${name}.host`;
    default:
      return `check accounts.${name}.host and accounts.${name}.port`;
  }
}

function noTls(): Check {
  return untried('tls', 'there is none (tls: none): the connection does not leave this machine');
}

/** What is not tried behind a stage that failed. */
function rest(from: Stage, lacking: string): Check[] {
  const left = [...stages.slice(stages.indexOf(from) + 1), ...behind];
  return left.map((id) => untried(id, `${lacking}`));
}

/** Nothing is tried without a password: a login that must fail counts against the account. */
export function withoutPassword(address: Address, addresses: readonly string[]): Check[] {
  const lacking = 'its password could not be read';
  return [dnsCheck(address, addresses), ...rest('dns', lacking)];
}

/** Everything up to the login, of a session. */
export function loggedIn(
  address: Address,
  addresses: readonly string[],
  session: { readonly tls: string | null; readonly certificate: Certificate | null },
  now: number,
): Check[] {
  const { host, port, tls } = address;
  const { certificate } = session;
  return [
    dnsCheck(address, addresses),
    passed('tcp', `${host}:${port} answers`),
    session.tls === null ? noTls() : passed('tls', `${session.tls}${tls === 'starttls' ? ', by STARTTLS' : ''}`),
    ...(certificate === null ? [] : [certificateCheck(certificate, now)]),
    passed('login', `${host} knows us`),
  ];
}

export function certificateCheck({ chain, from, until }: Certificate, now: number): Check {
  const whose = `for ${chain[0]}, by ${chain.slice(1).join(', by ')}`;
  const left = until - now;
  if (left < Math.min(limits.doctor.expiry, (until - from) / 4)) {
    return doubtful(
      'certificate',
      `${whose}; it ends in ${daysOf(left)}, on ${dayOf(until)}`,
      'have it renewed: what renews it by itself has not done so',
    );
  }
  return passed('certificate', `${whose}, until ${dayOf(until)} (${daysOf(left)})`);
}

const trust =
  'have it signed by an authority that machines know, or name your own in siftd’s environment: NODE_EXTRA_CA_CERTS=/etc/siftd/ca.pem';

function distrusted({ name, host }: Address, fault: Fault, shown: Certificate | null): Check {
  const code = /\(([A-Z][A-Z0-9_]+)\)/.exec(fault.message)?.[1] ?? '';
  const whose = shown === null ? '' : `; it is for ${shown.chain[0]}, by ${shown.chain.slice(1).join(', by ')}`;
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const when = shown === null ? '' : ` on ${dayOf(shown.until)}`;
      return broken(
        'certificate',
        `it ended${when}${whose}`,
        'have the server’s certificate renewed, or set this machine’s clock',
      );
    }
    case 'CERT_NOT_YET_VALID': {
      const when = shown === null ? '' : `: its time begins on ${dayOf(shown.from)}`;
      return broken('certificate', `it is not valid yet${when}${whose}`, 'set this machine’s clock');
    }
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return broken('certificate', `nobody but itself vouches for it (${code})${whose}`, trust);
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
      return broken(
        'certificate',
        `its authority is not known here, or the server leaves out its chain (${code})${whose}`,
        trust,
      );
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return broken(
        'certificate',
        `it is for another host than ${host}${whose}`,
        `name the host that it is for in accounts.${name}.host`,
      );
    default: {
      const [detail, remedy] = parted(fault.message, trust);
      return broken('certificate', `${detail}${whose}`, remedy);
    }
  }
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function daysOf(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  return days === 1 ? 'a day' : `${days} days`;
}

interface Lack {
  readonly word: string;
  readonly costs: string;
}

/** What is missed little: the list of capabilities tells it. */
const little: readonly Lack[] = [
  { word: 'CONDSTORE', costs: 'labels that people set are looked for in the whole folder' },
  { word: 'NAMESPACE', costs: 'where folders begin is guessed' },
  { word: 'SPECIAL-USE', costs: String.raw`\Junk and its like are known by their usual names` },
  { word: 'OBJECTID', costs: 'a message that was moved is known again by its Message-ID, header and date alone' },
  { word: 'ACL', costs: 'what is allowed in a folder shows when it is done' },
];

export function capabilityChecks(has: ReadonlySet<string>, ways: readonly RouteActions[]): Check[] {
  const gmail = has.has('X-GM-EXT-1');
  const lacked = little.filter(({ word }) => !has.has(word) && !(gmail && word === 'OBJECTID'));
  const all = ['MOVE', 'UIDPLUS', 'IDLE', ...little.map(({ word }) => word), ...(gmail ? ['X-GM-EXT-1'] : [])];
  const there = all.filter((word) => has.has(word)).join(', ');
  const without = lacked.map(({ word, costs }) => `without ${word} ${costs}`);
  const detail = [there === '' ? 'none beyond IMAP4rev1' : there, ...without].join('; ');
  const enable = (word: string, rfc: number) =>
    `ask whoever runs the server for ${word} (RFC ${rfc}); it works without`;
  const moves = ways.some(({ move }) => move !== null) && !has.has('MOVE');
  return [
    passed('capabilities', detail),
    ...(has.has('IDLE')
      ? []
      : [
          doubtful(
            'capability',
            `the server does not say when mail comes: siftd asks every ${limits.imap.pollInterval / 1000} s`,
            enable('IDLE', 2177),
            'IDLE',
          ),
        ]),
    ...(moves && has.has('UIDPLUS')
      ? [
          doubtful(
            'capability',
            'a move is a copy that is looked for and an original that is expunged: three commands for one',
            enable('MOVE', 6851),
            'MOVE',
          ),
        ]
      : []),
    ...(moves && !has.has('UIDPLUS')
      ? [
          doubtful(
            'capability',
            String.raw`nothing can be moved, nor one message expunged: a moved one is copied, and its original stays, marked \Deleted`,
            'ask whoever runs the server for MOVE (RFC 6851) or UIDPLUS (RFC 4315), or let mail programs hide what is deleted',
            'UIDPLUS',
          ),
        ]
      : []),
  ];
}

/** What was heard of a message of our own. */
export function pushChecks({ after, ahead, left }: Pushed, account: string): Check[] {
  const pushed =
    after === null
      ? doubtful(
          'push',
          `the server offers IDLE and said nothing of a new message for ${limits.doctor.push / 1000} s`,
          `nothing has to be done, since siftd asks every ${limits.imap.pollInterval / 1000} s; something between here and there may hold it back: a proxy, a firewall`,
        )
      : passed('push', `a new message was told after ${after} ms`);
  const tidy =
    left === null ? [] : [doubtful('push', left, `delete it yourself, in the mailbox of ${account}`, 'left behind')];
  return [pushed, ...tidy, ...(ahead === null ? [] : [clockCheck('the IMAP server', ahead)])];
}

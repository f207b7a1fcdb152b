import type { Clock } from '../base/clock.ts';
import type { Fault, Outcome } from '../base/errors.ts';
import type { AccountConfig } from '../config/config.ts';
import type { Certificate, Inspection } from '../imap/inspect.ts';
import type { Posted } from '../triage/posted.ts';
import {
  capabilityChecks,
  certificateShown,
  dialFailed,
  dnsFailed,
  loggedIn,
  pushChecks,
  withoutPassword,
} from './account.ts';
import { broken, type Check, passed, untried } from './check.ts';
import { folderCheck, folderFault, keywordsCheck, type Need, needsOf, waysOf } from './folders.ts';

/** A session as far as it is looked at. */
export type Look = Pick<Inspection, 'capabilities' | 'tls' | 'certificate' | 'names' | 'folder' | 'push' | 'close'>;

/** The way to a mailbox. */
export interface Way {
  lookup(host: string): Promise<Outcome<readonly string[]>>;
  /** The certificate that a server shows to whoever does not trust it. */
  presented(): Promise<Outcome<Certificate>>;
  /** null: there is no password. */
  readonly inspect: (() => Promise<Outcome<Look>>) | null;
}

export interface Visit {
  readonly account: AccountConfig;
  readonly way: Way;
  readonly clock: Clock;
  /** A folder that may be made for a moment; null: nothing is changed. */
  readonly scratch: string | null;
}

/** `greeted`: how the server took us where mail is handed in. */
export function smtpCheck({ name, sending: { smtp } }: AccountConfig, greeted: Posted): Check {
  const where = `${smtp?.host}:${smtp?.port}`;
  if (greeted.result === 'accepted') return passed('smtp', `${where} lets us in; nothing was sent`);
  return broken(
    'smtp',
    greeted.result === 'unknown' ? `${where} gave no answer` : greeted.why,
    `check smtp, or accounts.${name}.smtp`,
  );
}

/** Everything about one mailbox, over one connection; with `scratch` over two. */
export async function visit({ account, way, clock, scratch }: Visit): Promise<Check[]> {
  const found = await way.lookup(account.host);
  if (!found.ok) return dnsFailed(account, found.fault);
  const addresses = found.value;
  if (way.inspect === null) return withoutPassword(account, addresses);
  const entered = await way.inspect();
  if (!entered.ok) {
    const shown = certificateShown(entered.fault) && account.tls === 'implicit' ? await way.presented() : null;
    return dialFailed(account, addresses, entered.fault, shown?.ok === true ? shown.value : null);
  }
  const look = entered.value;
  try {
    return [
      ...loggedIn(account, addresses, look, clock.date()),
      ...capabilityChecks(look.capabilities, waysOf(account.policy)),
      ...(await folderChecks(look, account)),
      ...(await pushing(look, account.name, scratch)),
    ];
  } finally {
    await look.close();
  }
}

async function folderChecks(look: Look, account: AccountConfig): Promise<Check[]> {
  const checks: Check[] = [];
  let there: readonly string[] | null = null;
  for (const need of needsOf(account)) {
    const facts = await look.folder(need.target, { open: need.watched, marks: need.marks });
    if (!facts.ok) {
      checks.push(faultOf(need, facts.fault));
      continue;
    }
    if (facts.value.name === null) there ??= await names(look);
    checks.push(folderCheck(need, facts.value, there ?? []));
    const keywords = keywordsCheck(need, facts.value, account.policy);
    if (keywords !== null) checks.push(keywords);
  }
  return checks;
}

function faultOf(need: Need, fault: Fault): Check {
  return fault.code === 'closed' ? untried('folder', 'the connection ended', need.target) : folderFault(need, fault);
}

/** They only help to guess what was meant. */
async function names(look: Look): Promise<readonly string[]> {
  const all = await look.names();
  return all.ok ? all.value : [];
}

async function pushing(look: Look, account: string, scratch: string | null): Promise<Check[]> {
  if (!look.capabilities.has('IDLE')) return [untried('push', 'the server does not offer it')];
  if (scratch === null) {
    return [untried('push', 'that takes a message in a folder of its own for a moment (siftd doctor --write)')];
  }
  const pushed = await look.push(scratch);
  if (pushed.ok) return pushChecks(pushed.value, account);
  return [untried('push', `${pushed.fault.message}`)];
}

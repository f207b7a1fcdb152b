import { isDeepStrictEqual } from 'node:util';
import type { AccountConfig, Config } from './config.ts';
import { Secret } from './secrets.ts';

/** What becomes of an account. Reasons are keys of the file, or what keeps it from working now. */
export type Fate =
  | { readonly fate: 'keeps' }
  | { readonly fate: 'begins' }
  | { readonly fate: 'ends' }
  /** It ends in good order and begins anew. */
  | { readonly fate: 'restarts'; readonly reasons: readonly string[] };

export interface ReloadPlan {
  /** Keys that are read at the start alone. With one of them nothing is taken. */
  readonly refused: readonly string[];
  /** By name. */
  readonly accounts: ReadonlyMap<string, Fate>;
  /** Keys that are taken without an account's knowing of it. */
  readonly inPlace: readonly string[];
}

/**
 * What it takes to go from one configuration to another while siftd runs: pure, so that it can be looked at as a table. Secrets
 * are compared by what they are now, not by where they come from. `ailing`: accounts that wait for something, and why: they are
 * started anew even if nothing of them has changed, so that what was mended is asked for at once.
 */
export function planReload(now: Config, next: Config, ailing: ReadonlyMap<string, string> = new Map()): ReloadPlan {
  const common = commonChanges(now, next);
  const accounts = new Map<string, Fate>();
  for (const [name, was] of now.accounts) {
    const account = next.accounts.get(name);
    const ails = ailing.get(name);
    if (account === undefined) accounts.set(name, { fate: 'ends' });
    else {
      const reasons = [...common, ...accountChanges(was, account), ...(ails === undefined ? [] : [ails])];
      accounts.set(name, reasons.length > 0 ? { fate: 'restarts', reasons } : { fate: 'keeps' });
    }
  }
  for (const name of next.accounts.keys()) if (!accounts.has(name)) accounts.set(name, { fate: 'begins' });
  return { refused: refusedOf(now, next), accounts, inPlace: inPlaceOf(now, next) };
}

/** The same for `siftd serve`: tokens are taken while it runs, and nothing else is. */
export function planServe(now: Config, next: Config): Pick<ReloadPlan, 'refused' | 'inPlace'> {
  const { companies: was, metricsToken, ...bounds } = now.service;
  const { companies, metricsToken: nextMetricsToken, ...nextBounds } = next.service;
  const names = [...new Set([...was.keys(), ...companies.keys()])];
  const each = (part: 'tokens' | 'orchestrators') =>
    changedKeys(
      names.map((name) => [`service.companies.${name}.${part}`, was.get(name)?.[part], companies.get(name)?.[part]]),
    );
  return {
    refused: [
      ...changedKeys([['state', now.state, next.state]]),
      ...changedFields('service', bounds, nextBounds),
      ...each('orchestrators'),
    ],
    inPlace: [...each('tokens'), ...changedKeys([['service.metrics.token', metricsToken, nextMetricsToken]])],
  };
}

/** What siftd has in its hands from its first moment on: its folder, its ports, and whether the classifier is inside it. */
function refusedOf(now: Config, next: Config): string[] {
  const inside = (config: Config) => config.classifier.endpoint === null;
  return changedKeys([
    ['state', now.state, next.state],
    ['classifier.url', inside(now), inside(next)],
    ['console.listen', now.console?.listen, next.console?.listen],
    ['metrics.listen', now.metrics?.listen, next.metrics?.listen],
    // Of the service inside siftd; with another one it is nothing to `siftd run`.
    ...(inside(now) ? [['service.retention', now.service.retention, next.service.retention] as const] : []),
  ]);
}

/** What all accounts share: whom they ask, and how, and what of a mail is sent. */
function commonChanges(now: Config, next: Config): string[] {
  const { endpoint, ...bounds } = now.classifier;
  const { endpoint: nextEndpoint, ...nextBounds } = next.classifier;
  return [
    ...changedFields('classifier', endpoint ?? {}, nextEndpoint ?? {}),
    ...changedFields('classifier', bounds, nextBounds),
    ...changedFields('body', now.body, next.body),
  ];
}

function accountChanges(was: AccountConfig, account: AccountConfig): string[] {
  const key = `accounts.${account.name}`;
  // Whether a policy stands with the account or with the whole file is the same to its mail.
  const { policy, login, own: _, ...rest } = was;
  const { policy: nextPolicy, login: nextLogin, own: __, ...nextRest } = account;
  return [
    ...changedFields(key, rest, nextRest),
    // As the file calls it: password or oauth.
    ...changedKeys([[`${key}.${nextLogin.by}`, login, nextLogin]]),
    ...changedFields(key, policy, nextPolicy),
  ];
}

function inPlaceOf(now: Config, next: Config): string[] {
  return changedKeys([
    ['alerts.to', now.alerts?.to, next.alerts?.to],
    ['alerts.every', now.alerts?.every, next.alerts?.every],
    ['alerts.account', now.alerts?.account, next.alerts?.account],
    ['target_precision', now.targetPrecision, next.targetPrecision],
    ['console.host', now.console?.host, next.console?.host],
    ['console.token', now.console?.token, next.console?.token],
    ['console.trust_proxy', now.console?.trustProxy, next.console?.trustProxy],
    ['metrics.token', now.metrics?.token, next.metrics?.token],
    // It is read at every look at what people consented to.
    ['seal', now.seal, next.seal],
  ]);
}

type Compared = readonly [key: string, now: unknown, next: unknown];

function changedFields(key: string, now: object, next: object): string[] {
  const [before, after] = [now, next].map((of) => new Map(Object.entries(of)));
  const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return changedKeys([...names].map((name) => [`${key}.${name}`, before?.get(name), after?.get(name)]));
}

function changedKeys(compared: readonly Compared[]): string[] {
  return compared.filter(([, now, next]) => !isDeepStrictEqual(bare(now), bare(next))).map(([key]) => key);
}

/** With every secret as what it is: a file that has another password in it is another password. */
function bare(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.known ? value.reveal() : value.source };
  if (value instanceof Map) return new Map([...value].map(([name, each]) => [name, bare(each)]));
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bare(each)]));
}

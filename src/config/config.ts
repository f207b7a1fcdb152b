import { dirname, resolve } from 'node:path';
import type { Since } from '../triage/cursor.ts';
import type { Policy, Route, RouteActions } from '../triage/policy.ts';
import type {
  AccountShape,
  ActionsShape,
  ConsoleShape,
  FileShape,
  OAuthShape,
  OrchestratorShape,
  RouteShape,
} from './schema.ts';
import type { Secret } from './secrets.ts';
import { type AlertsConfig, hooksOf, type SendingConfig, sendsOf, smtpOf } from './sending.ts';
import type { SecretSource } from './values.ts';

/** The configuration in force: every default filled in, every inheritance done, every path absolute. */
export interface Config {
  /** The file it came from, absolute. */
  readonly file: string;
  /** The folder of siftd.db, absolute. It may not exist yet. */
  readonly state: string;
  readonly classifier: ClassifierConfig;
  readonly body: BodyConfig;
  /** By name, in the order of the file. */
  readonly accounts: ReadonlyMap<string, AccountConfig>;
  /** null: there is none. */
  readonly console: ConsoleConfig | null;
  /** Where health and metrics can be asked; null: nowhere. */
  readonly metrics: MetricsConfig | null;
  /** Who is told by mail when something needs a person; null: nobody. */
  readonly alerts: AlertsConfig | null;
  /** Seals the consents of people; null: no account needs it. */
  readonly seal: Secret | null;
  /** The share of what is filed that must be right; what `siftd report` measures thresholds by. */
  readonly targetPrecision: number;
  readonly service: ServiceConfig;
  /** What is allowed and doubtful, one line each, to be said once. */
  readonly warnings: readonly string[];
}

interface BodyConfig {
  /** Characters. */
  readonly limit: number;
  readonly quotes: 'keep' | 'strip';
}

export interface ClassifierConfig {
  /** null: the service inside siftd. */
  readonly endpoint: {
    /** Without /api/companies and without a slash at its end. */
    readonly url: string;
    readonly headers: ReadonlyMap<string, Secret>;
  } | null;
  /** HTTP requests in flight. */
  readonly concurrency: number;
  /** POST and GET together: so many within `per` milliseconds. null: no bound. */
  readonly rate: { readonly requests: number; readonly per: number } | null;
  /** Unfinished processes at a time. */
  readonly pending: number;
  /** Milliseconds. */
  readonly deadline: number;
  /** Confidence, 0 to 1, of an answer in words. */
  readonly words: { readonly high: number; readonly medium: number; readonly low: number };
  /** JSON values that are added to external_metadata. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface PasswordLogin {
  readonly by: 'password';
  readonly password: Secret;
}

export interface OAuthLogin {
  readonly by: 'oauth';
  readonly provider:
    | { readonly kind: 'google' }
    | { readonly kind: 'microsoft'; readonly tenant: string }
    | OtherProvider;
  readonly clientId: string;
  /** null: a public client. */
  readonly clientSecret: Secret | null;
  readonly grant: 'person' | 'application';
  /** The account whose consent it is: its own, or another's, who may open this mailbox too. */
  readonly of: string;
  /** Who consents. */
  readonly who: string;
}

/** One that is known by its endpoints alone. */
export interface OtherProvider {
  readonly kind: 'other';
  readonly authorization: string | null;
  readonly device: string | null;
  readonly token: string;
  readonly scope: string;
}

export interface AccountConfig {
  readonly name: string;
  /** ASCII (IDNA), or an IP address. */
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly user: string;
  /** Other addresses of the mailbox. */
  readonly aliases: readonly string[];
  /** How it proves who it is. */
  readonly login: PasswordLogin | OAuthLogin;
  /** In siftd's own form, the idling one first. */
  readonly folders: readonly string[];
  readonly since: Since;
  readonly resort: boolean;
  readonly policy: Policy;
  /** What it takes to send what its routes ask for. */
  readonly sending: SendingConfig;
  /** Whether its mode and its routes stand with the account itself; else they are those of the whole file. */
  readonly own: { readonly mode: boolean; readonly routes: boolean };
  /** Whom it asks at the endpoint; null: the service inside siftd. */
  readonly classifier: {
    readonly company: string;
    readonly orchestrator: string;
    /** null where the endpoint's headers authorize. */
    readonly token: Secret | null;
  } | null;
}

export interface ConsoleConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** The name by which browsers reach it, beside the address that it listens on. */
  readonly host: string | null;
  /** null: one is made at every start. */
  readonly token: Secret | null;
  readonly trustProxy: boolean;
}

export interface MetricsConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Opens /metrics; null: it is for this machine. */
  readonly token: Secret | null;
}

export interface ServiceConfig {
  readonly listen: { readonly host: string; readonly port: number };
  /** Milliseconds. */
  readonly retention: number;
  /** Opens /metrics; null: it is for this machine. */
  readonly metricsToken: Secret | null;
  readonly companies: ReadonlyMap<string, CompanyConfig>;
}

interface CompanyConfig {
  readonly tokens: readonly Secret[];
  readonly orchestrators: ReadonlyMap<string, OrchestratorConfig>;
}

export interface OrchestratorConfig {
  /** What each class is about. */
  readonly labels: ReadonlyMap<string, string>;
  readonly engine: /** `model`: the absolute path of a model file; null: the orchestrator's own. */
    | { readonly kind: 'linear'; readonly model: string | null }
    | { readonly kind: 'llm'; readonly llm: LlmConfig }
    /** `below`: the confidence of linear below which the language model is asked. */
    | { readonly kind: 'cascade'; readonly model: string | null; readonly llm: LlmConfig; readonly below: number };
}

export interface LlmConfig {
  readonly url: string;
  readonly model: string;
  readonly token: Secret | null;
  /** Milliseconds for one answer. */
  readonly timeout: number;
  readonly concurrency: number;
  readonly rate: { readonly requests: number; readonly per: number } | null;
  /** Tokens a day; null: no bound. */
  readonly budget: number | null;
  readonly logprobs: boolean;
}

/** Gives each secret source of a file its opened secret. */
export type OpenSecret = (source: SecretSource) => Secret;

interface FilePlace {
  readonly file: string;
  readonly state: string;
  readonly warnings: readonly string[];
  /** The texts of templates, by their absolute paths. */
  readonly templates: ReadonlyMap<string, string>;
}

/** Takes a file without problems to what it means. Pure. */
export function configOf(shape: FileShape, open: OpenSecret, { templates, ...place }: FilePlace): Config {
  const { classifier, service } = shape;
  const remote = classifier.url !== undefined;
  return {
    ...place,
    classifier: {
      endpoint: classifier.url === undefined ? null : { url: classifier.url, headers: mapOf(classifier.headers, open) },
      concurrency: classifier.concurrency,
      // Twenty a second is manners towards a vendor; our own service has its own bounds.
      rate: classifier.rate ?? (remote ? { requests: 20, per: 1000 } : null),
      pending: classifier.pending,
      deadline: classifier.deadline,
      words: classifier.words,
      metadata: classifier.metadata,
    },
    body: shape.body,
    targetPrecision: shape.target_precision,
    accounts: mapOf(shape.accounts, (account, name) =>
      accountOf(name, account, { shape, open, folder: dirname(place.file), templates }),
    ),
    console: consoleOf(shape.console, open),
    metrics: metricsOf(shape.metrics, open),
    alerts: alertsOf(shape),
    seal: shape.seal === undefined ? null : open(shape.seal),
    service: {
      listen: service.listen,
      retention: service.retention,
      metricsToken: service.metrics.token === undefined ? null : open(service.metrics.token),
      companies: mapOf(service.companies, ({ tokens, orchestrators }) => ({
        tokens: tokens.map(open),
        orchestrators: mapOf(orchestrators, (orchestrator) => orchestratorOf(orchestrator, open, dirname(place.file))),
      })),
    },
  };
}

function consoleOf({ listen, host, token, trust_proxy }: ConsoleShape, open: OpenSecret): ConsoleConfig | null {
  if (listen === 'off') return null;
  return { listen, host: host ?? null, token: token === undefined ? null : open(token), trustProxy: trust_proxy };
}

function metricsOf({ listen, token }: FileShape['metrics'], open: OpenSecret): MetricsConfig | null {
  return listen === 'off' ? null : { listen, token: token === undefined ? null : open(token) };
}

function orchestratorOf(
  { engine: kind, labels, model: path, llm, below }: OrchestratorShape,
  open: OpenSecret,
  folder: string,
): OrchestratorConfig {
  const named = { labels: mapOf(labels, (text) => text) };
  const model = path === undefined ? null : resolve(folder, path);
  // Without `llm` the file is refused (meaning.ts) where it asks for one.
  if (kind === 'linear' || llm === undefined) return { ...named, engine: { kind: 'linear', model } };
  const asked: LlmConfig = {
    ...llm,
    token: llm.token === undefined ? null : open(llm.token),
    rate: llm.rate ?? null,
    budget: llm.budget ?? null,
  };
  return { ...named, engine: kind === 'llm' ? { kind, llm: asked } : { kind, model, llm: asked, below: below ?? 0.8 } };
}

/** What an account's part of the file is read with. */
interface Around {
  readonly shape: FileShape;
  readonly open: OpenSecret;
  readonly folder: string;
  readonly templates: ReadonlyMap<string, string>;
}

function alertsOf({ alerts, accounts, smtp }: FileShape): AlertsConfig | null {
  if (alerts === undefined) return null;
  const { to, every, account } = alerts;
  const sends = Object.entries(accounts).find(([, own]) => (own.smtp ?? smtp) !== undefined);
  const by = account ?? sends?.[0];
  if (by === undefined) throw new Error('alerts without an account that sends mail were let through');
  return { to, every, account: by };
}

function accountOf(name: string, account: AccountShape, { shape, open, folder, templates }: Around): AccountConfig {
  const { host, tls, user, aliases, folders, since, resort } = account;
  const own = account.classifier;
  const company = own?.company ?? shape.classifier.company;
  const orchestrator = own?.orchestrator ?? shape.classifier.orchestrator;
  const token = own?.token ?? shape.classifier.token;
  const asks = shape.classifier.url !== undefined && company !== undefined && orchestrator !== undefined;
  return {
    name,
    host,
    port: account.port ?? (tls === 'implicit' ? 993 : 143),
    tls,
    user,
    aliases,
    login: loginOf(name, account, shape.accounts, open),
    folders,
    since,
    resort,
    policy: policyOf(account, shape, folder),
    sending: {
      smtp: smtpOf(account.smtp ?? shape.smtp, user, open),
      hooks: hooksOf(waysOf(account, shape), open),
      templates: templatesOf(account, shape, folder, templates),
      subjects: shape.privacy.subjects,
    },
    own: { mode: account.mode !== undefined, routes: account.routes !== undefined },
    classifier: asks ? { company, orchestrator, token: token === undefined ? null : open(token) } : null,
  };
}

function loginOf(
  name: string,
  { user, password, oauth }: AccountShape,
  accounts: FileShape['accounts'],
  open: OpenSecret,
): PasswordLogin | OAuthLogin {
  if (oauth === undefined) {
    if (password === undefined) throw new Error('an account without a login was let through');
    return { by: 'password', password: open(password) };
  }
  const { as: owner, client_id: clientId, client_secret: secret, grant, login } = oauth;
  const other = owner === undefined ? undefined : accounts[owner];
  if (owner !== undefined && other !== undefined) return loginOf(owner, other, accounts, open);
  if (clientId === undefined) throw new Error('an application without an id was let through');
  const clientSecret = secret === undefined ? null : open(secret);
  return { by: 'oauth', provider: providerOf(oauth), clientId, clientSecret, grant, of: name, who: login ?? user };
}

function providerOf({ provider, tenant, authorization, device, token, scope }: OAuthShape): OAuthLogin['provider'] {
  switch (provider) {
    case 'google':
      return { kind: 'google' };
    case 'microsoft':
      return { kind: 'microsoft', tenant: tenant ?? 'organizations' };
    case undefined:
      if (token === undefined || scope === undefined) throw new Error('a provider without endpoints was let through');
      return { kind: 'other', authorization: authorization ?? null, device: device ?? null, token, scope };
  }
}

/** An account's own routes stand in for the common ones as a whole: what a file says of an account is all there is. */
function policyOf(account: AccountShape, shape: FileShape, folder: string): Policy {
  const mode = account.mode ?? shape.mode;
  const threshold = account.threshold ?? shape.threshold;
  const routeOf = (route: RouteShape, name: string): Route => ({
    ...actionsOf(route, folder),
    name,
    threshold: route.threshold ?? threshold,
    mode: mode === 'observe' ? mode : (route.mode ?? mode),
  });
  return {
    mode,
    threshold,
    routes: mapOf(account.routes ?? shape.routes, routeOf),
    threads: account.threads ?? shape.threads,
    unsure: actionsOf(account.unsure ?? shape.unsure, folder),
    failed: actionsOf(account.failed ?? shape.failed, folder),
  };
}

function waysOf(account: AccountShape, shape: FileShape): ActionsShape[] {
  const { routes = shape.routes, unsure = shape.unsure, failed = shape.failed } = account;
  return [...Object.values(routes), unsure, failed];
}

function templatesOf(account: AccountShape, shape: FileShape, folder: string, texts: ReadonlyMap<string, string>) {
  const paths = waysOf(account, shape).flatMap(({ reply }) => (reply === undefined ? [] : [resolve(folder, reply)]));
  return new Map(paths.map((path) => [path, texts.get(path) ?? '']));
}

function actionsOf(way: ActionsShape, folder: string): RouteActions {
  return {
    move: way.move ?? null,
    labels: way.label ?? [],
    flag: way.flag ?? false,
    seen: way.seen ?? false,
    keep: way.keep ?? false,
    sends: sendsOf(way, folder),
  };
}

function mapOf<T, U>(values: Readonly<Record<string, T>>, to: (value: T, name: string) => U): Map<string, U> {
  return new Map(Object.entries(values).map(([name, value]) => [name, to(value, name)]));
}

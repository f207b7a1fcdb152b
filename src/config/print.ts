import type { Route, RouteActions } from '../triage/policy.ts';
import { actionWords } from '../triage/words.ts';
import type {
  AccountConfig,
  ClassifierConfig,
  Config,
  ConsoleConfig,
  LlmConfig,
  MetricsConfig,
  ServiceConfig,
} from './config.ts';
import { alertsText, type SendingConfig, sendingText, smtpText } from './sending.ts';
import { durationText } from './values.ts';

type Plain = Record<string, unknown>;

/**
 * The configuration in force in the file's own words: nothing inherited, nothing left out, and of secrets only where
 * they are. Read as a file, it means the same.
 */
export function effective(config: Config): Plain {
  return {
    state: config.state,
    classifier: classifierText(config.classifier),
    body: { ...config.body },
    accounts: plain(config.accounts, accountText),
    ...(config.alerts === null ? {} : { alerts: alertsText(config.alerts) }),
    privacy: { subjects: [...config.accounts.values()].some(({ sending }) => sending.subjects) },
    console: consoleText(config.console),
    metrics: metricsText(config.metrics),
    ...(config.seal === null ? {} : { seal: config.seal.source }),
    target_precision: config.targetPrecision,
    service: serviceText(config.service),
  };
}

function classifierText(classifier: ClassifierConfig): Plain {
  const { endpoint, rate } = classifier;
  return {
    ...(endpoint === null ? {} : { url: endpoint.url, headers: plain(endpoint.headers, ({ source }) => source) }),
    concurrency: classifier.concurrency,
    ...(rate === null ? {} : { rate: { requests: rate.requests, per: durationText(rate.per) } }),
    pending: classifier.pending,
    deadline: durationText(classifier.deadline),
    words: { ...classifier.words },
    metadata: classifier.metadata,
  };
}

function accountText(account: AccountConfig): Plain {
  const { policy, classifier } = account;
  return {
    host: account.host,
    port: account.port,
    tls: account.tls,
    user: account.user,
    ...(account.aliases.length === 0 ? {} : { aliases: [...account.aliases] }),
    ...loginText(account),
    folders: [...account.folders],
    since: typeof account.since === 'number' ? new Date(account.since).toISOString() : account.since,
    resort: account.resort,
    mode: policy.mode,
    threshold: policy.threshold,
    threads: policy.threads,
    routes: plain(policy.routes, (route) => routeText(route, account.sending)),
    unsure: wayText(policy.unsure, account.sending),
    failed: wayText(policy.failed, account.sending),
    ...(account.sending.smtp === null ? {} : { smtp: smtpText(account.sending.smtp) }),
    ...(classifier === null
      ? {}
      : {
          classifier: {
            company: classifier.company,
            orchestrator: classifier.orchestrator,
            ...(classifier.token === null ? {} : { token: classifier.token.source }),
          },
        }),
  };
}

function loginText({ name, user, login }: AccountConfig): Plain {
  if (login.by === 'password') return { password: login.password.source };
  const { provider, clientId, clientSecret, grant, of, who } = login;
  if (of !== name) return { oauth: { as: of } };
  const { kind, ...rest } = provider;
  const known = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
  return {
    oauth: {
      ...(kind === 'other' ? {} : { provider: kind }),
      ...known,
      client_id: clientId,
      ...(clientSecret === null ? {} : { client_secret: clientSecret.source }),
      grant,
      ...(who === user ? {} : { login: who }),
    },
  };
}

/** A route as it stands in a file, with nothing inherited. */
export function routeText(route: Route, sending: Pick<SendingConfig, 'hooks'>): Plain {
  return { ...wayText(route, sending), threshold: route.threshold, mode: route.mode };
}

function wayText(way: RouteActions, sending: Pick<SendingConfig, 'hooks'>): Plain {
  return {
    ...(way.move === null ? {} : { move: way.move }),
    ...(way.labels.length === 0 ? {} : { label: [...way.labels] }),
    ...(way.flag ? { flag: true } : {}),
    ...(way.seen ? { seen: true } : {}),
    ...(way.keep ? { keep: true } : {}),
    ...sendingText(way.sends, sending),
  };
}

function consoleText(console: ConsoleConfig | null): Plain {
  if (console === null) return { listen: 'off' };
  const { listen, host, token, trustProxy } = console;
  return {
    listen: addressText(listen),
    ...(host === null ? {} : { host }),
    ...(token === null ? {} : { token: token.source }),
    trust_proxy: trustProxy,
  };
}

function metricsText(metrics: MetricsConfig | null): Plain {
  if (metrics === null) return { listen: 'off' };
  const { listen, token } = metrics;
  return { listen: addressText(listen), ...(token === null ? {} : { token: token.source }) };
}

function addressText({ host, port }: { readonly host: string; readonly port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function serviceText({ listen, retention, metricsToken, companies }: ServiceConfig): Plain {
  return {
    listen: addressText(listen),
    retention: durationText(retention),
    ...(metricsToken === null ? {} : { metrics: { token: metricsToken.source } }),
    companies: plain(companies, ({ tokens, orchestrators }) => ({
      tokens: tokens.map(({ source }) => source),
      orchestrators: plain(orchestrators, ({ engine, labels }) => ({
        engine: engine.kind,
        labels: plain(labels, (text) => text),
        ...(engine.kind === 'llm' || engine.model === null ? {} : { model: engine.model }),
        ...(engine.kind === 'linear' ? {} : { llm: llmText(engine.llm) }),
        ...(engine.kind === 'cascade' ? { below: engine.below } : {}),
      })),
    })),
  };
}

function llmText({ token, timeout, rate, budget, ...rest }: LlmConfig): Plain {
  return {
    ...rest,
    ...(token === null ? {} : { token: token.source }),
    timeout: durationText(timeout),
    ...(rate === null ? {} : { rate: { requests: rate.requests, per: durationText(rate.per) } }),
    ...(budget === null ? {} : { budget }),
  };
}

function plain<T>(values: ReadonlyMap<string, T>, to: (value: T) => unknown): Plain {
  return Object.fromEntries([...values].map(([name, value]) => [name, to(value)]));
}

/** One line for a person: what is done to a message that goes this way. */
export function wayInWords(way: RouteActions): string {
  const words = [
    way.move === null ? [] : [`move to ${way.move}`],
    way.labels.length === 0 ? [] : [`label ${way.labels.join(', ')}`],
    way.flag ? ['flag'] : [],
    way.seen ? ['mark as read'] : [],
    way.sends.map(actionWords),
  ].flat();
  return words.length === 0 ? 'leave where it is' : words.join('; ');
}

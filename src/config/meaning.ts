import { isLoopback } from '../base/here.ts';
import { limits } from '../base/limits.ts';
import { isKeyword } from '../triage/policy.ts';
import { type Parts, partsOf } from './parts.ts';
import { type Found, type Path, quoted } from './problems.ts';
import type { AccountShape, ActionsShape, ClassifierShape, ConsoleShape, OrchestratorShape } from './schema.ts';
import { flawsOfSending } from './sending.ts';
import { sendingMeaning } from './sending-meaning.ts';
import { labelAllowed, secretAllowed } from './values.ts';

/** For whom a configuration is read: what it must hold, and which of its secrets are opened. */
export type Purpose =
  /** The gateway: at least one account; secrets of accounts and classifier. */
  | 'run'
  /** The service alone: at least one company; its tokens. */
  | 'serve'
  /** Either of them; every secret. */
  | 'check'
  /** A command that only wants to know a setting: no secret. */
  | 'read';

/** What concerns more than one key. `problems` forbid a start, `warnings` are said once. */
export interface Meaning {
  readonly problems: readonly Found[];
  readonly warnings: readonly Found[];
}

/**
 * Looks at those parts whose shape is right, so that all errors of a file are told at once: an account with a
 * misspelt key does not hide what is wrong with the route beside it.
 */
export function meaningOf(raw: unknown, purpose: Purpose): Meaning {
  const file = partsOf(raw);
  const problems: Found[] = [];
  const warnings: Found[] = [];
  const wrong = (path: Path, text: string, at: 'key' | 'value' = 'key') => problems.push({ path, text, at });
  const doubtful = (path: Path, text: string) => warnings.push({ path, text, at: 'key' });

  for (const [path, actions] of file.ways) {
    problems.push(...flawsOfWay(path, actions));
    const own = path[0] === 'accounts' ? [file.accounts.get(String(path[1]))] : [...file.accounts.values()];
    if (!own.some((account) => account !== undefined && mayBeGmail(account)))
      problems.push(...noKeywords(path, actions));
  }
  problems.push(...sendingMeaning(file));

  for (const [name, account] of file.accounts) {
    const path = ['accounts', name];
    if (account.tls === 'none' && !isLoopback(account.host)) {
      wrong(
        [...path, 'tls'],
        `found "none" with the host ${quoted(account.host)}; allowed: "implicit" or "starttls", since a password in clear text stays on this machine (localhost, 127.0.0.1, ::1)`,
      );
    }
    for (const { key, text } of flawsOfLogin(name, account, file)) wrong([...path, ...key], text);
    twice(account.folders, (folder, index) =>
      wrong([...path, 'folders', index], `found ${quoted(folder)} a second time; allowed: each folder once`),
    );
  }
  for (const name of file.noLogin) {
    wrong(
      ['accounts', name, 'password'],
      `missing; needed: ${secretAllowed}; or oauth, where the server takes no password`,
    );
  }
  for (const { path, text } of sharedFolders(file.accounts)) wrong(path, text);

  const { classifier } = file;
  if (classifier !== null) {
    const { words } = classifier;
    if (words.low > words.medium || words.medium > words.high) {
      wrong(['classifier', 'words'], 'found low, medium and high out of order; allowed: low <= medium <= high');
    }
    if (classifier.url === undefined) problems.push(...needlessWithoutUrl(classifier, file.accounts));
    else {
      problems.push(...missingWithUrl(classifier, file.accounts));
      if (inClear(classifier.url)) {
        doubtful(
          ['classifier', 'url'],
          'mail and token cross the network in clear text; https keeps them to yourselves',
        );
      }
    }
  }

  for (const [name, account] of file.accounts) {
    const own = account.routes !== undefined;
    const base = own ? ['accounts', name, 'routes'] : ['routes'];
    const routes = own ? file.routesOf(name) : file.routes;
    const only = account.folders.length === 1 ? account.folders[0] : undefined;
    for (const [className, route] of routes) {
      if (route.move !== undefined && route.move === only) {
        wrong(
          [...base, className, 'move'],
          `found ${quoted(route.move)}, where account ${name} finds its mail; allowed: another folder, or keep: true to leave it there`,
        );
      }
      if (route.mode === 'act' && (account.mode ?? file.mode) === 'observe') {
        doubtful(
          [...base, className, 'mode'],
          `account ${name} observes, so this route does too: a route may be more careful than its account, never less`,
        );
      }
    }
    const none = own ? Object.keys(account.routes ?? {}).length === 0 : file.noRoutes;
    if (none && classifier !== null && classifier.url === undefined) {
      wrong(
        base,
        `no route, and the service inside siftd learns from the routes' folders; needed: at least two routes, such as refund_request: {move: Support/Refunds}`,
      );
    }
  }

  for (const [path, orchestrator] of file.orchestrators) {
    problems.push(...flawsOfEngine(path, orchestrator));
    const { llm } = orchestrator;
    if (llm !== undefined && inClear(llm.url)) {
      doubtful(
        [...path, 'llm', 'url'],
        'mail and token cross the network in clear text; https keeps them to yourselves',
      );
    }
  }

  if (file.console !== null) {
    const { problems: flaws, warnings: doubts } = consoleMeaning(file.console);
    problems.push(...flaws);
    warnings.push(...doubts);
  }

  switch (purpose) {
    case 'run':
      if (file.noAccounts) wrong(['accounts'], 'missing; needed: at least one account to watch');
      break;
    case 'serve':
      if (file.noCompanies) wrong(['service', 'companies'], 'missing; needed: at least one company to answer');
      break;
    case 'check':
      if (file.noAccounts && file.noCompanies) {
        wrong(['accounts'], 'missing; needed: at least one account to watch, or one company under service to answer');
      }
      break;
    case 'read':
      break;
  }
  return { problems: once(problems), warnings: once(warnings) };
}

/* ---- ways: routes, unsure, failed ---- */

const actionKeys = 'move, label, flag: true, seen: true, forward, reply, webhook or keep: true';

function flawsOfWay(path: Path, way: ActionsShape): Found[] {
  const found: Found[] = [];
  const labels = way.label ?? [];
  const others = [
    way.move === undefined ? [] : ['move'],
    labels.length === 0 ? [] : ['label'],
    way.flag === true ? ['flag'] : [],
    way.seen === true ? ['seen'] : [],
    (['forward', 'reply', 'webhook'] as const).filter((key) => way[key] !== undefined),
  ].flat();
  for (const { key, text } of flawsOfSending(way)) found.push({ path: [...path, key], at: 'key', text });
  if (others.length === 0 && way.keep !== true) {
    found.push({ path, at: 'key', text: `found nothing to do; needed: ${actionKeys}` });
  }
  if (others.length > 0 && way.keep === true) {
    found.push({
      path: [...path, 'keep'],
      at: 'key',
      text: `found beside ${others.join(', ')}; allowed: keep: true alone (without "move" a message stays where it is)`,
    });
  }
  twice(
    labels.map((label) => label.toLowerCase()),
    (_label, index) =>
      found.push({
        path: [...path, 'label', index],
        at: 'value',
        text: `found ${quoted(labels[index] ?? '')} a second time; allowed: each label once, in any case`,
      }),
  );
  return found;
}

function noKeywords(path: Path, { label: labels = [] }: ActionsShape): Found[] {
  return labels.flatMap((label, index): Found[] =>
    isKeyword(label) && label.length <= limits.config.label
      ? []
      : [{ path: [...path, 'label', index], at: 'value', text: `found ${quoted(label)}; allowed: ${labelAllowed}` }],
  );
}

/** Through a proxy of this machine it may be anybody's. */
function mayBeGmail({ host }: AccountShape): boolean {
  return /(^|\.)(gmail|googlemail)\.com$/i.test(host) || isLoopback(host);
}

/* ---- accounts ---- */

interface Flaw {
  readonly key: readonly string[];
  readonly text: string;
}

function flawsOfLogin(name: string, { password, oauth }: AccountShape, { accounts, noSeal }: Parts): Flaw[] {
  if (oauth === undefined) return [];
  const found: Flaw[] = [];
  const wrong = (key: string, text: string) => found.push({ key: ['oauth', key], text });
  if (password !== undefined) found.push({ key: ['password'], text: 'found beside oauth; allowed: one of the two' });
  const { provider, grant, as: owner } = oauth;
  if (owner !== undefined) {
    const { as: _, grant: __, ...beside } = oauth;
    const more = Object.keys(beside);
    if (more.length > 0) wrong('as', `found beside ${more.join(', ')}; allowed: as: ${owner} alone`);
    const other = owner === name ? undefined : accounts.get(owner)?.oauth;
    if (other === undefined || other.as !== undefined)
      wrong('as', `found ${quoted(owner)}; allowed: the name of another account with an oauth of its own`);
    return found;
  }
  if (oauth.client_id === undefined) wrong('client_id', "missing; needed: the application's id at the provider");
  for (const key of ['authorization', 'device', 'token'] as const) {
    const url = oauth[key];
    if (url !== undefined && inClear(url))
      wrong(
        key,
        `found ${quoted(url)}; allowed: https, since who listens on the way could open the mailbox (http to this machine alone)`,
      );
  }
  const endpoints = ['authorization', 'device', 'token', 'scope'] as const;
  if (provider === undefined) {
    for (const key of ['token', 'scope'] as const) {
      if (oauth[key] === undefined) wrong(key, 'missing; needed where provider is neither google nor microsoft');
    }
    if (grant === 'person' && oauth.authorization === undefined && oauth.device === undefined) {
      wrong('authorization', 'missing; needed, or device, for a person to consent');
    }
  } else {
    for (const key of endpoints) {
      if (oauth[key] !== undefined)
        wrong(key, `found with provider: ${provider}, whose endpoints are known; allowed: without provider`);
    }
  }
  if (oauth.tenant !== undefined && provider !== 'microsoft')
    wrong('tenant', 'found; allowed: with provider: microsoft');
  if (grant === 'person' && noSeal) {
    wrong(
      'grant',
      'person: seal is missing; needed: a secret at the top of the file that seals what people consented to, such as seal: {credential: siftd-seal}',
    );
  }
  if (grant === 'application') {
    if (provider === 'google') wrong('grant', 'application: Google has no such login for mail; allowed: person');
    if (provider === 'microsoft' && oauth.tenant === undefined)
      wrong('tenant', "missing; needed with grant: application: the directory's id or domain");
    if (oauth.client_secret === undefined) wrong('client_secret', 'missing; needed with grant: application');
  }
  return found;
}

/** Two accounts on one folder of one mailbox would each take the other's moves for a person's. */
function sharedFolders(accounts: ReadonlyMap<string, AccountShape>): { path: Path; text: string }[] {
  const holders = new Map<string, string>();
  const found: { path: Path; text: string }[] = [];
  for (const [name, { host, user, folders }] of accounts) {
    for (const folder of new Set(folders)) {
      const mailbox = JSON.stringify([host.toLowerCase(), user, folder]);
      const holder = holders.get(mailbox);
      if (holder === undefined) holders.set(mailbox, name);
      else {
        found.push({
          path: ['accounts', name],
          text: `found the mailbox of account ${holder} with ${quoted(folder)} watched in both; allowed: one account for each watched folder`,
        });
      }
    }
  }
  return found;
}

/** Whether what is sent there can be read on the way. */
function inClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

/* ---- the console ---- */

/** On this machine a made token is enough, and its names are known; whoever comes from elsewhere needs both written down. */
function consoleMeaning({ listen, host, token, trust_proxy }: ConsoleShape): Meaning {
  if (listen === 'off') return { problems: [], warnings: [] };
  const problems: Found[] = [];
  const warnings: Found[] = [];
  const at = (key: string, text: string): Found => ({ path: ['console', key], at: 'key', text });
  const elsewhere = !isLoopback(listen.host);
  const everywhere = listen.host === '0.0.0.0' || /^[0:]*::?[0:]*$/.test(listen.host);
  if (elsewhere && token === undefined) {
    problems.push(
      at('token', 'missing; needed where it listens to more than this machine: a secret, such as {env: CONSOLE_TOKEN}'),
    );
  }
  if ((everywhere || trust_proxy) && host === undefined) {
    const where = trust_proxy ? 'behind a proxy' : 'where it listens on every address';
    problems.push(at('host', `missing; needed ${where}: the name by which browsers reach it`));
  }
  if (elsewhere && !trust_proxy) {
    warnings.push(
      at(
        'listen',
        'token and mail cross the network in clear text; a reverse proxy with TLS and trust_proxy: true keep them to yourselves',
      ),
    );
  }
  return { problems, warnings };
}

/* ---- the service's engines ---- */

function flawsOfEngine(path: Path, { engine, labels, model, llm, below }: OrchestratorShape): Found[] {
  const found: Found[] = [];
  const wrong = (key: string, text: string) => found.push({ path: [...path, key], at: 'key', text });
  if (engine === 'linear') {
    if (llm !== undefined) wrong('llm', 'found with engine: linear; allowed: with engine: llm or cascade');
  } else {
    if (llm === undefined) wrong('llm', `missing; needed with engine: ${engine}: its url and model`);
    if (Object.keys(labels).length < 2) {
      wrong('labels', `needed with engine: ${engine}: at least two classes, each with what it is about`);
    }
  }
  if (engine === 'llm' && model !== undefined) {
    wrong('model', 'found with engine: llm, whose model is llm.model; allowed: with engine: linear or cascade');
  }
  if (engine !== 'cascade' && below !== undefined) {
    wrong('below', `found with engine: ${engine}; allowed: with engine: cascade`);
  }
  return found;
}

/* ---- the classifier, and what accounts say of it ---- */

const onlyWithUrl = 'found without classifier.url; allowed: only with the url of an API';

function needlessWithoutUrl(classifier: ClassifierShape, accounts: ReadonlyMap<string, AccountShape>): Found[] {
  const found: Found[] = [];
  for (const key of ['company', 'orchestrator', 'token'] as const) {
    if (classifier[key] !== undefined) found.push({ path: ['classifier', key], at: 'key', text: onlyWithUrl });
  }
  if (Object.keys(classifier.headers).length > 0) {
    found.push({ path: ['classifier', 'headers'], at: 'key', text: onlyWithUrl });
  }
  for (const [name, account] of accounts) {
    if (account.classifier !== undefined) {
      found.push({ path: ['accounts', name, 'classifier'], at: 'key', text: onlyWithUrl });
    }
  }
  return found;
}

function missingWithUrl(classifier: ClassifierShape, accounts: ReadonlyMap<string, AccountShape>): Found[] {
  const found: Found[] = [];
  const needs = [
    ['company', "the company's id"],
    ['orchestrator', "the orchestrator's id"],
    ['token', 'a token such as {env: CLASSIFIER_TOKEN}, or headers'],
  ] as const;
  for (const [key, needed] of needs) {
    if (classifier[key] !== undefined) continue;
    if (key === 'token' && Object.keys(classifier.headers).length > 0) continue;
    const without = [...accounts].filter(([, account]) => account.classifier?.[key] === undefined);
    if (without.length === 0) continue;
    // Where no account has its own, the common section is where it was forgotten.
    if (without.length === accounts.size) {
      found.push({ path: ['classifier', key], at: 'key', text: `missing; needed with a url: ${needed}` });
    } else {
      for (const [name] of without) {
        const text = `missing here and in classifier; needed with a url: ${needed}`;
        found.push({ path: ['accounts', name, 'classifier', key], at: 'key', text });
      }
    }
  }
  const both = classifier.token === undefined ? [] : ['classifier'];
  const header = Object.keys(classifier.headers).find((name) => name.toLowerCase() === 'authorization');
  if (both.length > 0 && header !== undefined) {
    const text = 'found beside classifier.token, which is sent as this header; allowed: one of the two';
    found.push({ path: ['classifier', 'headers', header], at: 'key', text });
  }
  twice(
    Object.keys(classifier.headers).map((name) => name.toLowerCase()),
    (_name, index) => {
      const name = Object.keys(classifier.headers)[index] ?? '';
      const text = 'found a second time; allowed: each header once, in any case';
      found.push({ path: ['classifier', 'headers', name], at: 'key', text });
    },
  );
  return found;
}

function twice(values: readonly string[], report: (value: string, index: number) => void): void {
  const seen = new Set<string>();
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) report(value, index);
    seen.add(value);
  }
}

/** A route that several accounts inherit is told of once. */
function once(found: readonly Found[]): Found[] {
  const told = new Set<string>();
  return found.filter(({ path, text }) => {
    const key = JSON.stringify([path, text]);
    return !told.has(key) && told.add(key);
  });
}

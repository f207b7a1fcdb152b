import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import PQueue from 'p-queue';
import { createClassifier } from '../api/client.ts';
import type { Keyring } from '../auth/keyring.ts';
import { overNetwork } from '../base/ask.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { schemaOf } from '../base/sqlite.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { type Examined, examineConfig } from '../config/load.ts';
import type { Secret } from '../config/secrets.ts';
import { type Check, doubtful, type Group, untried } from '../doctor/check.ts';
import { type Asked, askOnce, type ModelFacts, modelChecks } from '../doctor/classifier.ts';
import { fileChecks, noFile } from '../doctor/file.ts';
import {
  daemonCheck,
  diskCheck,
  type Holder,
  type JournalFacts,
  journalCheck,
  type Standing,
  type StateFacts,
  standingCheck,
  stateCheck,
} from '../doctor/machine.ts';
import { smtpCheck, visit } from '../doctor/mailbox.ts';
import { unitChecks } from '../doctor/unit.ts';
import { loadModel } from '../engine/modelfile.ts';
import type { Account } from '../imap/connect.ts';
import { inspect, presented } from '../imap/inspect.ts';
import { migrations as ofQueue } from '../server/processes.ts';
import { lockHolder } from '../store/lock.ts';
import { migrations as ofJournal } from '../store/migrations.ts';
import { openStore } from '../store/store.ts';
import { printed } from './check.ts';
import { addressId, apiOf, imapOf } from './edges.ts';
import { modelId, modelPath } from './embedded.ts';
import { modelFile } from './engines.ts';
import { keyringOf } from './mailboxes.ts';
import { postOf } from './posts.ts';
import { environmentOf, lookup, scratchName, unitFacts, unitOf } from './surroundings.ts';

export interface CheckupOptions {
  /** What `-c` named. */
  readonly file?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** By default the unit that would run this file. */
  readonly unit?: string | undefined;
  /** Whether a folder may be made in each mailbox for a moment. */
  readonly write: boolean;
  /** The configuration that a daemon has in force, as `siftd check --print` shows it. */
  readonly inForce?: string;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
  /** For tests: whom TLS trusts. */
  readonly tlsOptions?: Account['tlsOptions'];
}

/**
 * Looks at everything, beside a running daemon or without one, takes no lock and writes nothing but what `write` allows. Each
 * group comes when it is done, in the order in which they are told.
 */
export async function checkup(options: CheckupOptions): Promise<readonly Promise<Group>[]> {
  const { env: given = process.env, clock = systemClock } = options;
  const unit = await unitFacts(options.unit ?? unitOf(options.file));
  const env = environmentOf(given, unit, options.file);
  const name = 'configuration';
  let examined: Examined;
  try {
    examined = examineConfig({ file: options.file, purpose: 'check', env });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [group(name, noFile(error.message)), group('this machine', unitChecks(unit, []))];
  }
  const { config } = examined;
  const credentials = examined.secrets.flatMap(({ source }) => ('credential' in source ? [source.credential] : []));
  const file = group(name, [...fileChecks(examined), ...(config === null ? [] : changed(config, options.inForce))]);
  const units = unitChecks(unit, [...new Set(credentials)]);
  if (config === null) {
    const lacking = untried('state-folder', 'no configuration that can be read');
    return [file, group('this machine', [lacking, ...units])];
  }
  const state = stateOf(config);
  const holder = holderOf(config.state);
  const queue = new PQueue({ concurrency: limits.doctor.accounts });
  const standings = holder === null ? new Map<string, Standing>() : standingsOf(config);
  const parts = { ...options, clock, keyring: keyringOf(() => config, clock) };
  return [
    file,
    group('this machine', [stateCheck(state), diskCheck(state), ...journalChecks(config, state, holder), ...units]),
    ...classifiers(config, parts).map((checks) => queue.add(() => group('classifier', checks()))),
    ...[...config.accounts.values()].map((account) =>
      queue.add(async () => {
        const standing = standings.get(account.name) ?? null;
        const seen = await look(account, parts);
        const sends = await handing(config, account, parts);
        return group(
          `account ${account.name}`,
          [...seen, ...sends, standingCheck(holder, standing, clock.date())],
          account.name,
        );
      }),
    ),
  ];
}

async function group(
  name: string,
  checks: readonly Check[] | Promise<readonly Check[]>,
  account: string | null = null,
) {
  return { name, account, checks: await checks };
}

function changed(config: Config, inForce: string | undefined): Check[] {
  if (inForce === undefined || inForce === printed(config)) return [];
  const detail = `${config.file} was changed since siftd started: what follows is of the file as it is now`;
  return [doubtful('configuration', detail, 'restart siftd', 'in force')];
}

type Parts = CheckupOptions & { readonly clock: Clock; readonly keyring: Keyring };

function look(account: AccountConfig, { clock, signal, write, tlsOptions, keyring }: Parts): Promise<Check[]> {
  const address = (): Account => ({ ...imapOf(account, keyring), tlsOptions });
  return visit({
    account,
    clock,
    scratch: write ? scratchName() : null,
    way: {
      lookup: (host) => lookup(host, clock),
      presented: () => presented({ ...account, tlsOptions }, clock),
      inspect: isKnown(account.login) ? () => inspect(address(), { signal, clock }) : null,
    },
  });
}

/** Where its mail is handed in, if anywhere. */
async function handing(config: Config, account: AccountConfig, { keyring, clock, signal }: Parts): Promise<Check[]> {
  const { smtp } = account.sending;
  if (smtp === null) return [];
  const known = smtp.login === 'account' ? isKnown(account.login) : smtp.login === 'none' || smtp.login.known;
  if (!known) return [untried('smtp', 'its password could not be read')];
  const post = postOf(config, account.name, keyring, clock);
  const greeted = await post.greet(signal);
  post.close();
  return greeted === null ? [] : [smtpCheck(account, greeted)];
}

/** Nothing is tried without what it takes to log in: a login that must fail counts against the account. */
function isKnown(login: AccountConfig['login']): boolean {
  return login.by === 'password' ? login.password.known : (login.clientSecret?.known ?? true);
}

function stateOf({ state: folder }: Config): StateFacts {
  try {
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat === undefined) {
      const above = existing(dirname(folder));
      return { folder, is: 'missing', refused: refusedAt(above), mode: null, free: freeAt(above) };
    }
    const is = stat.isDirectory() ? 'folder' : 'something else';
    return { folder, is, refused: refusedAt(folder), mode: stat.mode & 0o777, free: freeAt(folder) };
  } catch (error) {
    return { folder, is: 'missing', refused: codeOf(error), mode: null, free: null };
  }
}

function existing(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? existing(dirname(folder)) : folder;
}

function refusedAt(folder: string): string | null {
  try {
    if (!statSync(folder).isDirectory()) return 'ENOTDIR';
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be looked at';
}

function freeAt(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function holderOf(folder: string): Holder {
  try {
    const pid = lockHolder(folder);
    return pid === undefined ? 'unknown' : pid === null ? null : { pid };
  } catch {
    return null;
  }
}

function journalChecks(config: Config, { refused, is }: StateFacts, holder: Holder): Check[] {
  const { state, accounts, classifier, service } = config;
  if (refused !== null || is === 'something else') return [untried('journal', 'no state folder')];
  const serves = join('serve', 'service.db');
  const wanted = [
    ...(accounts.size > 0 ? [{ file: 'siftd.db', ours: ofJournal.length }] : []),
    ...(accounts.size > 0 && classifier.endpoint === null ? [{ file: 'service.db', ours: ofQueue.length }] : []),
    ...(service.companies.size > 0 ? [{ file: serves, ours: ofQueue.length }] : []),
  ];
  const facts = wanted.map(({ file, ours }): JournalFacts => {
    try {
      return { file, ours, ...schemaOf(join(state, file)) };
    } catch (error) {
      return { file, ours, version: null, fault: `it cannot be looked at (${codeOf(error)})` };
    }
  });
  const before = (file: string) => {
    const fact = facts.find((one) => one.file === file);
    if (fact === undefined || (fact.version === null && fact.fault === null)) return 'never';
    return fact.fault === null && Number(fact.version) <= fact.ours ? 'once' : 'refused';
  };
  return [
    ...facts.map(journalCheck),
    ...(accounts.size > 0 ? [daemonCheck('siftd run', holder, before('siftd.db'))] : []),
    ...(service.companies.size > 0 ? [daemonCheck('siftd serve', holderOf(join(state, 'serve')), before(serves))] : []),
  ];
}

/** What the daemon wrote down of the accounts; nothing where its journal cannot be read. */
function standingsOf({ state, accounts }: Config): Map<string, Standing> {
  const standings = new Map<string, Standing>();
  try {
    const store = openStore(join(state, 'siftd.db'), { readonly: true });
    try {
      for (const [name, { note, folders }] of Object.entries(store.overview().accounts)) {
        if (note === null) continue;
        // Folders that are not watched any more are not read either.
        const read = (accounts.get(name)?.folders ?? []).map((folder) => folders[folder]?.syncedAt ?? null);
        const times = read.filter((at) => at !== null);
        standings.set(name, { ...note, readAt: times.length === 0 ? null : Math.min(...times) });
      }
    } finally {
      store.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return standings;
}

/** What answers: each API that is asked once, or each model of the service inside siftd, and those of `siftd serve`. */
function classifiers(config: Config, parts: Parts): (() => Check[] | Promise<Check[]>)[] {
  const accounts = [...config.accounts.values()];
  const remote = config.classifier.endpoint !== null;
  const asking = new Map<string, AccountConfig[]>();
  for (const account of accounts) {
    const id = remote ? addressId(account) : modelId(account.policy);
    asking.set(id, [...(asking.get(id) ?? []), account]);
  }
  const ofAccounts = [...asking].map(([id, askers]) => {
    if (remote) return () => askOnce(askedOf(config, askers, parts));
    const routes = [...new Set(askers.flatMap(({ policy }) => [...policy.routes.keys()]))];
    return () =>
      modelChecks(
        modelFacts(modelPath(config.state, id)),
        askers.map(({ name }) => name),
        routes,
      );
  });
  const served = [...config.service.companies].flatMap(([company, { orchestrators }]) =>
    [...orchestrators].map(([orchestrator, { engine, labels }]) => () => {
      const path = modelFile(config, { company, orchestrator });
      const whose = [`${company} ${orchestrator}`];
      const asks =
        engine.kind === 'linear'
          ? []
          : [untried('answer', `${engine.llm.model} at ${engine.llm.url} is not asked: that costs tokens`, whose[0])];
      return [...(path === null ? [] : modelChecks(modelFacts(path), whose, [...labels.keys()])), ...asks];
    }),
  );
  return [...ofAccounts, ...served];
}

function modelFacts(path: string): ModelFacts {
  const model = loadModel(path);
  if (!model.ok) {
    const { code, message: why } = model.fault;
    return code === 'model-missing' ? { state: 'missing' } : { state: 'damaged', why };
  }
  const { version, labels } = model.value;
  const answer = model.value.classify({ subject: 'a test message', body: 'I would like my money back.' });
  return { state: 'there', version, labels, answer };
}

function askedOf(config: Config, askers: readonly AccountConfig[], { clock, signal }: Parts): Asked {
  const [first] = askers;
  const { endpoint } = config.classifier;
  if (first === undefined || endpoint === null) throw new Error('nobody asks this API');
  let ahead: number | null = null;
  const dated = async (...request: Parameters<typeof overNetwork>) => {
    const response = await overNetwork(...request);
    const date = Date.parse(response.headers.get('date') ?? '');
    // It counts whole seconds: on the average half a one has passed.
    if (!Number.isNaN(date)) ahead = date + 500 - clock.date();
    return response;
  };
  const secrets: readonly (Secret | null | undefined)[] = [first.classifier?.token, ...endpoint.headers.values()];
  const known = secrets.every((secret) => secret?.known ?? true);
  const options = known ? apiOf(config, first, { fetch: dated, clock }) : null;
  const accounts = askers.map(({ name }) => name);
  return {
    server: new URL(endpoint.url).host,
    accounts,
    classifier: options === null ? null : createClassifier(options),
    ahead: () => ahead,
    clock,
    signal,
  };
}

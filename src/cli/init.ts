import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cancel, isCancel, log, multiselect, password, select, text } from '@clack/prompts';
import { Command, Option as Flag, InvalidArgumentError } from 'commander';
import { ok, reasonOf, UserError } from '../base/errors.ts';
import { parseConfig } from '../config/load.ts';
import { readSecret } from '../config/secrets.ts';
import type { SecretSource } from '../config/values.ts';
import { inspect } from '../imap/inspect.ts';
import { directory } from './directory.ts';
import { draftText } from './draft.ts';
import { wholeNumber } from './options.ts';
import { providers } from './providers.ts';
import { stopSignal } from './signals.ts';
import { type Ask, type Drawn, draw, type Wishes, type WizardParts } from './wizard.ts';

/** What flags say of a first configuration. */
export interface FirstOptions {
  readonly yes?: true;
  readonly provider?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: 'implicit' | 'starttls' | 'none';
  readonly user?: string;
  readonly account?: string;
  readonly passwordFile?: string;
  readonly passwordEnv?: string;
  readonly passwordCredential?: string;
  readonly clientId?: string;
  readonly clientSecretFile?: string;
  readonly tenant?: string;
  readonly route?: Readonly<Record<string, string>>;
  readonly url?: string;
  readonly company?: string;
  readonly orchestrator?: string;
  readonly tokenEnv?: string;
}

interface Options extends FirstOptions {
  readonly output: string;
}

/** `siftd init`: a first configuration, by questions or by flags. */
export function initCommand(): Command {
  const command = new Command('init')
    .description('make a first configuration: find the mailbox, try the login, propose routes from its folders')
    .argument('[address]', 'the address whose mail is to be sorted')
    .option('-o, --output <file>', 'the file to write', 'siftd.yaml');
  return withFirstOptions(command).action(async (address: string | undefined, options: Options) => {
    const file = resolve(options.output);
    refuseIfThere(file);
    const drawn = await drawFirst(address, options, { file, env: process.env });
    const written = write(file, drawn);
    const named = options.output === 'siftd.yaml' ? '' : ` -c ${options.output}`;
    process.stdout.write(
      [
        ...written.map((name) => `wrote ${name}`),
        '',
        'Next:',
        ...(drawn.draft.login.by === 'oauth'
          ? [`  siftd auth login ${drawn.draft.account}${named}     somebody consents to it`]
          : []),
        `  siftd doctor${named}     does all of it work?`,
        ...(drawn.draft.classifier === null
          ? [`  siftd train${named}      learn from these folders; says how good it is`]
          : []),
        `  siftd run${named}        it observes, until you write mode: act`,
        '',
      ].join('\n'),
    );
  });
}

/** Gives a command the flags that say what a first configuration is made of. */
export function withFirstOptions(command: Command): Command {
  return command
    .option('--yes', 'ask nothing: flags say it, or it is as proposed')
    .addOption(new Flag('--provider <name>', 'who keeps the mailbox').choices(Object.keys(providers)))
    .option('--host <host>', 'the IMAP server')
    .option('--port <number>', 'its port', wholeNumber(1, 65_535))
    .addOption(new Flag('--tls <kind>', 'with --host').choices(['implicit', 'starttls', 'none']))
    .option('--user <name>', 'the user name of the login (default: the address)')
    .option('--account <name>', 'what the account is called in siftd (default: what stands before the @)')
    .option('--password-file <file>', 'the password is in this file')
    .option('--password-env <name>', 'the password is in this environment variable')
    .option('--password-credential <name>', 'the password will be a credential of systemd; the login is not tried')
    .option('--client-id <id>', 'Gmail, Microsoft 365: the application that is let in by OAuth, instead of a password')
    .option('--client-secret-file <file>', 'with --client-id, where it has one: the secret is in this file')
    .option('--tenant <directory>', "with --client-id at Microsoft (default: the address's domain)")
    .option('--route <class=folder>', 'a route, once for each; without it the folders are proposed', routeIn)
    .option('--url <url>', 'a classification API; without it siftd learns by itself')
    .option('--company <id>', 'with --url')
    .option('--orchestrator <id>', 'with --url')
    .option('--token-env <name>', 'with --url: the environment variable of its token');
}

/** Asks what flags leave open, for a file that is to be written. Writes nothing. */
export async function drawFirst(
  address: string | undefined,
  options: FirstOptions,
  { file, env, keep }: { readonly file: string; readonly env: NodeJS.ProcessEnv } & Pick<WizardParts, 'keep'>,
): Promise<Drawn> {
  if (options.yes !== true && process.stdin.isTTY !== true) {
    throw new UserError('a first configuration is asked for, and there is no terminal: use --yes and flags', 2);
  }
  const signal = stopSignal(null);
  return await draw(wishesOf(address, options, file), {
    ask: options.yes === true ? null : terminal,
    directory,
    enter: async (login) => {
      const entered = await inspect({ name: options.account ?? 'new', ...login }, { signal });
      if (!entered.ok) return entered;
      const seen = await entered.value.seen();
      await entered.value.close();
      return seen.ok ? ok(seen.value) : seen;
    },
    read(source) {
      const read = readSecret(source, 'login', { env, folder: dirname(file) });
      return read.ok ? { value: read.secret.reveal() } : { why: read.why };
    },
    schema: fileURLToPath(new URL('../../config/siftd.schema.json', import.meta.url)),
    make: () => randomBytes(32).toString('base64'),
    ...(keep === undefined ? {} : { keep }),
  });
}

function wishesOf(address: string | undefined, options: FirstOptions, file: string): Wishes {
  const { provider, host, port, tls, user, account, route: routes, url, clientId, clientSecretFile, tenant } = options;
  return {
    ...{ address, provider, host, port, tls, user, account, routes, clientId, tenant },
    password: passwordOf(options, file),
    clientSecret: clientSecretFile === undefined ? undefined : fileSource(clientSecretFile, file),
    ...(url === undefined ? {} : { classifier: { url, ...classifierOf(options) } }),
  };
}

function passwordOf(
  { passwordFile, passwordEnv, passwordCredential }: FirstOptions,
  file: string,
): SecretSource | undefined {
  const given = [
    ...(passwordFile === undefined ? [] : [fileSource(passwordFile, file)]),
    ...(passwordEnv === undefined ? [] : [{ env: passwordEnv }]),
    ...(passwordCredential === undefined ? [] : [{ credential: passwordCredential }]),
  ];
  if (given.length > 1)
    throw new UserError('one password is enough: a file, an environment variable or a credential', 2);
  return given[0];
}

/** Relative to where it was typed; in the file, to the file. */
function fileSource(typed: string, file: string): SecretSource {
  const path = resolve(typed);
  return { file: dirname(path) === dirname(file) ? `./${basename(path)}` : path };
}

function classifierOf({ company, orchestrator, tokenEnv }: FirstOptions) {
  if (company === undefined || orchestrator === undefined || tokenEnv === undefined) {
    throw new UserError('--url goes with --company, --orchestrator and --token-env', 2);
  }
  return { company, orchestrator, token: { env: tokenEnv } };
}

function routeIn(text: string, before: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const [, name, folder] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || folder === undefined)
    throw new InvalidArgumentError('CLASS=FOLDER, such as refund_request=Support/Refunds');
  return { ...before, [name.trim()]: folder.trim() };
}

function refuseIfThere(file: string): void {
  if (existsSync(file))
    throw new UserError(`${file} is there already, and is never written over: -o FILE names another one`, 2);
}

/** The file, and the secrets beside it. All or nothing, and never over what is there. */
function write(file: string, { draft, secrets }: Drawn): string[] {
  const yaml = draftText(draft);
  const beside = secrets.flatMap(({ source, value }) =>
    'file' in source ? [{ path: resolve(dirname(file), source.file), value }] : [],
  );
  // What we write must be what siftd reads: a folder's name, say, could be none for it. A UserError names it.
  parseConfig(yaml, { name: basename(file), file, purpose: 'read', env: process.env });
  for (const { path } of beside) refuseIfThere(path);
  const made: string[] = [];
  const put = (path: string, text: string, mode: number) => {
    writeFileSync(path, text, { mode, flag: 'wx' });
    made.push(path);
  };
  try {
    for (const { path, value } of beside) put(path, `${value}\n`, 0o600);
    put(file, yaml, 0o644);
  } catch (error) {
    for (const path of made) rmSync(path, { force: true });
    throw new UserError(`cannot write ${file}: ${reasonOf(error)}`);
  }
  return [file, ...beside.map(({ path }) => `${path}, which you alone can read`)];
}

const terminal: Ask = {
  async text(message, initial = '', wrong = () => null) {
    const validate = (answer: string | undefined) =>
      answer?.trim() ? (wrong(answer.trim()) ?? undefined) : 'Something is needed here.';
    return given(await text({ message, initialValue: initial, validate })).trim();
  },
  async secret(message) {
    return given(await password({ message, validate: (answer) => (answer ? undefined : 'Something is needed here.') }));
  },
  async choose(message, options) {
    return given(await select({ message, options: [...options] }));
  },
  async several(message, options, chosen) {
    return given(await multiselect({ message, options: [...options], initialValues: [...chosen], required: false }));
  },
  say(words) {
    log.info(words);
  },
};

function given<T>(answer: T): Exclude<T, symbol> {
  if (!isCancel(answer)) return answer as Exclude<T, symbol>;
  cancel('Nothing was written.');
  throw new UserError('given up', 1);
}

import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { examineConfig, parseConfig } from '../config/load.ts';
import { problemText } from '../config/problems.ts';
import { readSecret } from '../config/secrets.ts';
import type { SecretSource } from '../config/values.ts';
import { type Draft, draftText } from './draft.ts';
import { drawFirst, type FirstOptions, withFirstOptions } from './init.ts';
import { credentialsFolder } from './surroundings.ts';
import { needRoot, systemctl, writeCredentials, writeUnits } from './units.ts';

interface Options extends FirstOptions {
  readonly start: boolean;
}

const config = '/etc/siftd/siftd.yaml';
const unit = 'siftd.service';
/** What the unit will have, and nothing else. */
const env = { CREDENTIALS_DIRECTORY: credentialsFolder, STATE_DIRECTORY: '/var/lib/siftd' };

/** `siftd install-service`: siftd as a service of systemd, from nothing to running. */
export function installCommand(): Command {
  const command = new Command('install-service')
    .description('as root: units, a first configuration if there is none, credentials; enable and start it')
    .argument('[address]', 'the address whose mail is to be sorted, where there is no configuration yet')
    .option('--no-start', 'enable it, and start nothing');
  return withFirstOptions(command).action(async (address: string | undefined, options: Options) => {
    needRoot('install-service');
    folder(dirname(config), 0o755);
    folder(credentialsFolder, 0o700);
    const first = existsSync(config) ? null : await firstConfig(address, options);
    const wrote = [...(first?.made ?? [])];
    const { problems, secrets } = examineConfig({ file: config, purpose: 'run', env });
    const asked = secrets.flatMap(({ source }) => ('credential' in source ? [source.credential] : []));
    wrote.push(...writeUnits(), ...writeCredentials([...new Set(asked)], credentialsFolder));
    await systemctl('daemon-reload');
    await systemctl('enable', unit);
    for (const file of wrote) console.log(`wrote ${file}`);
    const unread = secrets.flatMap(({ path, line, why }) => (why === null ? [] : [{ path, line, text: why }]));
    const wrong = [...problems, ...unread].map((problem) => problemText(config, problem));
    if (wrong.length > 0) {
      console.error(wrong.join('\n'));
      throw new UserError(
        `${unit} is enabled and was not started: put this right, then siftd install-service again`,
        2,
      );
    }
    console.log(`${unit} is enabled`);
    if (options.start) {
      console.log('starting it: it looks through the mailbox first');
      await systemctl('restart', unit).catch(() => {
        throw new UserError(`${unit} did not start: journalctl -u ${unit} -n 20 says why`);
      });
      console.log('it runs');
    }
    const { login, account } = first?.draft ?? {};
    console.log(
      next(login?.by === 'oauth' ? `\n  siftd auth login ${account}   somebody consents; until then it waits` : ''),
    );
  });
}

const next = (consent: string) => `
Next:${consent}
  siftd doctor            does all of it work?
  siftd status            how it fares; journalctl -u siftd has its log
  siftd report            in a week: what may act; then write mode: act into ${config}
`;

/** With these rights, whatever the umask of root's shell: the service's user reads the configuration, and root alone the secrets. */
function folder(path: string, mode: number): void {
  if (!existsSync(path)) mkdirSync(path);
  chmodSync(path, mode);
}

/** By questions or flags, as siftd init does it; but what is secret becomes a credential of the unit. */
async function firstConfig(
  address: string | undefined,
  options: Options,
): Promise<{ readonly draft: Draft; readonly made: readonly string[] }> {
  const { draft, secrets } = await drawFirst(address, options, {
    file: config,
    env: { ...process.env, ...env },
    keep: (name) => {
      const credential = name.replaceAll('.', '-');
      return { source: { credential }, where: join(credentialsFolder, credential) };
    },
  });
  const kept = new Map(
    secrets.flatMap(({ source, value }) => ('credential' in source ? [[source.credential, value] as const] : [])),
  );
  const keep = (source: SecretSource, name: string): SecretSource => {
    if ('credential' in source) return source;
    const read = readSecret(source, 'login', { env: process.env, folder: '/etc/siftd' });
    if (!read.ok) throw new UserError(read.why);
    kept.set(name, read.secret.reveal());
    return { credential: name };
  };
  const { account, classifier, login } = draft;
  const settled: Draft = {
    ...draft,
    login:
      login.by === 'password'
        ? { ...login, password: keep(login.password, `${account}-password`) }
        : { ...login, clientSecret: login.clientSecret && keep(login.clientSecret, `${account}-client-secret`) },
    classifier: classifier === null ? null : { ...classifier, token: keep(classifier.token, 'classifier-token') },
  };
  const text = draftText(settled);
  parseConfig(text, { name: config, file: config, purpose: 'read', env });
  const files = [...kept].map(([name, value]) => ({ path: join(credentialsFolder, name), value }));
  const taken = files.find(({ path }) => existsSync(path));
  if (taken !== undefined) {
    throw new UserError(`${taken.path} is there already, and is never written over: --password-credential uses it`, 2);
  }
  const made: string[] = [];
  const put = (path: string, value: string, mode: number) => {
    writeFileSync(path, value, { mode, flag: 'wx' });
    made.push(path);
    chmodSync(path, mode);
  };
  try {
    for (const { path, value } of files) put(path, `${value}\n`, 0o600);
    put(config, text, 0o644);
  } catch (error) {
    for (const path of made) rmSync(path);
    throw error;
  }
  return { draft: settled, made };
}

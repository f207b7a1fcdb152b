import { createInterface } from 'node:readline/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { Authority, Tokens } from '../auth/authority.ts';
import { systemClock } from '../base/clock.ts';
import { type Outcome, UserError } from '../base/errors.ts';
import { listen } from '../base/http.ts';
import { limits } from '../base/limits.ts';
import type { Config, OAuthLogin } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { authorityOf, mailboxesOf, withConsents } from './mailboxes.ts';
import { type ConfigOptions, printable, wholeNumber, withConfig } from './options.ts';
import { stopSignal } from './signals.ts';

interface LoginOptions extends ConfigOptions {
  readonly device?: true;
  readonly port: number;
}

/** `siftd auth`: people let siftd into mailboxes whose servers take no password. */
export function authCommand(): Command {
  const command = new Command('auth').description(
    'let siftd into a mailbox at Google or Microsoft, or any other by OAuth',
  );
  command.addCommand(loginCommand());
  command.addCommand(statusCommand());
  command.addCommand(logoutCommand());
  return command;
}

function loginCommand(): Command {
  return withConfig(new Command('login'))
    .description('ask for consent, in a browser or by a code on another device, and keep it')
    .argument('<account>', 'its short name in the configuration')
    .option('--device', 'by a code that is typed on another device, where the provider has such codes')
    .option('--port <port>', 'where the browser comes back to on this machine; 0: any', wholeNumber(0, 65_535), 0)
    .action(async (name: string, options: LoginOptions) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      const { login } = oauthOf(config, name);
      if (login.grant === 'application')
        throw new UserError(`${name} logs in by itself (grant: application): nobody has to consent`, 2);
      const signal = stopSignal(null);
      const authority = await authorityOf(login, systemClock);
      const tokens = await consent(authority, name, login.who, options, signal);
      if (!tokens.ok) throw new UserError(tokens.fault.message, tokens.fault.kind === 'temporary' ? 75 : 1);
      const { access, expiresAt, refresh } = tokens.value;
      if (refresh === null) {
        throw new UserError(
          `${authority.provider.name} gave no refresh token, and without one siftd is let in for an hour: ask for offline access in scope`,
        );
      }
      withConsents(config, (consents) => consents.put(name, { refresh, access, expiresAt }, systemClock.date()));
      console.log(`the consent is kept, sealed, in ${config.state}`);
      const session = await mailboxesOf(() => config, { clock: systemClock }).connect(name, signal);
      if (!session.ok) throw new UserError(`and yet the mailbox does not open: ${session.fault.message}`);
      await session.value.close();
      console.log(
        `the mailbox of ${name} opens; a siftd that waits for it tries again by itself, and at once by systemctl reload siftd`,
      );
    });
}

async function consent(
  authority: Authority,
  name: string,
  who: string,
  { device, port }: LoginOptions,
  signal: AbortSignal,
): Promise<Outcome<Tokens>> {
  const { provider } = authority;
  if (device !== true && provider.authorization !== null) return byBrowser(authority, who, port, signal);
  if (provider.device === null) {
    throw new UserError(`${provider.name} has no device codes for mail: siftd auth login ${name}`, 2);
  }
  const begun = await authority.beginDevice(signal);
  if (!begun.ok) return begun;
  const { at, complete, userCode } = begun.value;
  console.log(
    `Open ${printable(at)} and type ${printable(userCode)}${complete === null ? '' : ` (or open ${printable(complete)})`}`,
  );
  console.log(`Log in there as ${printable(who)}. Waiting.`);
  return authority.awaitDevice(begun.value, signal);
}

/**
 * RFC 8252 7.3: the browser comes back to this machine. One that runs on another comes to nothing there, and the address
 * that it shows then says the same.
 */
async function byBrowser(
  authority: Authority,
  who: string,
  port: number,
  signal: AbortSignal,
): Promise<Outcome<Tokens>> {
  const over = new AbortController();
  const stopped = AbortSignal.any([signal, over.signal]);
  let came: (url: URL) => void = () => {};
  const back = new Promise<URL>((resolve) => {
    came = resolve;
  });
  const server = await listen({
    host: '127.0.0.1',
    port,
    clock: systemClock,
    fetch: (request) => {
      const url = new URL(request.url);
      if (url.pathname !== '/' || !url.searchParams.has('state'))
        return new Response('nothing here\n', { status: 404 });
      came(url);
      return new Response('siftd has it: you can close this page.\n', { headers: { 'content-type': 'text/plain' } });
    },
  });
  try {
    const begun = await authority.beginBrowser(`${authority.provider.loopback}:${server.port}`, who);
    console.log(`Open this in a browser, and log in as ${printable(who)}:\n\n${begun.url}\n`);
    const pasted = process.stdin.isTTY === true ? typed(stopped) : new Promise<never>(() => {});
    const aborted = new Promise<null>((resolve) =>
      signal.addEventListener('abort', () => resolve(null), { once: true }),
    );
    const url = await Promise.race([back, pasted, aborted]);
    if (url === null) throw new UserError('stopped; nothing was kept', 75);
    return await authority.endBrowser(begun, url, signal);
  } finally {
    over.abort();
    await server.close(limits.http.grace);
  }
}

async function typed(signal: AbortSignal): Promise<URL> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    for (;;) {
      const line = await lines.question('Is the browser on another machine? Paste the address that it ends at: ', {
        signal,
      });
      if (URL.canParse(line.trim())) return new URL(line.trim());
    }
  } catch {
    // The browser came back by itself, or nobody waits any more.
    return new Promise<never>(() => {});
  } finally {
    lines.close();
  }
}

interface Standing {
  readonly account: string;
  readonly grant: 'person' | 'application';
  /** The account whose consent it is. */
  readonly of: string;
  /** null: nobody has consented. */
  readonly since: string | null;
}

function statusCommand(): Command {
  return withConfig(new Command('status'))
    .description('which accounts siftd was let into, and since when')
    .option('--json', 'one JSON document on stdout')
    .action((options: ConfigOptions & { readonly json?: true }) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      const accounts = [...config.accounts.values()].flatMap(({ name, login }): Standing[] => {
        if (login.by !== 'oauth') return [];
        if (login.grant === 'application') return [{ account: name, grant: login.grant, of: login.of, since: null }];
        const at = withConsents(config, (consents) => consents.since(login.of));
        return [
          { account: name, grant: login.grant, of: login.of, since: at === null ? null : new Date(at).toISOString() },
        ];
      });
      if (options.json) return console.log(JSON.stringify({ accounts }, null, 2));
      const table = new Table({ head: ['account', 'consent'], style: { head: [], border: [], compact: true } });
      for (const { account, grant, of, since } of accounts) {
        const nobody = `nobody yet: siftd auth login ${of}`;
        const whose = of === account ? '' : ` (that of ${of})`;
        table.push([
          account,
          grant === 'application' ? 'none is needed: it logs in by itself' : `${since ?? nobody}${whose}`,
        ]);
      }
      console.log(accounts.length === 0 ? 'every account logs in by a password' : table.toString());
    });
}

function logoutCommand(): Command {
  return withConfig(new Command('logout'))
    .description("forget a consent here; the provider's own page withdraws it everywhere")
    .argument('<account>', 'its short name in the configuration')
    .action((name: string, options: ConfigOptions) => {
      const config = loadConfig({ file: options.config, purpose: 'run' });
      oauthOf(config, name);
      const was = withConsents(config, (consents) => consents.forget(name));
      console.log(was ? `the consent of ${name} is forgotten` : `there was no consent of ${name}`);
    });
}

function oauthOf(config: Config, name: string): { readonly login: OAuthLogin } {
  const account = config.accounts.get(name);
  if (account === undefined) throw new UserError(`there is no account ${JSON.stringify(name)} in ${config.file}`, 2);
  if (account.login.by !== 'oauth')
    throw new UserError(`account ${name} logs in by a password: there is no oauth in it`, 2);
  const { login } = account;
  if (login.of !== name)
    throw new UserError(`${name} is opened with the consent of ${login.of}: siftd auth login ${login.of}`, 2);
  return { login };
}

import { Command } from 'commander';
import { stringify } from 'yaml';
import type { AccountConfig, Config, LlmConfig, OrchestratorConfig } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { effective, wayInWords } from '../config/print.ts';
import { ConfigError, pathText } from '../config/problems.ts';
import { durationText } from '../config/values.ts';
import type { Policy } from '../triage/policy.ts';
import { type ConfigOptions, withConfig } from './options.ts';

interface CheckOptions extends ConfigOptions {
  readonly json?: boolean;
  readonly print?: boolean;
}

/**
 * `siftd check`: is the configuration right, and what does it mean? Reads files, asks nobody. Exit code 2 with every
 * error at once; the secrets are opened too, so that a missing one shows here and not at the start.
 */
export function checkCommand(): Command {
  return withConfig(new Command('check'))
    .description('check the configuration and say what it means')
    .option('--print', 'print the configuration in force, without secrets, as YAML')
    .option('--json', 'print one JSON document')
    .action((options: CheckOptions) => {
      try {
        const config = loadConfig({ file: options.config, purpose: 'check' });
        for (const warning of config.warnings) process.stderr.write(`warning: ${warning}\n`);
        process.stdout.write(answer(config, options));
      } catch (error) {
        if (!(options.json === true && error instanceof ConfigError)) throw error;
        process.stdout.write(`${JSON.stringify(errorsOf(error), null, 2)}\n`);
        process.exitCode = error.exitCode;
      }
    });
}

function answer(config: Config, { json, print }: CheckOptions): string {
  if (print === true) return json === true ? `${JSON.stringify(effective(config), null, 2)}\n` : printed(config);
  return json === true ? `${JSON.stringify(summaryOf(config), null, 2)}\n` : inWords(config);
}

/** The configuration in force, without secrets, as YAML. */
export function printed(config: Config): string {
  return stringify(effective(config), { lineWidth: 0, aliasDuplicateObjects: false });
}

function errorsOf(error: ConfigError): Record<string, unknown> {
  return {
    ok: false,
    file: error.file,
    errors: error.problems.map(({ line, path, text }) => ({ line, key: pathText(path), message: text })),
  };
}

function summaryOf(config: Config): Record<string, unknown> {
  const accounts = [...config.accounts.values()].map((account) => [
    account.name,
    {
      host: account.host,
      port: account.port,
      folders: account.folders,
      mode: account.policy.mode,
      routes: [...account.policy.routes.keys()],
    },
  ]);
  return {
    ok: true,
    file: config.file,
    state: config.state,
    classifier: config.classifier.endpoint?.url ?? null,
    accounts: Object.fromEntries(accounts),
    companies: [...config.service.companies.keys()],
    warnings: config.warnings,
  };
}

function inWords(config: Config): string {
  const lines = [`${config.file} is fine.`, `state       ${config.state}`];
  if (config.accounts.size > 0) {
    lines.push(
      `classifier  ${config.classifier.endpoint?.url ?? 'the service inside siftd, which learns from your folders'}`,
    );
  }
  for (const account of config.accounts.values()) lines.push('', ...accountLines(account));
  if (config.alerts !== null) {
    const { to, every, account } = config.alerts;
    lines.push('', `alerts      ${to.join(', ')}, at most one in ${durationText(every)}, sent by account ${account}`);
  }
  const { listen, companies } = config.service;
  if (companies.size > 0) {
    lines.push('', `service     ${listen.host}:${listen.port} for ${[...companies.keys()].join(', ')}`);
    for (const [company, { orchestrators }] of companies) {
      for (const [name, { engine }] of orchestrators) lines.push(`  ${company} ${name}: ${engineInWords(engine)}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Who answers, and whether mail leaves this service for it. */
function engineInWords(engine: OrchestratorConfig['engine']): string {
  switch (engine.kind) {
    case 'linear':
      return 'linear, from sorted mail';
    case 'llm':
      return `every mail goes to ${modelInWords(engine.llm)}`;
    case 'cascade':
      return `linear, and below ${engine.below} a mail goes to ${modelInWords(engine.llm)}`;
  }
}

function modelInWords({ model, url, budget }: LlmConfig): string {
  return `${model} at ${url}${budget === null ? '' : `, ${budget} tokens a day at most`}`;
}

function accountLines(account: AccountConfig): string[] {
  const { policy } = account;
  const { smtp } = account.sending;
  const since = typeof account.since === 'number' ? `from ${new Date(account.since).toISOString()} on` : account.since;
  return [
    `account ${account.name}: ${account.user} at ${account.host}:${account.port} (tls ${account.tls})`,
    `  watches ${account.folders.join(', ')}; since: ${since}`,
    ...(smtp === null ? [] : [`  sends from ${smtp.from} by ${smtp.host}:${smtp.port} (tls ${smtp.tls})`]),
    policy.mode === 'observe' ? '  observes: classifies and records, touches nothing' : '  acts:',
    ...routeLines(policy),
  ];
}

function routeLines(policy: Policy): string[] {
  const rows = [...policy.routes.values()].map((route): [string, string, string] => [
    route.name,
    `from ${route.threshold}`,
    `${wayInWords(route)}${policy.mode === 'act' && route.mode === 'observe' ? ' (observed only)' : ''}`,
  ]);
  rows.push(['unsure', '', wayInWords(policy.unsure)], ['failed', '', wayInWords(policy.failed)]);
  const widest = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  return rows.map(([name, from, what]) => `    ${name.padEnd(widest(0))}  ${from.padEnd(widest(1))}  ${what}`);
}

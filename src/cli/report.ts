import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import { UserError } from '../base/errors.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { routeText } from '../config/print.ts';
import { openReading } from '../store/reading.ts';
import { sentence } from '../triage/advice.ts';
import type { Route } from '../triage/policy.ts';
import { type ClassReport, type Report, reportOf } from '../triage/report.ts';
import { type ConfigOptions, moment, printable, withConfig } from './options.ts';
import { reportCsv, reportText } from './report-text.ts';

interface Options extends ConfigOptions {
  readonly since?: number;
  readonly account?: string;
  readonly json?: true;
  readonly csv?: true;
  readonly apply?: true;
}

/** Accounts with the same routes: what is seen of one holds for all. */
export interface GroupReport {
  readonly accounts: readonly AccountConfig[];
  readonly report: Report;
}

/** `siftd report`: what people made of siftd's answers, beside a running daemon or without one. It writes nothing. */
export function reportCommand(): Command {
  return withConfig(new Command('report'))
    .description('how often each class is right, and from which threshold on it may act')
    .option(
      '--since <time>',
      'mail found since: so long ago (12h, 30d), or on that day (UTC) or later; default 30d',
      moment,
    )
    .option('--account <name>', 'of this account alone')
    .option('--apply', 'print what to put into the configuration; nothing is written')
    .option('--csv', 'one line a class')
    .option('--json', 'one JSON document on stdout')
    .action((options: Options) => {
      if ([options.json, options.csv, options.apply].filter((one) => one === true).length > 1) {
        throw new UserError('--json, --csv and --apply: one of them at a time', 2);
      }
      const config = loadConfig({ file: options.config, purpose: 'read' });
      const since = options.since ?? moment('30d');
      const groups = readReports(config, { since, account: options.account });
      const named = groups.map(({ accounts, report }) => ({ accounts: accounts.map(({ name }) => name), report }));
      if (options.json) {
        console.log(JSON.stringify({ since: new Date(since).toISOString(), reports: named.map(flat) }, null, 2));
      } else if (options.csv) console.log(reportCsv(named));
      else if (options.apply) console.log(pasteable(groups));
      else for (const { accounts, report } of named) console.log(headed(accounts, report, since));
    });
}

/** One report for each set of routes. */
export function readReports(
  config: Config,
  { since, account }: { readonly since: number; readonly account?: string | undefined },
): GroupReport[] {
  const accounts = [...config.accounts.values()].filter(({ name }) => account === undefined || name === account);
  if (accounts.length === 0) {
    throw new UserError(account === undefined ? 'no account is configured' : `there is no account ${account}`, 2);
  }
  const groups = new Map<string, AccountConfig[]>();
  for (const one of accounts) {
    const key = JSON.stringify([...one.policy.routes.values()]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const file = join(config.state, 'siftd.db');
  if (!existsSync(file)) throw new UserError(`there is no ${file} yet: start siftd run once`);
  const reading = openReading(file);
  try {
    return [...groups.values()].map((members) => {
      const answers = members.flatMap(({ name }) => reading.answers({ account: name, since }));
      const routes = members[0]?.policy.routes ?? new Map<string, Route>();
      return { accounts: members, report: reportOf(answers, routes, config.targetPrecision) };
    });
  } finally {
    reading.close();
  }
}

function headed(accounts: readonly string[], report: Report, since: number): string {
  const of = `${report.seen.toLocaleString('en')} messages since ${new Date(since).toISOString().slice(0, 10)}`;
  return `${accounts.join(', ')}: ${of}; the target is ${Math.round(report.target * 1000) / 10}% right\n${reportText(report)}\n`;
}

function flat({ accounts, report }: { accounts: readonly string[]; report: Report }) {
  const classes = report.classes.map((one) => ({ ...one, sentence: sentence(one, report.target) }));
  return { accounts, ...report, classes };
}

/**
 * Thresholds and modes to paste. What is ready acts, what is not good enough observes, and of what too little is known stays
 * as it is.
 */
export function pasteable(groups: readonly GroupReport[]): string {
  const common = groups.filter(({ accounts }) => accounts.some(({ own }) => !own.routes));
  const lines: string[] = [];
  const whole: Record<string, unknown> = {};
  const byAccount: Record<string, unknown> = {};
  for (const { accounts, report } of groups) {
    lines.push(`# ${accounts.map(({ name }) => name).join(', ')}`);
    for (const one of report.classes) lines.push(`#   ${printable(sentence(one, report.target))}`);
    const advised = new Map(report.classes.map((one) => [one.name, one]));
    for (const account of accounts) {
      const routes = Object.fromEntries(
        [...account.policy.routes.values()].map((route) => [
          route.name,
          routeText(after(route, advised.get(route.name)), account.sending),
        ]),
      );
      const mode = Object.values(routes).some((route) => route['mode'] === 'act') ? 'act' : 'observe';
      const shared = common.length === 1 && !account.own.routes;
      if (shared) whole['routes'] = routes;
      if (shared && !account.own.mode) whole['mode'] = mode;
      const own = { ...(shared && !account.own.mode ? {} : { mode }), ...(shared ? {} : { routes }) };
      if (Object.keys(own).length > 0) byAccount[account.name] = own;
    }
  }
  const document = { ...whole, ...(Object.keys(byAccount).length === 0 ? {} : { accounts: byAccount }) };
  return `${lines.join('\n')}\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd()}`;
}

function after(route: Route, found: ClassReport | undefined): Route {
  switch (found?.advice.kind) {
    case 'ready':
      return { ...route, threshold: found.advice.at.threshold, mode: 'act' };
    case 'wrong':
    case 'corrected':
      return { ...route, mode: 'observe' };
    default:
      return route;
  }
}

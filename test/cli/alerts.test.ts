import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { checkout } from '../servers/guard.ts';

/* The alert rules, by Prometheus' own promtool, of Debian's package. */

const run = promisify(execFile);
/** Once for a machine; that of the servers belongs to root. */
const cache = join(tmpdir(), 'siftd-test-promtool');
const promtool = join(cache, 'promtool');
const rules = join(checkout, 'config', 'watching', 'alerts.yaml');

/** It alone out of its package: the rest of Prometheus is not needed. */
beforeAll(async () => {
  if (existsSync(promtool)) return;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'promtool-'));
  try {
    const unpack = `apt-get -qq download prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool`;
    const fetch = `${unpack} || { apt-get -qq update && ${unpack}; }`;
    await run('bash', ['-o', 'pipefail', '-c', fetch], { cwd: folder });
    renameSync(join(folder, 'usr', 'bin', 'promtool'), promtool);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('Prometheus has nothing to say against the rules', async () => {
  expect((await run(promtool, ['check', 'rules', rules])).stdout).toContain('SUCCESS: 10 rules found');
});

/** Ten mailboxes whose consent was withdrawn at once, and all that follows from it. */
const shutOut = Object.fromEntries(
  Array.from({ length: 10 }, (_, n): [string, string][] => [
    [`siftd_login_refused{account="a${n}"}`, '0x4 1x60'],
    [`siftd_imap_silence_seconds{account="a${n}"}`, '10x4 60+60x60'],
  ]).flat(),
);

/** A minute a step. `at`: the first minute at which it rings, and not the one before. */
const cases: readonly {
  readonly alert: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: number;
}[] = [
  { alert: 'SiftdDown', series: { 'up{job="siftd"}': '1x4 0x10' }, at: 7 },
  {
    alert: 'SiftdInboxNotWatched',
    series: { 'siftd_imap_silence_seconds{account="support"}': '10x4 290 310x10' },
    at: 6,
  },
  { alert: 'SiftdLoginRefused', series: shutOut, at: 6 },
  { alert: 'SiftdOldestMessage', series: { siftd_oldest_open_seconds: '0x4 901x20' }, at: 10 },
  { alert: 'SiftdApiAway', series: { siftd_api_away: '0x4 1x20' }, at: 10 },
  { alert: 'SiftdUnhealthy', series: { siftd_healthy: '1x4 0x20' }, at: 10 },
  {
    alert: 'SiftdFailing',
    series: {
      'siftd_messages_total{account="support",state="done"}': '0x60 0+1x60',
      'siftd_messages_total{account="support",state="failed"}': '0x60 0+1x60',
    },
    at: 66,
  },
  { alert: 'SiftdReconnecting', series: { 'siftd_imap_connects_total{account="support"}': '0x60 0+1x60' }, at: 82 },
  { alert: 'SiftdConfigurationRefused', series: { siftd_configuration_refused: '0x4 1x20' }, at: 6 },
  { alert: 'SiftdEventLoopLate', series: { 'nodejs_eventloop_lag_p99_seconds{job="siftd"}': '0x4 0.6x20' }, at: 15 },
];

/** Lets the rules look at the series; fails where what an expression comes to at a minute is not this. */
async function look(
  series: Readonly<Record<string, string>>,
  expected: readonly { readonly alerts: string; readonly minute: number; readonly firing: number }[],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-alerts-'));
  try {
    const file = join(folder, 'test.yaml');
    const looks = expected.map(({ alerts, minute, firing }) => ({
      expr: `count(ALERTS{${alerts}alertstate="firing"}) or vector(0)`,
      eval_time: `${minute}m`,
      exp_samples: [{ labels: '{}', value: firing }],
    }));
    const tests = [
      {
        interval: '1m',
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: looks,
      },
    ];
    writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }));
    const { stdout } = await run(promtool, ['test', 'rules', file]).catch(
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(stdout).toContain('SUCCESS');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.each(cases)('$alert rings in time, and not before', async ({ alert, series, at }) => {
  const alerts = `alertname="${alert}",`;
  await look(series, [
    { alerts, minute: at - 1, firing: 0 },
    { alerts, minute: at, firing: 1 },
  ]);
});

test('ten mailboxes that are closed to siftd at once are one alert, and stay one', async () => {
  const series = { ...shutOut, siftd_healthy: '1x4 0x60' };
  await look(series, [
    { alerts: '', minute: 6, firing: 1 },
    { alerts: '', minute: 60, firing: 1 },
  ]);
});

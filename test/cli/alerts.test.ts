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
  expect((await run(promtool, ['check', 'rules', rules])).stdout).toContain('SUCCESS: 9 rules found');
});

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

test.each(cases)('$alert rings in time, and not before', async ({ alert, series, at }) => {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-alerts-'));
  try {
    const file = join(folder, 'test.yaml');
    const rings = (minute: number) => ({
      expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
      eval_time: `${minute}m`,
    });
    const looks = [
      { ...rings(at - 1), exp_samples: [{ labels: '{}', value: 0 }] },
      { ...rings(at), exp_samples: [{ labels: '{}', value: 1 }] },
    ];
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
});

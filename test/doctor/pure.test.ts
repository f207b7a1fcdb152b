import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { groupText, tallyText } from '../../src/cli/doctor-text.ts';
import { capabilityChecks, certificateCheck } from '../../src/doctor/account.ts';
import { broken, checks, passed, tally, untried } from '../../src/doctor/check.ts';
import { diskCheck, type StateFacts, standingCheck } from '../../src/doctor/machine.ts';
import { type UnitFacts, unitChecks } from '../../src/doctor/unit.ts';
import type { RouteActions } from '../../src/triage/policy.ts';
import { checkout } from '../servers/guard.ts';

/* What was found, and what it means: without a server. */

const day = 86_400_000;
const now = Date.UTC(2026, 10, 28);
const brief = ({ state, subject, detail }: { state: string; subject: string | null; detail: string }) =>
  `${state} ${subject ?? '-'}: ${detail}`;

describe('a certificate', () => {
  const of = (life: number, left: number) =>
    certificateCheck({ chain: ['mail.example', 'CA'], from: now + left - life, until: now + left, fault: null }, now)
      .state;

  test.each([
    [90 * day, 40 * day, 'ok'],
    [90 * day, 13 * day, 'warning'],
    // What lives for six days is renewed in its last two.
    [6 * day, 2 * day, 'ok'],
    [6 * day, day, 'warning'],
  ])('of %i ms with %i ms left is %s', (life, left, state) => {
    expect(of(life, left)).toBe(state);
  });
});

describe('what the lack of a capability costs', () => {
  const nothing: RouteActions = { move: null, labels: [], flag: false, seen: false, keep: false, sends: [] };
  const lacks = (has: readonly string[], move: string | null) =>
    capabilityChecks(new Set(has), [{ ...nothing, move }]).flatMap(({ state, subject }) =>
      state === 'ok' ? [] : [subject],
    );

  test.each([
    [['MOVE', 'UIDPLUS', 'IDLE'], 'Refunds', []],
    [['UIDPLUS', 'IDLE'], 'Refunds', ['MOVE']],
    [['IDLE'], 'Refunds', ['UIDPLUS']],
    [['IDLE'], null, []],
    [['MOVE'], 'Refunds', ['IDLE']],
  ])('%j, a move to %s', (has, move, missed) => {
    expect(lacks(has, move)).toEqual(missed);
  });
});

describe('a unit', () => {
  const fine = {
    ...{ LoadState: 'loaded', ActiveState: 'active', Result: 'success', UnitFileState: 'enabled', Type: 'notify' },
    ...{ NotifyAccess: 'all', NRestarts: '0', NeedDaemonReload: 'no' },
  };
  const text = '[Service]\nLoadCredential=password:/etc/p\nLoadCredentialEncrypted=token:/etc/t\n';
  const unit = (over: Record<string, string> = {}, more = ''): UnitFacts => ({
    unit: 'siftd.service',
    properties: new Map(Object.entries({ ...fine, ...over })),
    text: text + more,
  });

  test.each([
    ['is fine', unit(), ['ok -: siftd.service: active, enabled, Type=notify']],
    ['none, nor systemd', null, ['skipped -: not run by systemd: this machine has none']],
    [
      'that systemd does not tell of',
      { unit: 'siftd.service', properties: new Map(), text: '' },
      ['skipped -: systemd does not answer this user'],
    ],
    ['none', unit({ LoadState: 'not-found' }), ['skipped -: not run by systemd: there is no unit siftd.service']],
    ['masked', unit({ LoadState: 'masked' }), ['failed siftd.service: siftd.service is masked']],
    [
      'that failed',
      unit({ ActiveState: 'failed', Result: 'exit-code' }),
      ['failed siftd.service: it failed (exit-code)'],
    ],
    ['that is restarted', unit({ NRestarts: '7' }), [expect.stringMatching(/^warning restarts: .* 7 times/)]],
    ['that is not enabled', unit({ UnitFileState: 'disabled' }), [expect.stringMatching(/^warning boot/)]],
    ['of another type', unit({ Type: 'simple' }), [expect.stringMatching(/^warning Type: Type=simple/)]],
    ['that does not hear', unit({ NotifyAccess: 'main' }), [expect.stringMatching(/^failed NotifyAccess/)]],
    [
      'whose file was changed',
      unit({ NeedDaemonReload: 'yes' }),
      [expect.stringMatching(/^warning siftd\.service: its file/)],
    ],
    [
      'without a credential',
      unit({}, 'LoadCredential=\n'),
      [
        expect.stringMatching(/^failed credentials: .* password/),
        expect.stringMatching(/^failed credentials: .* token/),
      ],
    ],
  ])('%s', (_, facts, said) => {
    expect(unitChecks(facts, ['password', 'token']).map(brief)).toEqual(said);
  });
});

test('a disk that fills', () => {
  const of = (mib: number) => diskCheck({ free: mib * 2 ** 20 } as StateFacts).state;
  expect([of(4096), of(255), of(15)]).toEqual(['ok', 'warning', 'failed']);
});

test('a daemon that says it watches, and reads nothing', () => {
  const of = (readAt: number | null, detail: string | null = null) =>
    standingCheck({ pid: 1 }, { state: 'watching', at: now - day, detail, readAt }, now).state;
  expect([of(now - 30_000), of(now - 600_000), of(null), of(now, 'Old cannot be read')]).toEqual([
    'ok',
    'failed',
    'ok',
    'warning',
  ]);
});

describe('in a terminal', () => {
  const group = {
    name: 'account support',
    account: 'support',
    checks: [
      passed('dns', 'imap.example is 192.0.2.1'),
      broken(
        'tcp',
        'nobody answers \x1b[2Jthere',
        'check accounts.support.host, accounts.support.port and the firewall between',
      ),
      untried('tls', 'no connection'),
      untried('login', 'no connection'),
    ],
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours, where a terminal has them
  const plain = (text: string) => text.replace(/\x1b\[\d+m/g, '');

  test('a wide one has columns, and says in words what colours say', () => {
    expect(plain(groupText(group, 100))).toBe(`
account support
  ok         DNS             imap.example is 192.0.2.1
  FAILED     Connection      nobody answers ?[2Jthere
                             why: without it no mail is seen
                             do:  check accounts.support.host, accounts.support.port and the
                                  firewall between
  not tried  TLS, Login      no connection
`);
  });

  test('a narrow one has lines, and none is wider than it is', () => {
    const text = plain(groupText(group, 40));
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(40);
    expect(text).toContain(
      '  FAILED     Connection\n    nobody answers ?[2Jthere\n    why: without it no mail is seen\n',
    );
  });

  test('the sum of it', () => {
    expect(plain(tallyText(tally([group])))).toBe('\n1 failed, 1 ok, 2 not tried\n');
  });
});

test('docs/doctor.md tells of every check by its id and its title', () => {
  const [, docs = ''] = readFileSync(join(checkout, 'docs', 'doctor.md'), 'utf8').split('## The checks');
  const told = [...docs.matchAll(/^\| `([\w-]+)` \| (\w[^|]+?) \|/gm)].map(([, id, title]) => [id, title]);
  expect(told).toEqual(Object.entries(checks).map(([id, { title }]) => [id, title]));
});

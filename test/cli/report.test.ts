import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { pasteable, readReports } from '../../src/cli/report.ts';
import { reportCsv, reportText } from '../../src/cli/report-text.ts';
import { loadConfig } from '../../src/config/load.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { decide } from '../../src/triage/decide.ts';
import type { Job, Verdict } from '../../src/triage/job.ts';
import type { Policy } from '../../src/triage/policy.ts';
import { type Event, step } from '../../src/triage/step.ts';

/* From the journal to what is printed and pasted. The figures themselves are held in test/triage/report.test.ts. */

let folder: string;
let store: Store;
let serial = 0;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-report-'));
  store = openStore(join(folder, 'siftd.db'));
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const account = { host: 'localhost', tls: 'none', user: 'u', password: { env: 'P' } };
const routes = { refund: { move: 'Refunds' }, complaint: { move: 'Complaints', label: ['urgent'] } };

function configure(over: Record<string, unknown> = {}) {
  const file = join(folder, 'siftd.yaml');
  writeFileSync(file, stringify({ state: folder, mode: 'observe', accounts: { a: account }, routes, ...over }));
  return loadConfig({ file, purpose: 'read' });
}

interface Told {
  readonly class?: string;
  readonly confidence?: number;
  readonly truth?: string | null;
  readonly by?: Verdict['by'];
  readonly account?: string;
}

/** So many messages, through the states of their jobs. */
async function messages(count: number, policy: Policy, told: Told): Promise<void> {
  const { class: classification = 'refund', confidence = 0.9, by = 'observation' } = told;
  const found = Array.from({ length: count }, () => {
    const place = { folder: 'INBOX', uidValidity: 1, uid: ++serial };
    const identity = { emailId: null, messageId: `<${serial}@x>`, headerHash: `h${serial}`, internalDate: 1, size: 1 };
    return { account: told.account ?? 'a', place, identity, thread: 't' };
  });
  const { found: ids } = await store.commit(() => ({ found }), 1, 1000);
  const answer = { status: 'completed' as const, classification, confidence, best: [], model: null };
  const events = ({ place }: Job): Event[] => [
    { type: 'decided', plan: decide(answer, policy) },
    policy.mode === 'observe' ? { type: 'observed' } : { type: 'acted', place },
    ...(told.truth === undefined ? [] : [{ type: 'corrected', place, truth: told.truth, by } as const]),
  ];
  let jobs = ids.map((id) => store.job(id)).filter((job) => job !== null);
  for (const at of [0, 1, ...(told.truth === undefined ? [] : [2])]) {
    jobs = jobs.map((job) => {
      const event = events(job)[at];
      const next = event === undefined ? null : step(job, event, 2, 2000);
      if (next === null) throw new Error(`no ${event?.type}`);
      return next;
    });
    await store.commit(() => ({ jobs }), 2, 2000);
  }
}

const policyOf = (config: ReturnType<typeof configure>, name = 'a') => {
  const policy = config.accounts.get(name)?.policy;
  if (policy === undefined) throw new Error(`no account ${name}`);
  return policy;
};

describe('the report of a journal', () => {
  test('counts who said what, and says what is ready', async () => {
    const config = configure();
    const policy = policyOf(config);
    await messages(130, policy, { truth: 'refund' });
    await messages(1, policy, { truth: null });
    await messages(20, policy, { class: 'complaint', truth: 'complaint' });
    await messages(2, policy, { class: 'complaint', confidence: 0.5, truth: 'refund' });
    await messages(3, policy, { class: '\u001b[31mred', confidence: 0.5 });
    const [group] = readReports(config, { since: 0 });
    if (group === undefined) throw new Error('no report');
    expect(group.report.seen).toBe(156);
    expect(group.report.classes[1]).toMatchObject({ name: 'complaint', seen: 22, observed: 22, filings: 22 });
    const text = reportText(group.report);
    expect(text).toContain('Not ready to act on refund: 99.2% right');
    expect(text).toContain('1 x mail that no route is for taken for refund');
    expect(text).not.toContain('\u001b[31m');
    expect(readReports(config, { since: 5000 })[0]?.report.seen).toBe(0);
  });

  test('a sample counts for what was filed, and a correction for itself', async () => {
    const config = configure({ mode: 'act' });
    const policy = policyOf(config);
    await messages(5, policy, { truth: 'complaint', by: 'correction' });
    await messages(100, policy, {});
    expect(readReports(config, { since: 0 })[0]?.report.classes[0]).toMatchObject({
      ...{ filed: 105, corrected: 5, sampled: 0 },
      present: { estimate: null },
    });
    await messages(20, policy, { truth: 'refund', by: 'sample' });
    const [refund] = readReports(config, { since: 0 })[0]?.report.classes ?? [];
    expect(refund).toMatchObject({ filed: 125, sampled: 20 });
    expect(refund?.present?.estimate?.right).toBeCloseTo(1 - 5 / 125, 9);
  });

  test('CSV: a line a class, and no formula of somebody else', async () => {
    const config = configure();
    await messages(1, policyOf(config), { class: '=1+1,"x"', confidence: 0.5 });
    const [group] = readReports(config, { since: 0 });
    if (group === undefined) throw new Error('no report');
    const lines = reportCsv([{ accounts: ['a'], report: group.report }]).split('\r\n');
    expect(lines[0]).toMatch(/^accounts,class,mode,threshold,seen,/);
    expect(lines[1]).toMatch(/^a,refund,observe,0\.75,0,/);
    expect(lines[3]).toMatch(/^a,"'=1\+1,""x""",,,1,/);
  });
});

describe('what is to be pasted', () => {
  test('ready routes act from their threshold, the others stay; and it is a configuration', async () => {
    const config = configure();
    await messages(150, policyOf(config), { truth: 'refund' });
    await messages(9, policyOf(config), { class: 'complaint', truth: 'complaint' });
    const pasted = pasteable(readReports(config, { since: 0 }));
    expect(pasted).toContain('#   Ready to act on refund at 0.9: 150 seen, 100.0% right');
    expect(parse(pasted)).toEqual({
      mode: 'act',
      routes: {
        refund: { move: 'Refunds', threshold: 0.9, mode: 'act' },
        complaint: { move: 'Complaints', label: ['urgent'], threshold: 0.75, mode: 'observe' },
      },
    });
    expect([...policyOf(configure(parse(pasted))).routes.values()].map(({ mode }) => mode)).toEqual(['act', 'observe']);
  });

  test('what is not good enough observes again', async () => {
    const config = configure({ mode: 'act' });
    await messages(50, policyOf(config), { truth: 'complaint', by: 'correction' });
    await messages(200, policyOf(config), { class: 'complaint' });
    const pasted = parse(pasteable(readReports(config, { since: 0 })));
    expect(pasted.routes.refund.mode).toBe('observe');
    expect(pasted.routes.complaint.mode).toBe('act');
  });

  test('accounts with routes of their own get theirs', async () => {
    const own = { ...account, user: 'v', mode: 'observe', routes: { refund: { move: 'R' }, spam: { move: 'S' } } };
    const config = configure({ accounts: { a: account, b: own } });
    await messages(130, policyOf(config, 'b'), { truth: 'refund', account: 'b' });
    const reports = readReports(config, { since: 0 });
    expect(reports.map(({ accounts }) => accounts.map(({ name }) => name))).toEqual([['a'], ['b']]);
    const pasted = parse(pasteable(reports));
    expect(pasted.mode).toBe('observe');
    expect(Object.keys(pasted.routes)).toEqual(['refund', 'complaint']);
    expect(pasted.accounts).toEqual({
      b: {
        mode: 'act',
        routes: {
          refund: { move: 'R', threshold: 0.9, mode: 'act' },
          spam: { move: 'S', threshold: 0.75, mode: 'observe' },
        },
      },
    });
  });
});

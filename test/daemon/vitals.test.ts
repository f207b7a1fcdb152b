import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import type { CommandHook } from '../../src/demo/imap/server.ts';
import { classifierOf, JumpClock, refund, staging } from '../hostile-api/stage.ts';

/* A daemon that only looks alive, asked as an administrator's monitoring asks. */

const stage = staging();
const pollInterval = limits.imap.pollInterval;

interface Asked {
  readonly status: number;
  readonly ready: boolean;
  readonly healthy: boolean;
  readonly troubles: readonly { readonly part: string; readonly account: string | null; readonly why: string }[];
}

/** siftd with its health on a port; `seconds` passes time until /healthz says so, and answers how much it took. */
async function watched(options: { readonly onCommand?: CommandHook } = {}) {
  const clock = new JumpClock();
  const theStage = await stage({ clock, pollInterval, ...options });
  const { world, vendor } = theStage;
  world.configure({ classifier: classifierOf(vendor), metrics: { listen: '127.0.0.1:0' } });
  await world.start();
  const [line] = await world.logged(({ msg }) => msg === 'health and metrics');
  const url = String(line?.['url']);
  const ask = async (path: 'healthz' | 'readyz'): Promise<Asked> => {
    const response = await fetch(`${url}/${path}`);
    return { status: response.status, ...((await response.json()) as Omit<Asked, 'status'>) };
  };
  const seconds = async (status: number): Promise<number> => {
    const began = clock.now();
    while ((await ask('healthz')).status !== status) clock.pass(1000);
    return (clock.now() - began) / 1000;
  };
  const { server, folders } = theStage;
  return { world, vendor, server, folders, clock, url, ask, seconds };
}

it('that is well says so, and counts what it does', async () => {
  const { world, ask, url } = await watched();
  expect(await ask('healthz')).toEqual({ status: 200, ready: true, healthy: true, troubles: [] });
  expect((await ask('readyz')).status).toBe(200);
  await world.deliver(refund('a'), refund('b'));
  await world.ended(2);
  const text = await (await fetch(`${url}/metrics`)).text();
  for (const line of [
    'siftd_messages_total{account="support",state="done",class="refund_request"} 2',
    'siftd_messages_total{account="support",state="submitted",class=""} 2',
    'siftd_jobs{account="support",state="done"} 2',
    'siftd_stage_seconds_count{account="support",stage="classify"} 2',
    'siftd_stage_seconds_count{account="support",stage="act"} 2',
    'siftd_message_seconds_count{account="support"} 2',
    'siftd_parse_seconds_count 2',
    'siftd_api_requests_total{kind="submit",outcome="ok"} 2',
    'siftd_imap_connects_total{account="support",outcome="ok"} 1',
    'siftd_imap_connected{account="support"} 1',
    'siftd_healthy 1',
    'siftd_api_away 0',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
});

it('tells every number that the alerts and the dashboard ask for', async () => {
  const { url } = await watched();
  const text = await (await fetch(`${url}/metrics`)).text();
  const told = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
  for (const name of ['alerts.yaml', 'dashboard.json']) {
    const file = readFileSync(new URL(`../../config/watching/${name}`, import.meta.url), 'utf8');
    const asked = [...file.matchAll(/\b(?:siftd|nodejs|process)_\w+/g)].map(([metric]) =>
      metric.replace(/_bucket$/, ''),
    );
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.filter((metric) => !told.has(metric))).toEqual([]);
  }
});

it('whose server is mute, in IDLE and beyond, is unwell within its interval, and well again when it speaks', async () => {
  let spoken: Promise<void> | null = null;
  let speak = () => {};
  const { seconds, ask } = await watched({
    onCommand: () => (spoken === null ? undefined : { after: () => spoken ?? undefined }),
  });
  spoken = new Promise((resolve) => {
    speak = resolve;
  });
  const red = await seconds(503);
  expect(red * 1000).toBeLessThanOrEqual(pollInterval + limits.imap.probeTimeout + 4 * limits.vitals.every);
  const { troubles, ready } = await ask('healthz');
  expect(troubles).toEqual([
    {
      part: 'mailbox',
      account: 'support',
      passing: true,
      why: expect.stringMatching(/^its server was not heard from for \d+ s/),
    },
  ]);
  // It was read once: what is ready stays ready, and what is unwell is told by the other.
  expect(ready).toBe(true);
  spoken = null;
  speak();
  await seconds(200);
});

it('whose server refuses the login is unwell at once', async () => {
  const { server, seconds, ask } = await watched();
  server.store.setPassword('support@example.com', 'another');
  server.cutAll();
  await seconds(503);
  expect((await ask('healthz')).troubles).toEqual([
    { part: 'mailbox', account: 'support', passing: false, why: expect.stringContaining('login') },
  ]);
});

it.each([
  ['SELECT', { status: 'BAD', text: 'User is authenticated but not connected.' }, /not connected to a mailbox/],
  ['SELECT', { status: 'NO', text: 'Not now' }, /^not all of its folders can be read: the IMAP server answered NO/],
] as const)(
  'whose server opens no folder (%s: %o) is unwell though it talks, and says why',
  async (name, refuse, why) => {
    let ill = false;
    const { server, world, seconds, ask, clock } = await watched({
      onCommand: (_session, _tag, command) => (ill && command === name ? { refuse } : undefined),
    });
    ill = true;
    server.cutAll();
    // Time passes faster here than the server answers: that it was not heard from may be told before.
    const told = async () => (await ask('healthz')).troubles.find((trouble) => why.test(trouble.why));
    let trouble = await told();
    for (; trouble === undefined; trouble = await told()) clock.pass(1000);
    expect(trouble).toMatchObject({ part: 'mailbox', account: 'support', passing: true });
    // The same trouble is said once.
    expect(
      world.lines.filter(({ msg }) =>
        why.test(msg.replace(/^INBOX is not watched/, 'not all of its folders can be read')),
      ),
    ).toHaveLength(1);
    ill = false;
    await seconds(200);
  },
);

it('whose journal another program keeps locked is unwell', async () => {
  const { world, seconds, ask } = await watched();
  const other = new Database(join(world.folder, 'state', 'siftd.db'));
  other.exec('BEGIN IMMEDIATE');
  const red = await seconds(503);
  expect(red * 1000).toBeLessThanOrEqual(limits.vitals.locked + 2 * limits.vitals.every);
  expect((await ask('healthz')).troubles[0]).toMatchObject({ part: 'journal', account: null });
  other.exec('ROLLBACK');
  other.close();
  await seconds(200);
});

it('whose token was revoked is unwell when mail has waited for a minute', async () => {
  const { world, vendor, seconds, ask } = await watched();
  vendor.admit('another');
  await world.deliver(refund('a'));
  await world.logged(({ msg }) => msg.includes('401'));
  const red = await seconds(503);
  expect(red * 1000).toBeLessThanOrEqual(limits.vitals.away + 2 * limits.vitals.every);
  const { troubles } = await ask('healthz');
  expect(troubles).toEqual([
    { part: 'classifier', account: 'support', passing: true, why: expect.stringContaining('401') },
  ]);
  vendor.admit(vendor.token);
  await seconds(200);
  await world.ended(1);
});

it('keeps its numbers from other machines, and from pages in a browser here', async () => {
  const { url } = await watched();
  expect((await fetch(`${url}/metrics`)).status).toBe(200);
  expect((await fetch(`${url}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.1' } })).status).toBe(403);
  expect((await fetch(`${url}/healthz`, { method: 'POST' })).status).toBe(405);
  expect((await fetch(`${url}/`)).status).toBe(404);
});

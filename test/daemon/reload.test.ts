import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openConsole } from '../../src/cli/console.ts';
import type { CommandHook } from '../../src/demo/imap/server.ts';
import { JumpClock, refund, staging, until } from '../hostile-api/stage.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, letter, routes, World } from './world.ts';

/* A new configuration while siftd runs: all of it or nothing, and who did not change does not notice. */

const taken = 'the configuration was read again and is in force';

describe('on Dovecot', () => {
  let dovecot: Dovecot;
  let vendor: Vendor;
  let world: World;
  let run = 0;
  const user = (name: string) => `${name}${run}`;
  const account = (name: string, over: object = {}) => ({
    ...{ host: dovecot.host, port: dovecot.port, tls: 'none', user: user(name), password: { env: 'MAIL_PASSWORD' } },
    ...over,
  });
  const deliver = (name: string, id: string) => dovecot.deliver(user(name), letter(id, 'refund_request 0.92'));
  const logins = (...names: string[]) =>
    names.map((name) => dovecot.log().split(`Login: user=<${user(name)}>`).length - 1);
  const done = (count: number) => world.reached(count, 'done');
  const held = async (name: string, folder: string) =>
    Number(/=(\d+)/.exec(await dovecot.doveadm('mailbox', 'status', '-u', user(name), 'messages', folder))?.[1]);
  const watching = (name: string) => world.status().accounts[name]?.note?.state === 'watching';

  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  beforeEach(async () => {
    run++;
    // It takes its time: what a test has submitted ends when it has reloaded.
    vendor = await startVendor({ classify: answerOf, latency: { median: 500, sigma: 0 } });
    const [host, port] = [dovecot.host, dovecot.port];
    world = new World({ host, port, user: '', password: 'secret', deliver: async () => {} }, vendor);
  });
  afterEach(async () => {
    await world.close();
    await vendor.close();
  });

  it('an account that did not change keeps its connection; others end, begin, and begin anew', async () => {
    world.configure({ accounts: { kept: account('kept'), changed: account('changed'), gone: account('gone') } });
    await world.start();
    await Promise.all([deliver('kept', 'a'), deliver('changed', 'b')]);
    await done(2);
    expect(logins('kept', 'changed', 'gone', 'fresh')).toEqual([1, 1, 1, 0]);

    const others = { refund_request: { move: 'Elsewhere' } };
    world.configure({
      accounts: { kept: account('kept'), changed: account('changed', { routes: others }), fresh: account('fresh') },
    });
    expect(await world.reload()).toMatchObject({
      msg: taken,
      kept: 1,
      restarted: { changed: ['accounts.changed.routes'] },
      begun: ['fresh'],
      ended: ['gone'],
    });
    await until(() => watching('fresh') && watching('changed'));
    await Promise.all([deliver('kept', 'c'), deliver('changed', 'd'), deliver('fresh', 'e'), deliver('gone', 'f')]);
    await done(5);
    expect(logins('kept', 'changed', 'gone', 'fresh')).toEqual([1, 2, 1, 1]);
    expect(await Promise.all(['kept', 'changed', 'fresh'].map((name) => held(name, 'Support/Refunds')))).toEqual([
      2, 1, 1,
    ]);
    expect([await held('changed', 'Elsewhere'), await held('gone', 'INBOX')]).toEqual([1, 1]);
    expect(world.status().accounts['gone']?.note?.state).toBe('stopped');
    expect(world.status().configured).toMatchObject({ takenAt: expect.any(Number), refused: null });
  });

  it('what is wrong changes nothing, and is told in the words of siftd check', async () => {
    world.configure({ accounts: { kept: account('kept') } });
    await world.start();
    const more = { accounts: { kept: account('kept'), more: account('more') } };
    world.configure({ ...more, routes: { refund_request: { moev: 'Elsewhere' } } });
    const refused = await world.reload();
    expect(refused.msg).toMatch(
      /^the new configuration is refused, and the one before stays in force: siftd\.yaml:\d+: routes\.refund_request\.moev: unknown key/,
    );
    // A secret that cannot be read, and what is taken at the start alone, are as bad.
    world.configure({ accounts: { kept: account('kept', { password: { env: 'NOBODY_SET_IT' } }) } });
    expect((await world.reload()).msg).toContain('NOBODY_SET_IT is not set');
    world.configure({ ...more, metrics: { listen: '127.0.0.1:1' }, state: '/elsewhere' });
    expect((await world.reload()).msg).toContain(
      'state, metrics.listen: changed, and they are read at the start alone',
    );
    await until(() => world.status().configured.refused?.why.includes('metrics.listen'));
    await deliver('kept', 'a');
    await done(1);
    expect([logins('kept', 'more'), await held('kept', 'Support/Refunds')]).toEqual([[1, 0], 1]);

    world.configure(more);
    expect((await world.reload()).msg).toBe(taken);
    await until(() => world.status().configured.refused === null);
    expect(logins('kept')).toEqual([1]);
  });

  it('mail that is under way when the routes change is filed once, by the new ones', async () => {
    world.configure({ accounts: { changed: account('changed', { since: 'all' }) } });
    for (let n = 0; n < 20; n++) await deliver('changed', `n${n}`);
    // None of them is answered, and so filed by the old routes, before there are others.
    vendor.misbehave('poll', 'never');
    await world.start();
    await world.reached(20, 'submitted');
    world.configure({
      accounts: { changed: account('changed', { since: 'all' }) },
      routes: { ...routes, refund_request: { move: 'Elsewhere' } },
    });
    await world.reload();
    vendor.misbehave('poll', null);
    await done(20);
    expect(await held('changed', 'Elsewhere')).toBe(20);
    expect([...vendor.counts().values()].map(({ processes }) => processes)).toEqual(Array(20).fill(1));
  });
});

describe('with a server and an API that do as they are told', () => {
  let hook: CommandHook = () => undefined;
  const stage = staging({ onCommand: (...command) => hook(...command) });
  afterEach(() => {
    hook = () => undefined;
  });
  const elsewhere = { routes: { ...routes, refund_request: { move: 'Elsewhere' } } };

  it('a password that was mended is tried at once, and so is one that was right all along', async () => {
    const { world, server, folders } = await stage();
    server.store.setPassword('support@example.com', 'the new password');
    await world.start();
    world.secrets = { MAIL_PASSWORD: 'the new password' };
    const reasons = ['accounts.support.password', 'it waits for its server'];
    expect(await world.reload()).toMatchObject({ msg: taken, restarted: { support: reasons } });
    await world.fares(/^watching$/);
    server.store.setPassword('support@example.com', 'another');
    server.cutAll();
    await world.fares(/^refused$/);
    server.store.setPassword('support@example.com', 'the new password');
    expect(await world.reload()).toMatchObject({ restarted: { support: ['it waits for its server'] } });
    await world.deliver(refund('a'));
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
  });

  it('a token that was mended is tried at once, and what waited for it is asked about', async () => {
    const { world, vendor, folders } = await stage();
    vendor.admit('the new token');
    await world.start();
    await world.deliver(refund('a'));
    await world.logged(({ msg }) => msg.includes('nothing is submitted for'));
    world.secrets = { VENDOR_TOKEN: 'the new token' };
    expect((await world.reload()).msg).toBe(taken);
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
  });

  it('a token that was right all along is tried at once too, and until it is let in the API is away as before', async () => {
    const { world, vendor, folders } = await stage();
    vendor.admit('another');
    await world.start();
    await world.deliver(refund('a'));
    const away = ({ msg }: { msg: string }) => msg.includes('nothing is submitted for');
    await world.logged(away);
    const refused = ({ msg }: { msg: string }) => msg.startsWith('not accepted');
    const before = world.lines.filter(refused).length;
    expect(await world.reload()).toMatchObject({ restarted: { support: ['it waits for its API'] } });
    // siftd has heard of it, not only been told.
    await world.logged(refused, before + 1);
    vendor.admit('vendor-token');
    await world.reload();
    await world.ended(1);
    expect(folders()).toEqual({ 'Support/Refunds': 1 });
    // It is said once: nobody took it to be back in between.
    expect(world.lines.filter(away)).toHaveLength(1);
    expect(world.lines.filter(({ msg }) => msg.includes('answers again'))).toHaveLength(1);
  });

  it('the console and the metrics go by it at once, and who is logged in stays so', async () => {
    const { world } = await stage({ console: openConsole });
    const watched = {
      console: { listen: '127.0.0.1:0', token: { env: 'GATE' } },
      metrics: { listen: '127.0.0.1:0', token: { env: 'WATCHER' } },
    };
    world.secrets = { GATE: 'the gate of the house', WATCHER: 'first' };
    world.configure(watched);
    await world.start();
    const urlOf = async (what: string) => String((await world.logged(({ msg }) => msg === what))[0]?.['url']);
    const [console, metrics] = [await urlOf('console'), await urlOf('health and metrics')];
    const enter = await fetch(`${console}/login`, {
      method: 'POST',
      body: new URLSearchParams({ token: 'the gate of the house' }),
      redirect: 'manual',
    });
    const cookie = enter.headers.get('set-cookie')?.split(';')[0] ?? '';
    const settings = async () => await fetch(`${console}/settings`, { headers: { cookie }, redirect: 'manual' });
    const asked = async (token: string) =>
      (await fetch(`${metrics}/metrics`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await (await settings()).text()).not.toContain('Elsewhere');

    world.configure({ ...watched, ...elsewhere });
    world.secrets = { GATE: 'the gate of the house', WATCHER: 'second' };
    await world.reload();
    // It is told of when it is in force, and the console is told a moment later.
    await vi.waitFor(async () => expect(await (await settings()).text()).toContain('Elsewhere'));
    expect([await asked('first'), await asked('second')]).toEqual([401, 200]);
    expect(await (await fetch(`${metrics}/healthz`)).json()).toMatchObject({ healthy: true });

    world.configure({ ...watched, routes: { refund_request: {} } });
    await world.reload();
    await vi.waitFor(async () => expect(await (await settings()).text()).toContain('is refused, and nothing of it'));
    const authorization = 'Bearer second';
    const counted = async () => await (await fetch(`${metrics}/metrics`, { headers: { authorization } })).text();
    expect(await counted()).toContain('siftd_configuration_refused 1');

    world.configure({ ...watched, ...elsewhere });
    world.secrets = { GATE: 'another gate of the house', WATCHER: 'second' };
    await world.reload();
    await vi.waitFor(async () => expect((await settings()).status).toBe(303));
  });

  it('what was decided and not begun goes by the new routes', async () => {
    const { world, folders } = await stage();
    hook = (_session, _tag, name) => (name === 'UID MOVE' ? { refuse: { code: 'INUSE' } } : undefined);
    await world.start();
    await world.deliver(refund('a'));
    await world.reached(1, 'decided');
    hook = () => undefined;
    world.configure(elsewhere);
    await world.reload();
    await world.ended(1);
    expect(folders()).toEqual({ Elsewhere: 1 });
  });

  it('a session that hangs is cut before another takes its place, and the message is moved once', async () => {
    const clock = new JumpClock();
    const { world, server, folders } = await stage({ clock, pollInterval: 30_000 });
    let sessions = 0;
    let moves = 0;
    hook = (_session, _tag, name) => {
      sessions = Math.max(sessions, server.sessions().length);
      return name === 'UID MOVE' && moves++ === 0 ? { after: () => new Promise(() => {}) } : undefined;
    };
    await world.start();
    await world.deliver(refund('a'));
    await until(() => moves === 1);
    world.configure(elsewhere);
    const reloaded = world.reload();
    let said = false;
    void reloaded.then(() => {
      said = true;
    });
    await clock.passUntil(1000, () => said);
    await world.ended(1);
    expect(sessions).toBe(1);
    // The server made the move or did not: siftd looks, and it is in one place.
    expect(Object.values(folders())).toEqual([1]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { authorityOf, mailboxesOf, withConsents } from '../../src/cli/mailboxes.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import { answerOf, World } from '../daemon/world.ts';
import { refund, until } from '../hostile-api/stage.ts';
import { startProxy } from '../imap/proxy.ts';
import { Run } from '../pains/process.ts';
import { type AuthorityServer, oauthAt, startAuthority, takingTokens } from '../servers/authority.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';

/* A real Dovecot that takes tokens of an authorization server, by each of the two mechanisms, and no password. */

let users = 0;
let user: string;
let authority: AuthorityServer;
let vendor: Vendor;

beforeAll(async () => {
  authority = await startAuthority('nobody@example.com', { rotates: true });
  vendor = await startVendor({ classify: answerOf });
});
afterAll(() => Promise.all([authority.close(), vendor.close()]));

describe.each(['xoauth2', 'oauthbearer'])('by %s', (mechanism) => {
  let dovecot: Dovecot;
  let world: World;

  beforeAll(async () => {
    dovecot = await startDovecot(takingTokens(authority, mechanism));
  });
  afterAll(() => dovecot.stop());
  beforeEach(() => {
    user = `support${++users}@example.com`;
    const { host, port } = dovecot;
    const deliver = (raw: string) => dovecot.deliver(user, raw);
    world = new World({ host, port, user, password: '', deliver }, vendor);
    world.secrets = { SEAL: 'a seal that is long enough' };
    world.configure({ seal: { env: 'SEAL' } }, { password: undefined, since: 'all', oauth: oauthAt(authority) });
  });
  afterEach(() => world.close());

  function loaded(): Config {
    const file = `${world.folder}/siftd.yaml`;
    return parseConfig(world.yaml, { name: file, file, purpose: 'run', env: { ...world.env, ...world.secrets } });
  }

  /** As `siftd auth login` does it, with a browser that is logged in already. */
  async function consent(account = 'support'): Promise<void> {
    const config = loaded();
    const login = config.accounts.get(account)?.login;
    if (login?.by !== 'oauth') throw new Error('the account has no oauth');
    const asked = await authorityOf(login, systemClock);
    const begun = await asked.beginBrowser('http://127.0.0.1:1/', login.who);
    const back = await fetch(begun.url, { redirect: 'manual' });
    const tokens = await asked.endBrowser(
      begun,
      new URL(back.headers.get('location') ?? ''),
      AbortSignal.timeout(5000),
    );
    if (!tokens.ok) throw new Error(tokens.fault.message);
    const { access, expiresAt, refresh } = tokens.value;
    withConsents(config, (consents) => consents.put(account, { access, expiresAt, refresh: refresh ?? '' }, 0));
  }

  it('mail is sorted; a token that ends while siftd idles costs one connection and no message', async () => {
    await consent();
    await world.start();
    await world.deliver(refund('a'));
    await world.ended(1);
    const before = authority.counts().refreshes;
    authority.expire();
    await dovecot.kick(user);
    await world.deliver(refund('b'));
    await world.ended(2);
    expect(authority.counts().refreshes - before).toBe(1);
    expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('killed between a rotated token and its use, it goes on with the new one', async () => {
    await consent();
    authority.expire();
    const login = authority.pause('introspect');
    await world.deliver(refund('e'));
    const killed = new Run(world, world.secrets);
    // The token of before is asked about first, and refused; the next one is the rotated one.
    await login.reached;
    login.release();
    const next = authority.pause('introspect');
    await next.reached;
    await killed.kill('SIGKILL');
    next.release();
    const { refreshes } = authority.counts();
    await world.start();
    await world.ended(1);
    expect(authority.counts().refreshes).toBe(refreshes);
  });

  it('killed while the provider answers, it says that somebody has to consent, and loses nothing', async () => {
    await consent();
    authority.expire();
    await world.deliver(refund('f'));
    const answer = authority.pause('token');
    const killed = new Run(world, world.secrets);
    await answer.reached;
    await killed.kill('SIGKILL');
    answer.release();
    await world.start();
    const [line] = await world.logged(({ level }) => level === 'error');
    expect(line?.msg).toMatch(/siftd auth login support$/);
    await consent();
    await world.reload();
    await world.ended(1);
  });

  it('without consent, and after it was withdrawn, one line says who has to do what; consent given anew is enough', async () => {
    await world.start();
    const [nobody] = await world.logged(({ level }) => level === 'error');
    expect(nobody?.msg).toBe('nobody has let siftd into this mailbox yet: siftd auth login support');
    await consent();
    await world.reload();
    await world.deliver(refund('c'));
    await world.ended(1);
    authority.revoke(user);
    await dovecot.kick(user);
    const [, withdrawn] = await world.logged(({ level }) => level === 'error', 2);
    expect(withdrawn?.msg).toMatch(
      /takes the consent no more: it was withdrawn, or has expired: siftd auth login support$/,
    );
    await consent();
    await world.reload();
    await world.deliver(refund('d'));
    await world.ended(2);
    expect(world.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
  });

  it('ten accounts whose consent is withdrawn at once are ten lines, each with what to do, and are all well again after it', async () => {
    const names = Array.from({ length: 10 }, (_, n) => `a${n}`);
    const { host, port } = dovecot;
    const accounts = Object.fromEntries(
      names.map((name) => [name, { host, port, tls: 'none', user: `${name}-${user}`, oauth: oauthAt(authority) }]),
    );
    world.configure({ seal: { env: 'SEAL' }, accounts, metrics: { listen: '127.0.0.1:0' } });
    for (const name of names) await consent(name);
    await world.start();
    const [line] = await world.logged(({ msg }) => msg === 'health and metrics');
    const health = async () =>
      (await (await fetch(`${String(line?.['url'])}/healthz`)).json()) as { troubles: unknown[] };
    for (const name of names) authority.revoke(`${name}-${user}`);
    await dovecot.kick(`a*-${user}`);
    const lines = await world.logged(({ level }) => level === 'error', 10);
    const told = lines.map(({ account, msg }) => [account, / siftd auth login (\S+)$/.exec(msg)?.[1]]);
    expect(told.sort()).toEqual(names.map((name) => [name, name]));
    expect((await health()).troubles).toHaveLength(10);
    for (const name of names) await consent(name);
    await world.reload();
    await until(async () => (await health()).troubles.length === 0);
    expect(world.lines.filter(({ level }) => level === 'error')).toHaveLength(10);
  });

  it("a shared mailbox is opened under its own name with its owner's consent, which is renewed once for both", async () => {
    const shared = `shared-${user}`;
    const names: string[] = [];
    // As Exchange does, whose tokens are good for what their owner may open: Dovecot hears the owner's name.
    const proxy = await startProxy(dovecot);
    proxy.judge = (command) => {
      const [, proof] = /^AUTHENTICATE \S+ (\S+)$/.exec(command) ?? [];
      if (proof === undefined) return 'pass';
      const said = Buffer.from(proof, 'base64').toString();
      names.push(/(?:user|a)=([\w@.-]+)/.exec(said)?.[1] ?? said);
      return { instead: command.replace(proof, Buffer.from(said.replace(shared, user)).toString('base64')) };
    };
    const at = { host: '127.0.0.1', port: proxy.port, tls: 'none' };
    const accounts = {
      owner: { ...at, user, oauth: oauthAt(authority) },
      shared: { ...at, user: shared, oauth: { as: 'owner' } },
    };
    world.configure({ seal: { env: 'SEAL' }, accounts });
    try {
      await consent('owner');
      authority.expire();
      const before = authority.counts().refreshes;
      const mailboxes = mailboxesOf(loaded, { clock: systemClock });
      const sessions = await Promise.all(
        ['owner', 'shared'].map((name) => mailboxes.connect(name, AbortSignal.timeout(5000))),
      );
      for (const session of sessions) {
        if (!session.ok) throw new Error(session.fault.message);
        await session.value.close();
      }
      expect([...new Set(names)].sort()).toEqual([shared, user].sort());
      expect(authority.counts().refreshes - before).toBe(1);
    } finally {
      await proxy.stop();
    }
  });
});

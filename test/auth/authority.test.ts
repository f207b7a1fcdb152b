import { afterEach, describe, expect, it } from 'vitest';
import { Authority } from '../../src/auth/authority.ts';
import type { Provider } from '../../src/auth/provider.ts';
import { overNetwork } from '../../src/base/ask.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type AuthorityOptions, type AuthorityServer, startAuthority } from '../servers/authority.ts';

const user = 'support@example.com';
const { signal } = new AbortController();
let server: AuthorityServer;

afterEach(() => server.close());

async function authority(
  options: AuthorityOptions = {},
  application = { id: 'siftd-test', secret: null as string | null },
) {
  server = await startAuthority(user, options);
  const { url } = server;
  const provider: Provider = {
    name: 'the provider',
    issuer: url,
    token: `${url}/token`,
    authorization: `${url}/authorize`,
    device: `${url}/device`,
    scope: 'mail offline_access',
    applicationScope: null,
    loopback: 'http://127.0.0.1',
    ask: { prompt: 'consent' },
  };
  // Device codes are asked about every second: that is not waited for.
  const clock = { ...systemClock, sleep: async () => {} };
  return new Authority({ provider, application, fetch: overNetwork, clock });
}

const value = <T>(
  outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: unknown },
): T => {
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.fault));
  return outcome.value;
};

/** A browser that is logged in already. */
async function browse(url: string): Promise<URL> {
  const response = await fetch(url, { redirect: 'manual' });
  return new URL(response.headers.get('location') ?? '');
}

describe('a browser', () => {
  it('brings a code that is worth tokens, with the verifier that only siftd has', async () => {
    const asked = await authority();
    const begun = await asked.beginBrowser('http://127.0.0.1:9999/', user);
    const parameters = Object.fromEntries(new URL(begun.url).searchParams);
    expect(parameters).toMatchObject({
      prompt: 'consent',
      response_type: 'code',
      login_hint: user,
      code_challenge_method: 'S256',
    });
    const tokens = value(await asked.endBrowser(begun, await browse(begun.url), signal));
    expect(tokens.refresh).toMatch(/^refresh\./);
    const renewed = value(await asked.refresh(tokens.refresh ?? '', signal));
    expect(renewed.access).not.toBe(tokens.access);
    expect(renewed.refresh).toBeNull();
  });

  it('that somebody else sent back is not believed', async () => {
    const asked = await authority();
    const begun = await asked.beginBrowser('http://127.0.0.1:9999/', user);
    const other = await asked.beginBrowser('http://127.0.0.1:9999/', user);
    const outcome = await asked.endBrowser(begun, await browse(other.url), signal);
    expect(outcome).toMatchObject({ ok: false, fault: { kind: 'permanent', code: 'bad-callback' } });
    expect(server.counts().grants).toBe(0);
  });

  it('brings a no as well', async () => {
    const asked = await authority();
    server.consents = false;
    const begun = await asked.beginBrowser('http://127.0.0.1:9999/', user);
    const outcome = await asked.endBrowser(begun, await browse(begun.url), signal);
    expect(outcome).toMatchObject({ ok: false, fault: { code: 'access_denied', message: 'the person said no' } });
  });
});

it('a code on another device is waited for', async () => {
  const asked = await authority();
  const begun = value(await asked.beginDevice(signal));
  expect(begun).toMatchObject({ userCode: 'WDJB-MJHT', interval: 1000 });
  expect(value(await asked.awaitDevice(begun, signal)).refresh).toMatch(/^refresh\./);
  server.consents = false;
  const again = value(await asked.beginDevice(signal));
  expect(await asked.awaitDevice(again, signal)).toMatchObject({ ok: false, fault: { code: 'access_denied' } });
});

it('an application logs in by itself', async () => {
  const asked = await authority({ secret: 'known', lasts: 60 }, { id: 'siftd-test', secret: 'known' });
  const tokens = value(await asked.asApplication(signal));
  expect(tokens.refresh).toBeNull();
  expect(tokens.expiresAt - systemClock.date()).toBeLessThanOrEqual(60_000);
});

it('every no has a kind: consent that was withdrawn, an application that is not known, a server that is away', async () => {
  const asked = await authority({ secret: 'known' });
  expect(await asked.refresh('refresh.x', signal)).toMatchObject({
    fault: { kind: 'unauthorized', code: 'invalid_client' },
  });
  await server.close();
  const known = await authority();
  const told = await known.refresh('refresh.x', signal);
  expect(told).toMatchObject({ fault: { kind: 'unauthorized', code: 'invalid_grant' } });
  // The server's own words name the person.
  expect(JSON.stringify(told)).not.toContain(user);
  await server.close();
  expect(await known.refresh('refresh.x', signal)).toMatchObject({ fault: { kind: 'temporary', code: 'unreachable' } });
  server = await startAuthority(user);
});

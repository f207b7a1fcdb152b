import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { House, origin, token } from './house.ts';

describe('who is not logged in', () => {
  test.each(['/', '/settings', '/nothing/here'])('is led from %s to the login, and sees nothing', async (path) => {
    const answer = await new House().get(path);
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(path === '/' ? '/login' : `/login?to=${encodeURIComponent(path)}`);
    expect(await answer.text()).toBe('');
  });

  test('changes nothing, and a part that renews itself is told so', async () => {
    const house = new House();
    expect((await house.ask({ path: '/theme', form: { theme: 'dark' } })).status).toBe(401);
    expect((await house.get('/', { 'x-siftd-live': '1' })).status).toBe(401);
  });

  test('is not let in by a cookie that nobody gave out', async () => {
    const house = new House();
    await house.enter();
    house.cookie = `${house.cookie.slice(0, -1)}${house.cookie.endsWith('A') ? 'B' : 'A'}`;
    expect((await house.get('/settings')).status).toBe(303);
  });
});

describe('the login', () => {
  test('takes the token and gives a cookie that no script reads and no other site sends', async () => {
    const house = new House();
    const answer = await house.ask({ path: '/login', form: { token, to: '/settings?x=1' } });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/settings?x=1']);
    expect(answer.headers.get('set-cookie')).toMatch(
      /^siftd-console-8026=[\w-]{32}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    await house.enter();
    expect((await house.get('/settings')).status).toBe(200);
  });

  test.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'javascript:alert(1)',
    '',
  ])('leads nowhere else: %s', async (to) => {
    const answer = await new House().ask({ path: '/login', form: { token, to } });
    expect(answer.headers.get('location')).toBe('/');
  });

  test.each(['', 'wrong', token.slice(0, -1), `${token}x`])('refuses %j, and says so', async (wrong) => {
    const answer = await new House().tries(wrong);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const text = await answer.text();
    expect(text).toContain('This is not the token.');
    if (wrong !== '') expect(text).not.toContain(wrong);
  });

  test('no token, right or wrong, stands in the log', async () => {
    const house = new House();
    await house.tries('a wrong guess');
    await house.enter();
    expect(JSON.stringify(house.lines)).toContain('a wrong token');
    expect(JSON.stringify(house.lines)).not.toMatch(/guess|horse/);
  });

  test('whoever guesses is held up, with the right token too, and forgiven with time', async () => {
    const house = new House();
    for (let at = 0; at < limits.console.wrongTokens; at++) expect((await house.tries(`guess ${at}`)).status).toBe(403);
    const held = await house.tries(token);
    expect([held.status, held.headers.get('retry-after')]).toEqual([429, '20']);
    expect((await house.tries(token, { from: '127.0.0.2' })).status).toBe(303);
    house.now += limits.console.tryAgain;
    expect((await house.tries('guess')).status).toBe(403);
    expect((await house.tries(token)).status).toBe(429);
    house.now += limits.console.tryAgain;
    expect((await house.tries(token)).status).toBe(303);
  });

  test('many addresses together are held up too', async () => {
    const house = new House();
    for (let at = 0; at < limits.console.wrongTokensOfAll; at++) {
      expect((await house.tries('guess', { from: `10.0.0.${at}` })).status).toBe(403);
    }
    expect((await house.tries('guess', { from: '10.0.1.1' })).status).toBe(429);
  });

  test('an address cannot be claimed by a header where no proxy is trusted', async () => {
    const house = new House();
    const guess = (at: number) => house.tries('guess', { headers: { 'x-forwarded-for': `10.0.0.${at}` } });
    for (let at = 0; at < limits.console.wrongTokens; at++) await guess(at);
    expect((await guess(99)).status).toBe(429);
  });
});

describe('a session', () => {
  test('ends with its logout, whatever the browser keeps', async () => {
    const house = new House();
    const csrf = await house.enter();
    const answer = await house.ask({ path: '/logout', form: { csrf } });
    expect(answer.headers.get('set-cookie')).toMatch(/^siftd-console-8026=; Max-Age=0;/);
    expect((await house.get('/settings')).status).toBe(303);
  });

  test('ends when it was not used for long, and in the end in any case', async () => {
    const idle = new House();
    await idle.enter();
    idle.now += limits.console.sessionIdle + 1;
    expect((await idle.get('/settings')).status).toBe(303);

    const busy = new House();
    await busy.enter();
    const status = async () => (await busy.get('/settings')).status;
    for (let used = 0; used < limits.console.sessionLife; used += limits.console.sessionIdle) {
      expect(await status()).toBe(200);
      busy.now += limits.console.sessionIdle;
    }
    busy.now += 1;
    expect(await status()).toBe(303);
  });

  test('sessions are not without number: the oldest goes first', async () => {
    const house = new House();
    await house.enter();
    const first = house.cookie;
    for (let at = 0; at < limits.console.sessions; at++) await house.enter();
    expect((await house.get('/settings')).status).toBe(200);
    house.cookie = first;
    expect((await house.get('/settings')).status).toBe(303);
  });
});

describe('a change', () => {
  test('names the secret of its session', async () => {
    const house = new House();
    const csrf = await house.enter();
    const change = (form: Record<string, string>, headers: Record<string, string> = {}) =>
      house.ask({ path: '/theme', form: { theme: 'dark', ...form }, headers });
    expect((await change({ csrf })).status).toBe(303);
    expect((await change({}, { 'x-csrf-token': csrf })).status).toBe(303);
    expect((await change({})).status).toBe(403);
    expect((await change({ csrf: `${csrf}x` })).status).toBe(403);
    const other = new House();
    expect((await change({ csrf: await other.enter() })).status).toBe(403);
  });

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port', { origin: 'http://127.0.0.1:8027' }],
    ['a page without an origin', { origin: 'null' }],
    ['a site that the browser names', { origin: '', 'sec-fetch-site': 'cross-site' }],
    ['another port that the browser names', { origin: '', 'sec-fetch-site': 'same-site' }],
  ])('does not come from %s, be its secret right or not', async (_from, headers) => {
    const house = new House();
    const csrf = await house.enter();
    expect((await house.ask({ path: '/theme', form: { theme: 'dark', csrf }, headers })).status).toBe(403);
    expect((await house.tries(token, { headers })).status).toBe(403);
  });

  test('is small', async () => {
    const house = new House();
    const csrf = await house.enter();
    const theme = 'x'.repeat(limits.console.bodyBytes);
    expect((await house.ask({ path: '/theme', form: { csrf, theme } })).status).toBe(413);
    expect((await house.ask({ path: '/login', form: { token: theme } })).status).toBe(413);
  });
});

describe('DNS rebinding', () => {
  const asks = async (house: House, host: string) => (await house.get('/login', { host })).status;

  test.each(['127.0.0.1:8026', 'localhost:8026', 'LOCALHOST', 'siftd.localhost:1', '[::1]:8026', '127.8.9.1:9000'])(
    'this machine is answered: %s',
    async (host) => expect(await asks(new House(), host)).toBe(200),
  );

  test.each([
    'evil.example',
    'evil.example:8026',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil.example',
    '10.0.0.1:8026',
    'a b',
  ])('another name is not: %s', async (host) => expect(await asks(new House(), host)).toBe(421));

  test('no name at all is not', async () => expect(await asks(new House(), '')).toBe(421));

  test('the names of the configuration are', async () => {
    const house = new House({ names: ['10.0.0.1', 'mail.example'] });
    expect(await asks(house, '10.0.0.1:8026')).toBe(200);
    expect(await asks(house, 'Mail.Example')).toBe(200);
    expect(await asks(house, 'evil.example')).toBe(421);
  });
});

describe('behind a proxy', () => {
  const forwarded = {
    'x-forwarded-host': 'mail.example',
    'x-forwarded-proto': 'https',
    origin: 'https://mail.example',
  };

  test('the cookie is for TLS alone, and changes come from the public name', async () => {
    const house = new House({ names: ['127.0.0.1', 'mail.example'], trustProxy: true });
    const answer = await house.tries(token, { headers: forwarded });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('set-cookie')).toContain('; Secure;');
    const other = await house.tries(token, { headers: { ...forwarded, origin: 'https://evil.example' } });
    expect(other.status).toBe(403);
  });

  test('a name that is not ours is refused in either header', async () => {
    const house = new House({ names: ['mail.example'], trustProxy: true });
    expect((await house.get('/login', { ...forwarded, 'x-forwarded-host': 'evil.example' })).status).toBe(421);
    expect((await house.get('/login', { ...forwarded, host: 'evil.example' })).status).toBe(421);
  });

  test('the address is what the proxy added last, not what the client wrote before it', async () => {
    const house = new House({ names: ['mail.example'], trustProxy: true });
    const from = (addresses: string) => ({ headers: { ...forwarded, 'x-forwarded-for': addresses } });
    for (let at = 0; at < limits.console.wrongTokens; at++) await house.tries('guess', from(`1.1.1.${at}, 9.9.9.9`));
    expect((await house.tries(token, from('1.2.3.4, 9.9.9.9'))).status).toBe(429);
    expect((await house.tries(token, from('9.9.9.9, 1.2.3.4'))).status).toBe(303);
  });

  test('nothing of it is believed without trust_proxy', async () => {
    const house = new House({ names: ['127.0.0.1', 'mail.example'] });
    expect((await house.tries(token, { headers: forwarded })).status).toBe(403);
    const answer = await house.tries(token, { headers: { 'x-forwarded-proto': 'https' } });
    expect(answer.headers.get('set-cookie')).not.toContain('Secure');
  });
});

describe('every answer', () => {
  const paths = ['/login', '/', '/settings', '/nothing', '/static/nothing.js'];

  test.each(paths)('%s loads nothing from elsewhere, is in no frame and no cache', async (path) => {
    const house = new House();
    await house.enter();
    const { headers } = await house.get(path);
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((part) => {
        const [name = '', ...sources] = part.split(' ');
        return [name, sources.join(' ')] as const;
      }),
    );
    expect(Object.fromEntries(policy)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': "'self'",
      'img-src': "'self'",
      'connect-src': "'self'",
      'form-action': "'self'",
      'base-uri': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  test.each(['/login', '/settings', '/nothing'])('%s holds no script, style or handler of its own', async (path) => {
    const house = new House();
    await house.enter();
    const text = await (await house.get(path)).text();
    expect(text).toMatch(/^<!doctype html><html lang="en"/);
    expect(text).not.toMatch(/<script(?![^>]* src="\/static\/)|<style|\sstyle=|\son\w+=|javascript:/i);
    for (const [, target] of text.matchAll(/\s(?:src|href|action)="([^"]*)"/g)) expect(target).toMatch(/^[/#](?!\/)/);
  });

  test('files that carry their version are kept by the browser; no other file is served', async () => {
    const house = new House();
    const login = await (await house.get('/login')).text();
    const [, css = ''] = /href="(\/static\/console\.css\?v=\w+)"/.exec(login) ?? [];
    const answer = await house.get(css);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await house.get('/static/console.css')).headers.get('cache-control')).toBe('no-cache');
    for (const path of ['/static/..%2fapp.tsx', '/static/%2e%2e/app.tsx', '/static/constructor']) {
      expect((await house.get(path)).status, path).not.toBe(200);
    }
  });
});

test('what the page shows is text, never markup', async () => {
  const house = new House();
  expect(await (await house.get('/login?to=/%22%3E%3Cscript%3E')).text()).not.toContain('<script>');
});

test('the origin that the tests take for granted is the one of the requests', () => {
  expect(new URL(origin).host).toBe('127.0.0.1:8026');
});

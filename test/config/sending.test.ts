import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseConfig } from '../../src/config/load.ts';
import { effective } from '../../src/config/print.ts';

describe('what siftd sends', () => {
  const file = '/etc/siftd/siftd.yaml';
  const answer = fileURLToPath(new URL('./answers/one.txt', import.meta.url));
  const env = { PASSWORD: 'correct horse', HOOK: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' };
  const load = (rest: string, account = '') =>
    parseConfig(
      `accounts:\n  a: { host: h.example, user: support@h.example, password: { env: PASSWORD }${account} }\n${rest}`,
      { name: 'siftd.yaml', file, purpose: 'run', env },
    );
  const smtp = 'smtp: { host: smtp.example }\n';
  const routes = 'routes: { r: { move: R }, s: { move: S } }\n';
  const sends = (way: string) => load(`${smtp}routes: { r: ${way} }`).accounts.get('a')?.policy.routes.get('r')?.sends;

  test('is one sending for each address, in the order in which it is written down', () => {
    expect(sends('{ forward: ann@x.example }')).toEqual([{ kind: 'forward', to: 'ann@x.example', as: 'attachment' }]);
    expect(
      sends(
        `{ webhook: { url: "https://h.example/x?y=1", secret: { env: HOOK } }, reply: ${answer}, forward: { to: [ann@x.example, bob@x.example], as: redirect } }`,
      ),
    ).toEqual([
      { kind: 'forward', to: 'ann@x.example', as: 'redirect' },
      { kind: 'forward', to: 'bob@x.example', as: 'redirect' },
      { kind: 'reply', template: answer },
      { kind: 'webhook', url: 'https://h.example/x?y=1' },
    ]);
  });

  test('has what it takes: a server, the text of a template, the secret of a webhook', () => {
    const hook = '{ webhook: { url: "https://h.example/", secret: { env: HOOK }, allow_private: true } }';
    const { sending } =
      load(`${smtp}privacy: { subjects: true }\nroutes: { r: { reply: ${answer} }, s: ${hook} }`).accounts.get('a') ??
      expect.fail();
    expect(sending.smtp).toEqual({
      host: 'smtp.example',
      port: 465,
      tls: 'implicit',
      user: 'support@h.example',
      login: 'account',
      from: 'support@h.example',
      bounces: '',
    });
    expect(sending.templates.get(answer)).toContain('number {{ticket}}');
    expect(sending.hooks.get('https://h.example/')).toMatchObject({ allowPrivate: true });
    expect(sending.hooks.get('https://h.example/')?.secret.reveal()).toBe(env.HOOK);
    expect(sending.subjects).toBe(true);
  });

  test('hands in its mail where the account says, and logs in as it says', () => {
    const own = ', smtp: { host: localhost, tls: none, login: none, from: desk@h.example }';
    expect(load(`${smtp}${routes}`, own).accounts.get('a')?.sending.smtp).toEqual({
      host: 'localhost',
      port: 25,
      tls: 'none',
      user: 'support@h.example',
      login: 'none',
      from: 'desk@h.example',
      bounces: '',
    });
    const user = ', smtp: { host: h.example, tls: starttls, user: desk@h.example, password: { env: PASSWORD } }';
    expect(load(routes, user).accounts.get('a')?.sending.smtp).toMatchObject({
      port: 587,
      user: 'desk@h.example',
      from: 'desk@h.example',
    });
  });

  test('tells people by the account that is named, or the first that sends mail', () => {
    expect(load(`${smtp}${routes}alerts: { to: boss@x.example }`).alerts).toEqual({
      to: ['boss@x.example'],
      every: 3_600_000,
      account: 'a',
    });
  });

  const wrong: [string, string, string][] = [
    ['mail without a server', 'routes: { r: { forward: ann@x.example } }', 'routes.r.forward: found without smtp'],
    ['alerts without a server', 'alerts: { to: ann@x.example }', 'alerts: found without smtp'],
    ['alerts of nobody', `${smtp}alerts: { to: ann@x.example, account: b }`, 'alerts.account: found "b"; allowed: a'],
    ['a forward to what it watches', `${smtp}routes: { r: { forward: Support@h.example } }`, 'which siftd watches'],
    [
      'an address twice',
      `${smtp}routes: { r: { forward: [ann@x.example, Ann@x.example] } }`,
      'found an address a second time',
    ],
    ['no address', `${smtp}routes: { r: { forward: ann } }`, 'allowed: an address such as'],
    [
      'a template that is not there',
      `${smtp}routes: { r: { reply: nowhere.txt } }`,
      'routes.r.reply: it cannot be read',
    ],
    [
      'a webhook in clear text',
      'routes: { r: { webhook: { url: "http://h.example/", secret: { env: HOOK } } } }',
      'allowed: https, or allow_private',
    ],
    [
      'a webhook without a secret',
      'routes: { r: { webhook: { url: "https://h.example/" } } }',
      'routes.r.webhook.secret: missing',
    ],
    [
      'clear text to another machine',
      'smtp: { host: h.example, tls: none }',
      'mail in clear text stays on this machine',
    ],
    ['a user without a login', 'smtp: { host: h.example, user: u, login: none }', 'smtp.user: found with login: none'],
    ['keep beside a forward', `${smtp}routes: { r: { keep: true, forward: ann@x.example } }`, 'found beside forward'],
  ];
  test.each(wrong)('is refused: %s', (_title, rest, why) => {
    expect(() => load(rest)).toThrow(why);
  });

  test('is printed in words that mean the same', () => {
    const text = `${smtp}alerts: { to: [boss@x.example], every: 30m }\nprivacy: { subjects: true }\nroutes: { r: { move: R, forward: { to: ann@x.example, as: redirect }, reply: ${answer}, webhook: { url: "https://h.example/", secret: { env: HOOK } } } }`;
    const config = load(text);
    const again = parseConfig(stringify(effective(config)), { name: 'siftd.yaml', file, purpose: 'run', env });
    expect({ ...again.accounts.get('a'), own: null }).toEqual({ ...config.accounts.get('a'), own: null });
    expect(again.alerts).toEqual(config.alerts);
  });
});

test('a key that signs nothing is told before the first message', () => {
  const text =
    'accounts:\n  a: { host: h, user: u, password: { env: P } }\nroutes: { r: { webhook: { url: "https://h.example/", secret: { env: K } } }, s: { move: S } }';
  const load = (K: string) =>
    parseConfig(text, { name: 'siftd.yaml', file: '/etc/siftd/siftd.yaml', purpose: 'run', env: { P: 'p', K } });
  expect(() => load('a word that anybody made up')).toThrow('is not base64');
  expect(() => load('whsec_c2hvcnQ=')).toThrow('has 5 octets, and not 24 to 64');
  load('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
});

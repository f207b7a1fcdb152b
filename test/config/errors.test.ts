import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { account, errors, route } from './read.ts';

const keys =
  'state, mode, classifier, body, accounts, threshold, target_precision, threads, routes, unsure, failed, smtp, alerts, privacy, console, metrics, seal, service';
const actions = 'move, label, flag, seen, keep, forward, reply, webhook';
const folder =
  'a folder such as Support/Refunds: levels parted by "/", none of them empty, no "*" or "%", up to 255 characters';
const keyword =
  'an IMAP keyword: printable ASCII without spaces and without ( ) { ] % * " \\, up to 50 characters; \\Flagged and \\Seen are "flag: true" and "seen: true"';
const secret = 'where the secret is, never the secret itself: {env: VARIABLE}, {file: PATH} or {credential: NAME}';

describe('a bad file is answered with where, what was found and what is allowed', () => {
  test.each<[string, string, string[]]>([
    [
      'an unknown key',
      `${account}${route}treshold: 0.5`,
      [`3: treshold: unknown key, did you mean "threshold"?; allowed: ${keys}`],
    ],
    ['an unknown key like no other', `${account}${route}weather: {}`, [`3: weather: unknown key; allowed: ${keys}`]],
    ['a key of a later version', `${account}${route}retain: 90d`, [`3: retain: unknown key; allowed: ${keys}`]],
    [
      'swapped letters in an action',
      `${account}routes:\n  r:\n    mvoe: A`,
      [`4: routes.r.mvoe: unknown key, did you mean "move"?; allowed: ${actions}, mode, threshold`],
    ],
    [
      'a route without an action',
      `${account}routes:\n  r: { threshold: 0.9, flag: false }`,
      [
        '3: routes.r: found nothing to do; needed: move, label, flag: true, seen: true, forward, reply, webhook or keep: true',
      ],
    ],
    [
      'keep beside an action',
      `${account}routes:\n  r: { keep: true, label: [a], seen: true }`,
      [
        '3: routes.r.keep: found beside label, seen; allowed: keep: true alone (without "move" a message stays where it is)',
      ],
    ],
    [
      'a way without an action',
      `${account}${route}unsure: {}`,
      [
        '3: unsure: found nothing to do; needed: move, label, flag: true, seen: true, forward, reply, webhook or keep: true',
      ],
    ],
    [
      'a threshold of a way, which has none',
      `${account}${route}failed: { label: [x], threshold: 0.5 }`,
      [`3: failed.threshold: unknown key; allowed: ${actions}`],
    ],
    [
      'a threshold in percent',
      `${account}${route}threshold: 75`,
      ['3: threshold: found 75; allowed: a number from 0 to 1, such as 0.75'],
    ],
    [
      'a target precision that nothing reaches',
      `${account}${route}target_precision: 1`,
      ['3: target_precision: found 1; allowed: a number from 0.5 to 0.999, such as 0.98'],
    ],
    [
      'a mode that is none',
      `${account}${route}mode: dry-run`,
      ['3: mode: found "dry-run"; allowed: "act" or "observe"'],
    ],
    [
      'a folder with an empty level',
      `${account}routes: { r: { move: Support//Refunds } }`,
      [
        `2: routes.r.move: found "Support//Refunds"; allowed: ${folder}; or a special use: \\All \\Archive \\Drafts \\Junk \\Sent \\Trash`,
      ],
    ],
    [
      'a special use that is no place',
      `${account}routes: { r: { move: \\Flagged } }`,
      [
        `2: routes.r.move: found "\\Flagged"; allowed: ${folder}; or a special use: \\All \\Archive \\Drafts \\Junk \\Sent \\Trash`,
      ],
    ],
    [
      'labels that are no keywords',
      `${account}routes:\n  r:\n    label:\n      - needs review\n      - ünsure\n      - $Label1\n      - siftd/Invoice`,
      [
        `5: routes.r.label[0]: found "needs review"; allowed: ${keyword}`,
        `6: routes.r.label[1]: found "ünsure"; allowed: ${keyword}`,
      ],
    ],
    [
      'a flag for a label',
      `${account}routes: { r: { label: [\\Seen] } }`,
      [`2: routes.r.label[0]: found "\\Seen"; allowed: ${keyword}`],
    ],
    [
      'a consent that goes over the network in the clear',
      'seal: { env: GATE }\naccounts:\n  a:\n    host: h.example\n    user: u\n    oauth:\n      client_id: c\n      token: http://h.example/t\n      device: http://localhost/d\n      authorization: http://h.example/a\n      scope: mail\n' +
        route,
      ['token', 'authorization'].map((key, at) => {
        const url = `http://h.example/${key[0]}`;
        const allowed = 'https, since who listens on the way could open the mailbox (http to this machine alone)';
        return `${at === 0 ? 8 : 10}: accounts.a.oauth.${key}: found "${url}"; allowed: ${allowed}`;
      }),
    ],
    [
      'a consent of nobody, and one with more beside it',
      'seal: { env: GATE }\naccounts:\n  a: { host: h.example, user: u, oauth: { as: b } }\n  b: { host: h.example, user: w, oauth: { as: a, client_id: c } }\n  c: { host: h.example, user: v, oauth: { scope: mail, token: "https://h.example/t", device: "https://h.example/d" } }\n' +
        route,
      [
        '3: accounts.a.oauth.as: found "b"; allowed: the name of another account with an oauth of its own',
        '4: accounts.b.oauth.as: found beside client_id; allowed: as: a alone',
        '4: accounts.b.oauth.as: found "a"; allowed: the name of another account with an oauth of its own',
        "5: accounts.c.oauth.client_id: missing; needed: the application's id at the provider",
      ],
    ],
    [
      'a label twice',
      `${account}routes: { r: { label: [urgent, Urgent] } }`,
      ['2: routes.r.label[1]: found "Urgent" a second time; allowed: each label once, in any case'],
    ],
    [
      'one label instead of a list',
      `${account}routes: { r: { label: urgent } }`,
      ['2: routes.r.label: found "urgent"; allowed: a list of labels, such as [urgent]'],
    ],
    [
      'times that are none',
      `${account}${route}classifier:\n  deadline: 15 minutes\n  rate: { requests: 0, per: 2h }`,
      [
        '4: classifier.deadline: found "15 minutes"; allowed: a time such as 30s, 15m, 12h or 7d, from 1s to 7d',
        '5: classifier.rate.requests: found 0; allowed: a whole number from 1 to 10000',
        '5: classifier.rate.per: found "2h"; allowed: a time such as 30s, 15m, 12h or 7d, from 100ms to 1h',
      ],
    ],
    [
      'an id that looks like a number',
      `${route}classifier: { url: https://c.example, company: 12, orchestrator: o, token: { env: TOKEN } }\n${account}`,
      [
        '2: classifier.company: found 12; allowed: the company\'s id: letters, digits, "_" and "-", up to 64; in quotes, since it looks like a number',
      ],
    ],
    [
      'an id that would leave its path',
      `${route}classifier: { url: https://c.example, company: .., orchestrator: a/b, token: { env: TOKEN } }\n${account}`,
      [
        '2: classifier.company: found ".."; allowed: the company\'s id: letters, digits, "_" and "-", up to 64',
        '2: classifier.orchestrator: found "a/b"; allowed: the orchestrator\'s id: letters, digits, "_" and "-", up to 64',
      ],
    ],
    [
      'a url without company, orchestrator and token',
      `${account}${route}classifier:\n  url: https://c.example`,
      [
        "3: classifier.company: missing; needed with a url: the company's id",
        "3: classifier.orchestrator: missing; needed with a url: the orchestrator's id",
        '3: classifier.token: missing; needed with a url: a token such as {env: CLASSIFIER_TOKEN}, or headers',
      ],
    ],
    [
      'what needs a url, without one',
      `${account}${route}classifier:\n  company: c\n  token: { env: TOKEN }`,
      [
        '4: classifier.company: found without classifier.url; allowed: only with the url of an API',
        '5: classifier.token: found without classifier.url; allowed: only with the url of an API',
      ],
    ],
    [
      'a header that siftd sets',
      `${account}${route}classifier:\n  headers:\n    Host: { env: TOKEN }`,
      [
        '5: classifier.headers.Host: found this name; allowed: the name of an HTTP header that siftd does not set itself',
      ],
    ],
    [
      'a token beside an Authorization header',
      `${account}${route}classifier:\n  url: https://c.example\n  company: c\n  orchestrator: o\n  token: { env: TOKEN }\n  headers: { authorization: { env: TOKEN } }`,
      [
        '8: classifier.headers.authorization: found beside classifier.token, which is sent as this header; allowed: one of the two',
      ],
    ],
    [
      'words out of order',
      `${account}${route}classifier: { words: { high: 0.5 } }`,
      ['3: classifier.words: found low, medium and high out of order; allowed: low <= medium <= high'],
    ],
    [
      'metadata that siftd sets, and that is no JSON',
      `${account}${route}classifier:\n  metadata:\n    folder: x\n    n: .nan\n    id: 12345678901234567890`,
      [
        '5: classifier.metadata.folder: found this name; allowed: a name other than thread_id, folder and account, which siftd sets',
        '6: this is no finite number',
        '7: this number is too large to be kept exactly; if it is a name or an id, put it in quotes',
      ],
    ],
    [
      'clear text over a network',
      `${route}accounts:\n  a:\n    host: imap.example.com\n    tls: none\n    user: u\n    password: { env: PASSWORD }`,
      [
        '5: accounts.a.tls: found "none" with the host "imap.example.com"; allowed: "implicit" or "starttls", since a password in clear text stays on this machine (localhost, 127.0.0.1, ::1)',
      ],
    ],
    [
      'an account that lacks nearly everything',
      `${route}accounts:\n  a: { port: 99999 }`,
      [
        '3: accounts.a.host: missing; needed: a host name or an IP address, without a port',
        '3: accounts.a.port: found 99999; allowed: a whole number from 1 to 65535',
        '3: accounts.a.user: missing; needed: the login name, most often the address, up to 320 characters in one line',
        `3: accounts.a.password: missing; needed: ${secret}; or oauth, where the server takes no password`,
      ],
    ],
    [
      'a host with scheme and port',
      `${route}accounts:\n  a:\n    host: imaps://h.example:993\n    user: u\n    password: { env: PASSWORD }`,
      ['4: accounts.a.host: found "imaps://h.example:993"; allowed: a host name or an IP address, without a port'],
    ],
    [
      'no folder, and a date that never was',
      `${route}accounts:\n  a:\n    host: h\n    user: u\n    password: { env: PASSWORD }\n    folders: []\n    since: 2026-02-30`,
      [
        '7: accounts.a.folders: found a list; allowed: at least one folder, such as [INBOX]',
        '8: accounts.a.since: found "2026-02-30"; allowed: "now", "all", a date such as 2026-01-31 (midnight UTC), or a time such as 2026-01-31T08:00:00+01:00',
      ],
    ],
    [
      'a watched folder twice',
      `${route}accounts: { a: { host: h, user: u, password: { env: PASSWORD }, folders: [INBOX, inbox] } }`,
      ['2: accounts.a.folders[1]: found "INBOX" a second time; allowed: each folder once'],
    ],
    [
      'a name of an account that would leave its path',
      `${route}accounts:\n  ../a: { host: h, user: u, password: { env: PASSWORD } }`,
      [
        '3: accounts."../a": found this name; allowed: a short name for the account: letters, digits, "_" and "-", up to 64',
      ],
    ],
    [
      'a route into the only watched folder',
      `${account}routes:\n  r: { move: Inbox }`,
      [
        '3: routes.r.move: found "INBOX", where account a finds its mail; allowed: another folder, or keep: true to leave it there',
      ],
    ],
    [
      'one mailbox in two accounts',
      `${route}accounts:\n  a: { host: h, user: u, password: { env: PASSWORD } }\n  b: { host: H, user: u, password: { env: PASSWORD } }`,
      [
        '4: accounts.b: found the mailbox of account a with "INBOX" watched in both; allowed: one account for each watched folder',
      ],
    ],
    [
      'nothing to learn from',
      account,
      [
        "1: routes: no route, and the service inside siftd learns from the routes' folders; needed: at least two routes, such as refund_request: {move: Support/Refunds}",
      ],
    ],
    [
      'a service that answers nobody and an engine that is none',
      'service:\n  listen: 8025\n  companies:\n    c:\n      tokens: []\n      orchestrators: { o: { engine: gpt } }',
      [
        '2: service.listen: found 8025; allowed: an address and a port, such as 127.0.0.1:8025 or [::1]:8025',
        '5: service.companies.c.tokens: found a list; allowed: at least one secret, such as [{env: SERVICE_TOKEN}]',
        '6: service.companies.c.orchestrators.o.engine: found "gpt"; allowed: "linear", "llm" or "cascade"',
      ],
    ],
    [
      'engines that lack what they need, or have what they do not',
      `service:
  companies:
    c:
      tokens: [{ env: TOKEN }]
      orchestrators:
        a: { engine: llm, labels: { one: only }, model: m }
        b: { engine: cascade, below: 2, labels: { x: ex, y: why }, llm: { url: "https://x.example/v1", model: "a b" } }
        c: { below: 0.5, llm: { url: "https://x.example/v1", model: m } }
        d: { engine: llm, labels: { x: ex, y: why }, llm: { url: "https://u:p@x.example", model: m, token: abc, budget: 5 } }`,
      [
        '6: service.companies.c.orchestrators.a.llm: missing; needed with engine: llm: its url and model',
        '6: service.companies.c.orchestrators.a.labels: needed with engine: llm: at least two classes, each with what it is about',
        '6: service.companies.c.orchestrators.a.model: found with engine: llm, whose model is llm.model; allowed: with engine: linear or cascade',
        '7: service.companies.c.orchestrators.b.llm.model: found "a b"; allowed: the name of a model, such as qwen2.5:7b: printable ASCII without spaces, up to 200 characters',
        '7: service.companies.c.orchestrators.b.below: found 2; allowed: a confidence from 0 to 1',
        '8: service.companies.c.orchestrators.c.llm: found with engine: linear; allowed: with engine: llm or cascade',
        '8: service.companies.c.orchestrators.c.below: found with engine: linear; allowed: with engine: cascade',
        '9: service.companies.c.orchestrators.d.llm.url: found a text; allowed: a URL such as https://classifier.example, without a user, a password, "?" or "#"',
        `9: service.companies.c.orchestrators.d.llm.token: found a text; allowed: ${secret}`,
        '9: service.companies.c.orchestrators.d.llm.budget: found 5; allowed: a whole number from 20000 to 1000000000000',
      ],
    ],
    [
      'metrics that nobody can ask for',
      `${account}${route}metrics: { listen: 9464, token: abc }`,
      [
        '3: metrics.listen: found 9464; allowed: "off", or an address and a port, such as 127.0.0.1:9464',
        `3: metrics.token: found a text; allowed: ${secret}`,
      ],
    ],
    [
      'a console that is none, and one whose name or token nobody knows',
      `${account}${route}console: { listen: on, token: abc, trust_proxy: 1 }`,
      [
        '3: console.listen: found "on"; allowed: "off", or an address and a port, such as 127.0.0.1:8026',
        `3: console.token: found a text; allowed: ${secret}`,
        '3: console.trust_proxy: found 1; allowed: true or false',
      ],
    ],
    [
      'a console for everybody',
      `${account}${route}console: { listen: "0.0.0.0:8026" }`,
      [
        '3: console.token: missing; needed where it listens to more than this machine: a secret, such as {env: CONSOLE_TOKEN}',
        '3: console.host: missing; needed where it listens on every address: the name by which browsers reach it',
      ],
    ],
    [
      'a console behind a proxy',
      `${account}${route}console: { trust_proxy: true }`,
      ['3: console.host: missing; needed behind a proxy: the name by which browsers reach it'],
    ],
    [
      'an empty file',
      '',
      [
        `1: found nothing; allowed: a map of ${keys}`,
        '1: accounts: missing; needed: at least one account to watch, or one company under service to answer',
      ],
    ],
    [
      'a key twice, and what else is wrong',
      `${account}${route}mode: act\nmode: observe\nbody: { limit: 0 }`,
      [
        '4: this key stands here twice; the second one would silently win',
        '5: body.limit: found 0; allowed: a whole number from 1 to 100000',
      ],
    ],
    ['a tab', 'accounts:\n\ta: {}', ['2: a tab; YAML is indented with spaces only']],
    [
      'a special use in double quotes',
      'routes:\n  spam: { move: "\\Junk" }',
      ['2: an unknown escape in double quotes; write a backslash without quotes or in single quotes: \\Junk'],
    ],
    [
      'a brace that is never closed',
      'routes: { spam: { move: A }\nmode: act\n',
      ['2: this line is not indented as the lines beside it, or a bracket or brace before it is not closed'],
    ],
    [
      'two documents',
      `${account}---\nmode: act`,
      ['2: a second document begins here ("---"); a configuration is one document'],
    ],
    ['an alias that contains itself', 'accounts: &a\n  b: *a', ['2: this alias (*name) contains itself']],
    ['keys that are no words', '? [a]\n: 1\n__proto__: {}', ['1: a key is a plain word', '3: this cannot be a key']],
  ])('%s', (_name, text, lines) => {
    expect(errors(text)).toEqual(lines.map((line) => `siftd.yaml:${line}`));
  });

  test('errors of shape, of meaning and of secrets come together, by line', () => {
    const text = `threshold: 2
routes:
  a: {}
  b: { move: A, colour: red }
accounts:
  x: { host: h, user: u, password: { env: UNSET } }
  y: { host: g, user: u }
classifier: { words: { low: 1 } }
`;
    expect(errors(text).map((line) => line.split(': ').slice(0, 2).join(' '))).toEqual([
      'siftd.yaml:1 threshold',
      'siftd.yaml:3 routes.a',
      'siftd.yaml:4 routes.b.colour',
      'siftd.yaml:6 accounts.x.password',
      'siftd.yaml:7 accounts.y.password',
      'siftd.yaml:8 classifier.words',
    ]);
  });

  test('an error in what an alias stands for is told where it is written', () => {
    const text = `${account}routes:\n  r: &way\n    label: [a b]\n  s: *way\n`;
    expect(errors(text).map((line) => line.split(': ').slice(0, 2))).toEqual([
      ['siftd.yaml:4', 'routes.r.label[0]'],
      ['siftd.yaml:4', 'routes.s.label[0]'],
    ]);
  });

  test('a thousand errors are one mistake: the first hundred are told, and how many are not', () => {
    const text = Array.from({ length: 150 }, (_, index) => `key${index}: 1`).join('\n');
    const lines = errors(text, 'read');
    expect(lines).toHaveLength(limits.config.errors + 1);
    expect(lines.at(-1)).toBe('siftd.yaml: 50 more');
  });

  test('a password with a comma, inside braces, leaves no piece of itself in the error', () => {
    const text = `${route}accounts: { a: { host: h, user: u, password: correct,horse } }`;
    expect(errors(text)).toEqual([
      `siftd.yaml:2: accounts.a.password: found a text; allowed: ${secret}`,
      'siftd.yaml:2: accounts.a: found a key without a value; allowed: host, port, tls, user, aliases, password, oauth, folders, since, resort, mode, threshold, threads, routes, unsure, failed, classifier, smtp',
    ]);
  });

  test('what a terminal would obey does not reach it', () => {
    const line = errors(`${account}${route}"\\e[2J\\u202e": "x"\nmode: "\\e]0;x\\a"`).join('\n');
    expect(line).toContain('found "?]0;x?"');
    expect(line.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

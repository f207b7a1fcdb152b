import { gzipSync } from 'node:zlib';

/** What the vendor does with a request: it answers, or it does what servers do that answer nothing. */
export type Reply =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly text: string;
      readonly headers: Readonly<Record<string, string>>;
    }
  /** Closes the connection without a byte. */
  | { readonly kind: 'drop' }
  /** Answers nothing and keeps the connection. */
  | { readonly kind: 'hang' }
  /** Closes the connection in the middle of an answer. */
  | { readonly kind: 'reset'; readonly text: string }
  /** Writes these bytes as they are, as long as the client takes them; then closes the connection, or keeps it silent. */
  | { readonly kind: 'raw'; readonly bytes: Iterable<string | Uint8Array>; readonly end: 'close' | 'keep' };

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

function text(status: number, content: string, headers: Readonly<Record<string, string>>): Reply {
  return { kind: 'answer', status, text: content, headers };
}

const asJson = { 'content-type': 'application/json' };
const asPage = { 'content-type': 'text/html; charset=utf-8' };
const page = '<!doctype html><title>Sign in</title><p>Please sign in.';

function* endless(first: string, more: string): Iterable<string> {
  yield first;
  for (;;) yield more;
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n';
const raw = (bytes: Iterable<string | Uint8Array>, end: 'close' | 'keep' = 'close'): Reply => ({
  kind: 'raw',
  bytes,
  end,
});

/** 64 MiB in 64 KiB. */
const bomb = () =>
  gzipSync(Buffer.concat([Buffer.from('{"status":"started","pad":"'), Buffer.alloc(64 * 2 ** 20, 120)]));

/** `external`: the external values of the process that was asked for, if there is one. */
type Evil = (external: Readonly<Record<string, unknown>>) => Reply;

const completed =
  (result: unknown): Evil =>
  (external) =>
    json(200, { status: 'completed', result, ...external });

/** Ways in which an API can break its contract, by name. */
const malices = {
  hang: () => ({ kind: 'hang' }),
  reset: () => ({ kind: 'reset', text: '{"status":"comp' }),
  'reset-in-headers': () => raw(['HTTP/1.1 200 OK\r\nContent-Ty']),
  'silent-after-headers': () => raw([`${head}Content-Length: 500\r\n\r\n{"status":"comp`], 'keep'),
  'endless-headers': () => raw(endless(head, `X-Padding: ${'x'.repeat(1000)}\r\n`)),
  'endless-interim': () => raw(endless('', 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n')),
  'endless-body': () => raw(endless(`${head}\r\n{"status":"started","pad":"`, 'x'.repeat(2 ** 14))),
  bomb: () => {
    const zipped = bomb();
    return raw([`${head}Content-Encoding: gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`, zipped]);
  },
  'bomb-in-bomb': () => {
    const zipped = gzipSync(bomb());
    const headers = `Content-Encoding: gzip, gzip\r\nContent-Length: ${zipped.length}\r\n\r\n`;
    return raw([head + headers, zipped]);
  },
  deep: () => text(200, `${'['.repeat(400_000)}${']'.repeat(400_000)}`, asJson),
  html: () => text(200, page, asPage),
  'html-404': () => text(404, page, asPage),
  truncated: () => text(200, '{"status":"completed","result":{"classif', asJson),
  huge: () => json(200, { status: 'started', result: null, padding: 'x'.repeat(2 ** 21) }),
  empty: () => text(200, '', asJson),
  redirect: () => text(302, '', { location: '/login' }),
  'unknown-status': (external) => json(200, { status: 'thinking', result: null, ...external }),
  'missing-fields': () => json(200, {}),
  'not-an-object': () => json(200, []),
  'null-result': completed(null),
  'no-result': completed(undefined),
  'foreign-ref': () =>
    json(200, {
      status: 'completed',
      result: { classification: 'spam', confidence: 1 },
      external_ref: '<another@example.com>',
    }),
  'confidence-word': completed({ classification: 'spam', confidence: 'certain' }),
  'confidence-text': completed({ classification: 'spam', confidence: '0.9' }),
  'confidence-nan': () =>
    text(200, '{"status":"completed","result":{"classification":"spam","confidence":NaN}}', asJson),
  'confidence-infinite': () =>
    text(200, '{"status":"completed","result":{"classification":"spam","confidence":1e999}}', asJson),
  'confidence-seven': completed({ classification: 'spam', confidence: 7 }),
  'confidence-negative': completed({ classification: 'spam', confidence: -0.1 }),
  'confidence-missing': completed({ classification: 'spam' }),
  unroutable: completed({ classification: 'poetry', confidence: 1 }),
  'label-empty': completed({ classification: '', confidence: 0.9 }),
  'label-endless': completed({ classification: 'x'.repeat(10_000), confidence: 0.9 }),
  'main-missing': completed({ main_prediction: 'a', predictions: [{ label: 'b', confidence: 'high', priority: 1 }] }),
  'path-as-id': () => json(200, { process_cuid: '../../classification' }),
  never: (external) => json(200, { status: 'started', result: null, ...external }),
  failed: (external) => json(200, { status: 'failed', result: null, ...external }),
  lost: () => json(404, {}),
} satisfies Record<string, Evil>;

export type Malice =
  | keyof typeof malices
  | { readonly status: number; readonly retryAfter?: string }
  | { readonly redirect: string; readonly status: 301 | 302 | 303 | 307 | 308 };

export function evil(malice: Malice, external: Readonly<Record<string, unknown>>): Reply {
  if (typeof malice === 'string') {
    const act: Evil = malices[malice];
    return act(external);
  }
  if ('redirect' in malice) return text(malice.status, '', { location: malice.redirect });
  return json(malice.status, {}, malice.retryAfter === undefined ? {} : { 'retry-after': malice.retryAfter });
}

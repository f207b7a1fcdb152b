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
  | { readonly kind: 'reset'; readonly text: string };

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return text(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

function text(status: number, content: string, headers: Readonly<Record<string, string>>): Reply {
  return { kind: 'answer', status, text: content, headers };
}

const asJson = { 'content-type': 'application/json' };
const asPage = { 'content-type': 'text/html; charset=utf-8' };
const page = '<!doctype html><title>Sign in</title><p>Please sign in.';

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
  'confidence-text': completed({ classification: 'spam', confidence: '0.9' }),
  'confidence-nan': () =>
    text(200, '{"status":"completed","result":{"classification":"spam","confidence":NaN}}', asJson),
  'confidence-infinite': () =>
    text(200, '{"status":"completed","result":{"classification":"spam","confidence":1e999}}', asJson),
  'confidence-seven': completed({ classification: 'spam', confidence: 7 }),
  'confidence-negative': completed({ classification: 'spam', confidence: -0.1 }),
  'confidence-missing': completed({ classification: 'spam' }),
  'label-empty': completed({ classification: '', confidence: 0.9 }),
  'label-endless': completed({ classification: 'x'.repeat(10_000), confidence: 0.9 }),
  'main-missing': completed({ main_prediction: 'a', predictions: [{ label: 'b', confidence: 'high', priority: 1 }] }),
  'path-as-id': () => json(200, { process_cuid: '../../classification' }),
  never: (external) => json(200, { status: 'started', result: null, ...external }),
  failed: (external) => json(200, { status: 'failed', result: null, ...external }),
  lost: () => json(404, {}),
} satisfies Record<string, Evil>;

export type Malice = keyof typeof malices | { readonly status: number; readonly retryAfter?: string };

export function evil(malice: Malice, external: Readonly<Record<string, unknown>>): Reply {
  if (typeof malice === 'string') {
    const act: Evil = malices[malice];
    return act(external);
  }
  return json(malice.status, {}, malice.retryAfter === undefined ? {} : { 'retry-after': malice.retryAfter });
}

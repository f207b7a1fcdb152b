import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { seeded } from '../../src/base/random.ts';
import { crossValidateInWorker, trainInWorker } from '../../src/engine/background.ts';
import { evaluate } from '../../src/engine/model.ts';
import { encodeModel } from '../../src/engine/modelfile.ts';
import { kinds } from '../../src/engine/text.ts';
import { readCorpus, train } from '../../src/engine/train.ts';
import { heldOut, kindWeights, vectorise } from '../../src/engine/vectors.ts';
import { sample } from './sample.ts';

const model = train(sample(24));

describe('training', () => {
  test('the same examples and seed give the same model, octet for octet', () => {
    expect(encodeModel(train(sample(24)).state)).toEqual(encodeModel(model.state));
    expect(train(sample(24)).version).toBe(model.version);
  });

  test('another seed cuts other folds', () => {
    expect(train(sample(24), { seed: 2 }).version).not.toBe(model.version);
  });

  test('what was learned is recognised, in a subject alone and in a body alone', () => {
    expect(model.classify({ subject: 'refund please', body: '' }).label).toBe('refund_request');
    expect(model.classify({ subject: '', body: 'my parcel is lost, do you have the tracking number?' }).label).toBe(
      'delivery',
    );
    expect(model.classify({ subject: '', body: 'Die Hose passt nicht, ich möchte sie ZURÜCKSCHICKEN' }).label).toBe(
      'rueckgabe',
    );
    expect(model.classify({ subject: '', body: 'zuruckschicken, falsche Grosse' }).label).toBe('rueckgabe');
  });

  test('a class with too few examples is named and never predicted', () => {
    const few = train([
      ...sample(24),
      ...sample(limits.engine.minExamples - 1, ['complaint']).map((one) => ({ ...one, label: 'rare' })),
    ]);
    expect(few.report.tooFew).toEqual([{ label: 'rare', examples: limits.engine.minExamples - 1 }]);
    expect(few.labels).not.toContain('rare');
  });

  test('fewer than two classes with enough examples are refused with what is missing', () => {
    expect(() => train([...sample(12, ['delivery']), ...sample(3, ['complaint'])])).toThrow(
      new UserError('at least two classes need 10 examples each; enough: delivery (12); too few: complaint (3)'),
    );
  });

  test('examples without any text do not stop a training', () => {
    const empty = sample(12).map((one, at) => (at % 4 === 0 ? { ...one, subject: '', body: '' } : one));
    expect(train(empty).labels).toHaveLength(4);
    expect(
      train(sample(12).map((one) => ({ ...one, subject: '', body: '' }))).classify({ subject: 'a', body: 'b' })
        .confidence,
    ).toBeLessThan(0.9);
  });

  test('scripts without spaces and right-to-left ones are learned', () => {
    const refund = [
      '我要退款',
      '请退还我的钱',
      '退款什么时候到账',
      'サイズが違うので返金してください',
      'أريد استرداد المال',
      'ขอเงินคืนหน่อยครับ',
      'อยากได้เงินคืนค่ะ',
    ];
    const parcel = [
      '包裹在哪里',
      '快递还没有到',
      '什么时候发货',
      '荷物がまだ届きません',
      'أين الطرد الخاص بي',
      'พัสดุอยู่ที่ไหนครับ',
      'ของยังไม่มาส่งเลย',
    ];
    const examples = [0, 1, 2].flatMap((round) => [
      ...refund.map((body) => ({ subject: '', body: `${body}${round}`, label: 'refund' })),
      ...parcel.map((body) => ({ subject: '', body: `${body}${round}`, label: 'parcel' })),
    ]);
    const trained = train(examples);
    expect(trained.classify({ subject: '', body: '你好，我想退款' }).label).toBe('refund');
    expect(trained.classify({ subject: '', body: '我的快递到了吗' }).label).toBe('parcel');
    expect(trained.classify({ subject: '', body: 'متى يصل الطرد' }).label).toBe('parcel');
    expect(trained.classify({ subject: '', body: '返金をお願いします' }).label).toBe('refund');
    expect(trained.classify({ subject: '', body: 'ผมต้องการเงินคืน' }).label).toBe('refund');
    expect(trained.classify({ subject: '', body: 'พัสดุยังไม่ถึง' }).label).toBe('parcel');
  });

  test('a word in the subject is another thing than the same word in the body', () => {
    const words = [
      'monday',
      'tuesday',
      'sunday',
      'may',
      'june',
      'april',
      'north',
      'south',
      'east',
      'west',
      'red',
      'blue',
    ];
    const trained = train(
      words.flatMap((word) => [
        { subject: `invoice ${word}`, body: 'please see the offer', label: 'invoices' },
        { subject: `offer ${word}`, body: 'please see the invoice', label: 'offers' },
      ]),
    );
    expect(trained.report.accuracy.value).toBeGreaterThan(0.9);
    expect(trained.classify({ subject: 'invoice', body: 'offer' }).label).toBe('invoices');
    expect(trained.classify({ subject: 'offer', body: 'invoice' }).label).toBe('offers');
  });

  test('the words of a label are known, though no example holds them', () => {
    const examples = sample(24).map((one) =>
      one.label === 'delivery' ? { ...one, label: 'Support/ShipmentOverdue_old' } : one,
    );
    const trained = train(examples);
    expect(trained.classify({ subject: '', body: 'shipment overdue' }).label).toBe('Support/ShipmentOverdue_old');
  });

  test('of examples with too many n-grams some of every class are left out, by lot', () => {
    const read = (nonzeros: number) => readCorpus(sample(24), 10, seeded(1), nonzeros);
    const all = read(1_000_000);
    expect(all.corpus.examples).toHaveLength(96);
    const most = Math.floor(all.vectors.rows.columns.length / 2);
    const { corpus, vectors } = read(most);
    expect(vectors.rows.columns.length).toBeLessThanOrEqual(most);
    expect(corpus.labels).toEqual(all.corpus.labels);
    const counts = corpus.labels.map((_, label) => corpus.truth.filter((one) => one === label).length);
    expect(Math.min(...counts)).toBeGreaterThan(2);
    expect(Math.max(...counts)).toBe(Math.min(...counts));
  });

  test('unseen rows are read as new mail is: without the n-grams that no other fold has', () => {
    const mails = ['refund the jacket', 'refund the parcel', 'refund the courier'].map((body) => ({
      subject: '',
      body,
    }));
    const vectors = vectorise(mails, 2, 1000);
    if (vectors === undefined) throw new Error('too many n-grams');
    const held = heldOut(vectors, Uint8Array.from([0, 1, 2]));
    const { rows, kindOf } = vectors;
    const words = kinds.indexOf('words');
    const lengthOf = (values: Float32Array) => {
      let square = 0;
      for (let at = 0; at < (rows.starts[1] ?? 0); at++)
        if (kindOf[rows.columns[at] ?? 0] === words) square += (values[at] ?? 0) ** 2;
      return Math.sqrt(square);
    };
    expect(lengthOf(rows.values)).toBeCloseTo(kindWeights.words);
    expect(lengthOf(held.values)).toBeCloseTo(kindWeights.words);
    // Of `refund`, `refund the`, `the`, `the jacket` and `jacket`, the last two stand in the first mail alone.
    const known = rows.columns
      .slice(0, rows.starts[1])
      .filter((column, at) => kindOf[column] === words && held.values[at]);
    expect(known).toHaveLength(3);
  });

  test('progress rises from 0 to 1 and an aborted signal ends the training', () => {
    const seen: number[] = [];
    train(sample(12), { onProgress: (share) => seen.push(share) });
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBe(1);
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    const abort = new AbortController();
    expect(() =>
      train(sample(12), {
        signal: abort.signal,
        onProgress: (share) => share > 0.5 && abort.abort(new Error('enough')),
      }),
    ).toThrow('enough');
  });

  test('the report counts every example and gives each class a threshold', () => {
    const { report } = model;
    expect(report.examples).toBe(96);
    expect(report.classes.map(({ label, examples }) => [label, examples])).toEqual(
      model.labels.map((label) => [label, 24]),
    );
    expect(report.accuracy.low).toBeLessThan(report.accuracy.value);
    expect(report.accuracy.value).toBeGreaterThan(0.8);
    for (const one of report.classes) if (one.threshold !== null) expect(one.filed).toBeGreaterThan(0);
  });
});

describe('answers', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', ' ', '\u0000', '😀😀', '\ud800', 'ﬁ', 'İ'),
  );

  test('are known labels with confidences between 0 and 1, whatever the text', () => {
    fc.assert(
      fc.property(text, text, (subject, body) => {
        const { label, confidence, alternatives } = model.classify({ subject, body });
        expect(model.labels).toContain(label);
        expect(alternatives).toHaveLength(3);
        expect(alternatives[0]).toEqual({ label, confidence });
        expect(new Set(alternatives.map((one) => one.label)).size).toBe(3);
        let sum = 0;
        for (const one of alternatives) {
          expect(one.confidence).toBeGreaterThanOrEqual(0);
          expect(one.confidence).toBeLessThanOrEqual(confidence);
          sum += one.confidence;
        }
        expect(sum).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  test('do not depend on what was asked before', () => {
    const mail = { subject: 'refund', body: 'money back for the jacket' };
    const before = model.classify(mail);
    model.classify({ subject: 'x'.repeat(5000), body: 'courier '.repeat(5000) });
    expect(model.classify(mail)).toEqual(before);
  });

  test('read a hostile long text up to the limit and no further', () => {
    const start = 'parcel courier tracking number '.padEnd(limits.engine.bodyChars, 'q');
    const long = model.classify({ subject: '', body: `${start}${'refund money back '.repeat(100_000)}` });
    expect(long).toEqual(model.classify({ subject: '', body: start }));
    expect(model.classify({ subject: '', body: 'ﷺ'.repeat(5_000_000) }).confidence).toBeLessThanOrEqual(1);
  });

  test('on mail of another world are unsure', () => {
    const known = model.classify({ subject: 'refund', body: 'refund, money back, return the jacket' }).confidence;
    const foreign = model.classify({ subject: 'Xylophon', body: 'Quarks zipfeln jwkx vrmbl' }).confidence;
    expect(known).toBeGreaterThan(0.75);
    expect(foreign).toBeLessThan(0.5);
  });
});

describe('training in a thread', () => {
  test('gives the very model that training here gives, and reports progress', async () => {
    const seen: number[] = [];
    const there = await trainInWorker(sample(24), { onProgress: (share) => seen.push(share) });
    expect(there.version).toBe(model.version);
    expect(there.report).toEqual(model.report);
    expect(seen.length).toBeGreaterThan(2);
  });

  test('refuses as training here does, and ends when its signal aborts', async () => {
    await expect(trainInWorker(sample(2))).rejects.toThrow(UserError);
    const abort = new AbortController();
    const running = trainInWorker(sample(200), {
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('stop')),
    });
    await expect(running).rejects.toThrow('stop');
  });

  test('cross-validates there too', async () => {
    const evaluation = await crossValidateInWorker(sample(24));
    expect(evaluation.examples).toBe(96);
    expect(evaluation.accuracy).toBe(model.report.accuracy.value);
  });
});

test('evaluating on what was learned counts right answers and confusions', () => {
  const evaluation = evaluate(model, [...sample(24), { subject: '', body: 'refund', label: 'unheard_of' }]);
  expect(evaluation.examples).toBe(97);
  expect(evaluation.accuracy).toBeGreaterThan(0.9);
  expect(evaluation.confusion['unheard_of']).toEqual({ refund_request: 1 });
  expect(evaluation.classes.find((one) => one.label === 'unheard_of')).toMatchObject({
    recall: 0,
    precision: null,
    f1: 0,
  });
});

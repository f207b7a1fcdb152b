import { beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/base/errors.ts';
import { CascadeEngine } from '../../src/engine/cascade.ts';
import { type Engine, type Mail, NoAnswer, type Prediction } from '../../src/engine/engine.ts';

const mail: Mail = { subject: 's', body: 'b' };
const predicted = (label: string, confidence: number): Prediction => ({ label, confidence, alternatives: [] });

class Fake implements Engine {
  readonly labels: readonly string[];
  readonly version: string;
  asked = 0;
  answer: () => Prediction | Promise<Prediction>;
  gone: Fault | null = null;
  constructor(version: string, labels: readonly string[], prediction: Prediction) {
    this.version = version;
    this.labels = labels;
    this.answer = () => prediction;
  }

  classify(): Prediction | Promise<Prediction> {
    this.asked++;
    return this.answer();
  }

  away(): Fault | null {
    return this.gone;
  }
}

let linear: Fake;
let llm: Fake;
let cascade: CascadeEngine;
beforeEach(() => {
  linear = new Fake('linear-1', ['a', 'b'], predicted('a', 0.5));
  llm = new Fake('llm-1', ['b', 'c'], { ...predicted('c', 0.7), stated: true });
  cascade = new CascadeEngine(linear, llm, 0.8);
});

describe('a cascade', () => {
  it('answers any label of either, and names both in its version', () => {
    expect(cascade.labels).toEqual(['a', 'b', 'c']);
    expect(cascade.version).toBe('linear-1+llm-1');
  });

  it.each([
    [0.8, 'linear-1', 0],
    [0.81, 'linear-1', 0],
    [0.799, 'llm-1', 1],
    [0, 'llm-1', 1],
  ])('of a first confidence of %f is answered by %s', async (confidence, by, asked) => {
    linear.answer = () => predicted('a', confidence);
    expect(await cascade.classify(mail)).toMatchObject({
      by,
      ...(asked === 1 ? { label: 'c', stated: true } : { label: 'a' }),
    });
    expect(llm.asked).toBe(asked);
  });

  it.each(['temporary', 'permanent', 'unauthorized'] as const)(
    "lets the first one's answer stand, with its low confidence, when the second has none (%s)",
    async (kind) => {
      llm.answer = () => Promise.reject(new NoAnswer({ kind, code: 'x', message: 'm' }));
      expect(await cascade.classify(mail)).toEqual({ ...predicted('a', 0.5), by: 'linear-1' });
    },
  );

  it('does not ask a second that is away, and is itself never away while it has a first', async () => {
    llm.gone = { kind: 'temporary', code: 'budget', message: 'm' };
    expect(await cascade.classify(mail)).toMatchObject({ label: 'a', by: 'linear-1' });
    expect(llm.asked).toBe(0);
    expect(cascade.away()).toBeNull();
  });

  it('hides no bug of the second', async () => {
    llm.answer = () => Promise.reject(new TypeError('bug'));
    await expect(cascade.classify(mail)).rejects.toThrow(TypeError);
  });

  it('without a first asks the second about everything, and is away with it', async () => {
    const alone = new CascadeEngine(null, llm, 0.8);
    expect(alone.labels).toEqual(['b', 'c']);
    expect(await alone.classify(mail)).toMatchObject({ label: 'c', by: 'llm-1' });
    llm.gone = { kind: 'temporary', code: 'budget', message: 'm' };
    expect(alone.away()).toEqual(llm.gone);
    llm.answer = () => Promise.reject(new NoAnswer({ kind: 'temporary', code: 'x', message: 'm' }));
    await expect(alone.classify(mail)).rejects.toThrow(NoAnswer);
  });
});

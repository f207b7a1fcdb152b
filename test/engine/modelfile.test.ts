import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadModel, rollbackModel, saveModel } from '../../src/engine/modelfile.ts';
import { train } from '../../src/engine/train.ts';
import { sample } from './sample.ts';

const models = [1, 2, 3, 4].map((seed) => train(sample(12), { seed }));
const [first, second, third, fourth] = models;
let folder = '';
let path = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-model-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(folder, { recursive: true });
  path = join(folder, 'deep', 'support.model');
});

const versionAt = (file: string) => {
  const loaded = loadModel(file);
  return loaded.ok ? loaded.value.version : loaded.fault.code;
};

describe('the model file', () => {
  test('gives back the model that was saved, to the last answer', () => {
    if (!first) throw new Error('no model');
    saveModel(path, first);
    const loaded = loadModel(path);
    if (!loaded.ok) throw new Error(loaded.fault.message);
    expect(loaded.value.version).toBe(first.version);
    expect(loaded.value.labels).toEqual(first.labels);
    expect(loaded.value.report).toEqual(first.report);
    for (const example of sample(12)) expect(loaded.value.classify(example)).toEqual(first.classify(example));
  });

  test('is its owner’s alone and leaves no temporary file', () => {
    if (!first) throw new Error('no model');
    saveModel(path, first);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'deep'))).toEqual(['support.model']);
  });

  test('keeps the last three, and rolling back takes them in turn and loses none', () => {
    for (const model of models) saveModel(path, model);
    const files = [path, `${path}.1`, `${path}.2`];
    expect(readdirSync(join(folder, 'deep')).sort()).toEqual(['support.model', 'support.model.1', 'support.model.2']);
    expect(files.map(versionAt)).toEqual([fourth, third, second].map((model) => model?.version));
    const rolled = rollbackModel(path);
    expect(rolled.ok && rolled.value.version).toBe(third?.version);
    expect(files.map(versionAt)).toEqual([third, second, fourth].map((model) => model?.version));
    rollbackModel(path);
    rollbackModel(path);
    expect(files.map(versionAt)).toEqual([fourth, third, second].map((model) => model?.version));
  });

  test('is not rolled back to nothing, nor to a damaged model', () => {
    if (!first || !second) throw new Error('no model');
    saveModel(path, first);
    expect(rollbackModel(path)).toMatchObject({ ok: false, fault: { code: 'model-missing' } });
    saveModel(path, second);
    writeFileSync(`${path}.1`, 'not a model');
    expect(rollbackModel(path)).toMatchObject({ ok: false, fault: { code: 'model-damaged' } });
    expect(versionAt(path)).toBe(second.version);
  });

  test('that is missing, a folder, empty or of another format is a fault that says so', () => {
    expect(loadModel(path)).toMatchObject({ ok: false, fault: { kind: 'permanent', code: 'model-missing' } });
    if (!first) throw new Error('no model');
    saveModel(path, first);
    expect(loadModel(folder)).toMatchObject({ ok: false, fault: { code: 'model-unreadable' } });
    const bytes = readFileSync(path);
    bytes.writeUInt32LE(99, 8);
    writeFileSync(path, bytes);
    expect(loadModel(path)).toMatchObject({ ok: false, fault: { code: 'model-format' } });
    writeFileSync(path, '');
    expect(loadModel(path)).toMatchObject({ ok: false, fault: { code: 'model-damaged' } });
  });

  test('that was cut or changed anywhere is a fault, never a crash and never a model', () => {
    if (!first) throw new Error('no model');
    saveModel(path, first);
    const whole = readFileSync(path);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, cut) => {
        const bytes = Buffer.from(cut ? whole.subarray(0, at) : whole);
        if (!cut) bytes[at] = (bytes[at] ?? 0) ^ change;
        writeFileSync(path, bytes);
        expect(loadModel(path).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

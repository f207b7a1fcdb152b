import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fchownSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { failed, type Outcome, ok, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { shapes } from './calibration.ts';
import { type ModelState, TrainedModel } from './model.ts';
import { kinds } from './text.ts';

/*
 * The model file, little-endian: 8 octets magic, u32 format, u32 length of a JSON head, the head padded with spaces to 8
 * octets, then the arrays in the order of `arrays`, each padded to 8 octets, then SHA-256 over everything before it.
 */
const magic = 'siftdmod';
const format = 2;
const checksum = 32;

const align = (length: number) => Math.ceil(length / 8) * 8;

export function encodeModel(state: ModelState): Uint8Array<ArrayBuffer> {
  const { labels, calibration, report, hashes } = state;
  const json = Buffer.from(JSON.stringify({ labels, columns: hashes.length, calibration, report }));
  const parts = [state.hashes, state.kindOf, state.rarity, state.steps, state.weights, state.bias];
  const head = 16 + align(json.length);
  const bytes = new Uint8Array(head + parts.reduce((sum, part) => sum + align(part.byteLength), 0) + checksum);
  bytes.set(Buffer.from(magic, 'latin1'));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, format, true);
  view.setUint32(12, align(json.length), true);
  bytes.fill(0x20, 16, head);
  bytes.set(json, 16);
  let at = head;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += align(part.byteLength);
  }
  bytes.set(createHash('sha256').update(bytes.subarray(0, at)).digest(), at);
  return bytes;
}

/** Twelve hex digits of the state's checksum. */
export function versionOf(state: ModelState): string {
  return versionIn(encodeModel(state));
}

function versionIn(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(-checksum)).toString('hex').slice(0, 12);
}

const share = z.number().min(0).max(1);
const interval = z.object({ value: share, low: share, high: share });
const headShape = z.object({
  labels: z.array(z.string()).min(1).max(limits.engine.classes),
  columns: z.int().min(0),
  calibration: z.object({ weights: z.array(z.number()).length(shapes + 1), sharpness: z.number().positive() }),
  report: z.object({
    examples: z.int(),
    seed: z.int(),
    folds: z.int(),
    accuracy: interval,
    macroF1: interval,
    ece: share,
    accuracyAt80: share,
    classes: z.array(
      z.object({
        label: z.string(),
        examples: z.int(),
        precision: share.nullable(),
        recall: share.nullable(),
        f1: share,
        threshold: share.nullable(),
        filed: share,
      }),
    ),
    tooFew: z.array(z.object({ label: z.string(), examples: z.int() })),
    confusions: z.array(z.object({ truth: z.string(), predicted: z.string(), count: z.int() })),
  }),
});

/** Fault codes: `model-format` (another version of siftd wrote it) and `model-damaged`. */
export function decodeModel(bytes: Uint8Array): Outcome<TrainedModel> {
  const damaged = (why: string) => failed('permanent', 'model-damaged', `the model is damaged: ${why}`);
  if (bytes.length < 16 + checksum || Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== magic) {
    return damaged('it does not begin like a model');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(8, true);
  if (found !== format) {
    return failed(
      'permanent',
      'model-format',
      `the model has format ${found}, this siftd reads ${format}: train again`,
    );
  }
  const end = bytes.length - checksum;
  if (!createHash('sha256').update(bytes.subarray(0, end)).digest().equals(bytes.subarray(end))) {
    return damaged('its checksum does not match');
  }
  let at = 16 + view.getUint32(12, true);
  if (at > end) return damaged('its head is cut off');
  let head: z.infer<typeof headShape>;
  try {
    head = headShape.parse(JSON.parse(Buffer.from(bytes.subarray(16, at)).toString()));
  } catch (error) {
    return damaged(`its head cannot be read (${reasonOf(error)})`);
  }
  const { labels, columns, calibration, report } = head;
  const sizes = [columns * 4, columns, columns * 4, columns * 4, columns * labels.length, labels.length * 4];
  if (at + sizes.reduce((sum, size) => sum + align(size), 0) !== end)
    return damaged('its length does not fit its head');
  const next = (size: number): ArrayBuffer => {
    // A copy: the slice of a Buffer is a view, and its buffer the whole file.
    const part = new Uint8Array(bytes.subarray(at, at + size)).buffer;
    at += align(size);
    return part;
  };
  const hashes = new Int32Array(next(columns * 4));
  const kindOf = new Uint8Array(next(columns));
  const rarity = new Float32Array(next(columns * 4));
  const steps = new Float32Array(next(columns * 4));
  const weights = new Int8Array(next(columns * labels.length));
  const bias = new Float32Array(next(labels.length * 4));
  // 0 marks an empty slot of the hash table: looking such a column up would not end.
  if (hashes.includes(0) || new Set(hashes).size !== columns) return damaged('its columns are not distinct');
  if (kindOf.some((kind) => kind >= kinds.length)) return damaged('it knows kinds of n-grams that this siftd does not');
  if (![rarity, steps, bias].every((part) => part.every(Number.isFinite)))
    return damaged('it holds numbers that are none');
  return ok(
    new TrainedModel({ labels, hashes, kindOf, rarity, steps, weights, bias, calibration, report }, versionIn(bytes)),
  );
}

/** How many models of one path are kept: `path` itself, `path.1` before it, `path.2` before that. */
const kept = 3;
const older = (path: string, age: number) => (age === 0 ? path : `${path}.${age}`);

/**
 * Writes the model so that `path` names a whole model at every instant, and keeps the ones before it. Throws what the
 * file system throws.
 */
export function saveModel(path: string, model: TrainedModel): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    writeWhole(temporary, encodeModel(model.state));
    if (existsSync(path)) {
      for (let age = kept - 1; age > 1; age--)
        if (existsSync(older(path, age - 1))) renameSync(older(path, age - 1), older(path, age));
      rmSync(older(path, 1), { force: true });
      linkSync(path, older(path, 1));
    }
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
  syncDirectory(path);
}

/** A missing, foreign or damaged file is a permanent Fault; `model-missing` says that there is none. */
export function loadModel(path: string): Outcome<TrainedModel> {
  let bytes: Uint8Array;
  try {
    const { size } = statSync(path);
    if (size > limits.engine.modelBytes)
      return failed('permanent', 'model-damaged', `${path} is too large for a model`);
    bytes = readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return failed('permanent', 'model-missing', `there is no model at ${path}`);
    return failed('permanent', 'model-unreadable', `cannot read the model ${path}: ${reasonOf(error)}`);
  }
  const outcome = decodeModel(bytes);
  return outcome.ok ? outcome : failed(outcome.fault.kind, outcome.fault.code, `${path}: ${outcome.fault.message}`);
}

/**
 * Puts the model before the newest back in its place; the newest becomes the oldest, so nothing is lost. Refused if there
 * is none before it or if that one cannot be loaded.
 */
export function rollbackModel(path: string): Outcome<TrainedModel> {
  const before = loadModel(older(path, 1));
  if (!before.ok)
    return before.fault.code === 'model-missing'
      ? failed('permanent', 'model-missing', `there is no model before ${path}`)
      : before;
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    if (existsSync(path)) linkSync(path, temporary);
    renameSync(older(path, 1), path);
    let age = 1;
    for (; age + 1 < kept && existsSync(older(path, age + 1)); age++)
      renameSync(older(path, age + 1), older(path, age));
    if (existsSync(temporary)) renameSync(temporary, older(path, age));
  } catch (error) {
    rmSync(temporary, { force: true });
    return failed('permanent', 'model-unwritable', `cannot roll ${path} back: ${reasonOf(error)}`);
  }
  syncDirectory(path);
  return before;
}

function writeWhole(path: string, bytes: Uint8Array): void {
  // Weights tell words of people's mail: the file is its owner's alone.
  const file = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    // What root learns beside a service that has a user of its own is for that user.
    const { uid, gid } = statSync(dirname(path));
    if (process.getuid?.() === 0) fchownSync(file, uid, gid);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

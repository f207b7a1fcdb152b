import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { evaluateCommand } from '../../src/cli/evaluate.ts';
import { trainCommand } from '../../src/cli/train.ts';
import { sample } from './sample.ts';

let folder = '';
let data = '';
let model = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'siftd-train-'));
  data = join(folder, 'data.jsonl');
  model = join(folder, 'support.model');
  writeFileSync(
    data,
    `${sample(15)
      .map((one) => JSON.stringify(one))
      .join('\n\n')}\n`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

/** Runs a command and gives back what it printed on stdout. */
async function output(command: Command, ...args: string[]): Promise<string> {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
  return lines.join('\n');
}

const file = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('siftd train and evaluate, without a configuration', () => {
  test('train, tell, evaluate, train anew, roll back', async () => {
    const text = await output(trainCommand(), '--data', data, '--model', model);
    expect(text).toMatch(/60 examples, 4 classes/);
    expect(text).toMatch(/accuracy \d+\.\d% \(\d+\.\d% to \d+\.\d%\)/);
    const evaluation = JSON.parse(await output(evaluateCommand(), '--data', data, '--model', model, '--json'));
    expect(evaluation).toMatchObject({ examples: 60, accuracy: expect.any(Number), macroF1: expect.any(Number) });
    expect(Object.keys(evaluation)).toEqual(expect.arrayContaining(['ece', 'accuracyAt80', 'classes', 'confusion']));
    const before = JSON.parse(await output(trainCommand(), '--data', data, '--model', model, '--json'));
    const after = JSON.parse(await output(trainCommand(), '--data', data, '--model', model, '--seed', '7', '--json'));
    expect(after.version).not.toBe(before.version);
    const back = JSON.parse(await output(trainCommand(), '--model', model, '--rollback', '--json'));
    expect(back.version).toBe(before.version);
  });

  test('evaluate without a model cross-validates the examples', async () => {
    expect(await output(evaluateCommand(), '--data', data)).toMatch(/60 examples: accuracy/);
  });

  test.each([
    ['not JSON', '{"body": "a", "label": "x"}\nnonsense\n', /bad\.jsonl:2: this is not JSON/],
    ['without a label', '\n{"body": "a"}\n', /bad\.jsonl:2: label: /],
    ['with a body that is no text', '{"body": 7, "label": "x"}\n', /bad\.jsonl:1: body: /],
    ['that is a list', '[]\n', /bad\.jsonl:1: the line: /],
    ['of nothing', '\n', /bad\.jsonl: there are no examples in it/],
  ])('a file with a line %s is refused with the place', async (_, content, message) => {
    const bad = file('bad.jsonl', content);
    await expect(output(trainCommand(), '--data', bad, '--model', model)).rejects.toMatchObject({
      name: 'UserError',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    await expect(output(evaluateCommand(), '--data', bad)).rejects.toMatchObject({ exitCode: 2 });
  });

  test('missing options, files and models are told', async () => {
    await expect(output(trainCommand(), '--model', model, '-c', join(folder, 'none'))).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('there is no such file'),
    });
    await expect(output(trainCommand(), '--data', data)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--model'),
    });
    await expect(output(evaluateCommand())).rejects.toMatchObject({ exitCode: 2 });
    await expect(output(trainCommand(), '--data', join(folder, 'none'), '--model', model)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('cannot read'),
    });
    await expect(output(evaluateCommand(), '--data', data, '--model', join(folder, 'none'))).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('there is no model'),
    });
    await expect(output(trainCommand(), '--data', data, '--model', model, '--seed', 'x')).rejects.toThrow(/seed/);
  });
});

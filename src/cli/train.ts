import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { loadConfig } from '../config/load.ts';
import { trainInWorker } from '../engine/background.ts';
import { readExamples } from '../engine/dataset.ts';
import type { Example } from '../engine/engine.ts';
import type { TrainedModel } from '../engine/model.ts';
import { rollbackModel, saveModel } from '../engine/modelfile.ts';
import type { Interval, TrainingReport } from '../engine/report.ts';
import { folderLessons } from './learn-folders.ts';
import { withConfig } from './options.ts';
import { stopSignal } from './signals.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly model?: string;
  readonly seed: number;
  readonly minExamples: number;
  readonly rollback?: true;
  readonly json?: true;
}

export function trainCommand(): Command {
  const command = new Command('train').description(
    "learn from the routes' folders, or from a file of examples, and say how good the result is",
  );
  return withConfig(command)
    .option('--data <file>', 'examples, one JSON object {"subject", "body", "label"} a line')
    .option('--model <file>', "the model file to write; with --data only, else each account's own")
    .option('--seed <number>', 'the same examples and seed give the same model', wholeNumber(0), 1)
    .option(
      '--min-examples <number>',
      'examples that a class needs to be predicted',
      wholeNumber(2),
      limits.engine.minExamples,
    )
    .option('--rollback', 'put the model before the newest back in its place')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      if (options.data === undefined && options.model === undefined && !options.rollback) return trainFolders(options);
      if (options.model === undefined) throw new UserError('--model FILE says where the model is', 2);
      if (options.rollback) return rollBack(options.model, options.json === true);
      if (options.data === undefined) throw new UserError('--data FILE.jsonl says what to learn from', 2);
      const examples = await readExamples(options.data);
      await trainAndSave(examples, {
        path: options.model,
        seed: options.seed,
        minExamples: options.minExamples,
        json: options.json === true,
      });
    });
}

/** From what people sorted, as the configuration says. One report, and with --json one document, for each model. */
async function trainFolders(options: Options): Promise<void> {
  const config = loadConfig({ file: options.config, purpose: 'run' });
  if (config.classifier.endpoint !== null) {
    throw new UserError(
      'the configuration names a classifier elsewhere (classifier.url): there is no model here to train',
      2,
    );
  }
  const signal = stopSignal(null);
  for await (const { accounts, path, examples } of folderLessons(config, signal)) {
    if (options.json !== true)
      console.log(`${accounts.join(', ')}: ${examples.length} messages in the routes' folders`);
    const { seed, minExamples } = options;
    await trainAndSave(examples, { path, seed, minExamples, json: options.json === true, signal });
  }
}

interface TrainAndSave {
  readonly path: string;
  readonly seed?: number;
  readonly minExamples?: number;
  readonly json: boolean;
  readonly signal?: AbortSignal;
}

/** Trains off the main thread with a progress line on stderr, prints the report, then puts the model in its place. */
async function trainAndSave(examples: readonly Example[], how: TrainAndSave): Promise<TrainedModel> {
  const shown = process.stderr.isTTY === true;
  const model = await trainInWorker(examples, {
    ...(how.seed === undefined ? {} : { seed: how.seed }),
    ...(how.minExamples === undefined ? {} : { minExamples: how.minExamples }),
    ...(how.signal === undefined ? {} : { signal: how.signal }),
    ...(shown
      ? { onProgress: (share: number) => process.stderr.write(`\rtraining ${Math.round(share * 100)}% `) }
      : {}),
  });
  if (shown) process.stderr.write('\r\x1b[K');
  if (!how.json) console.log(reportText(model.report));
  try {
    saveModel(how.path, model);
  } catch (error) {
    throw new UserError(
      `cannot write the model ${how.path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (how.json) console.log(JSON.stringify({ model: how.path, version: model.version, ...model.report }, null, 2));
  else console.log(`model ${model.version} written to ${how.path}`);
  return model;
}

function rollBack(path: string, json: boolean): void {
  const outcome = rollbackModel(path);
  if (!outcome.ok) throw new UserError(outcome.fault.message);
  const { version } = outcome.value;
  console.log(json ? JSON.stringify({ model: path, version }) : `${path} is model ${version} again`);
}

function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`a whole number from ${least} on`);
    return value;
  };
}

const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
const range = ({ value, low, high }: Interval) => `${percent(value)} (${percent(low)} to ${percent(high)})`;

/** What `siftd train` says before it replaces a model. */
function reportText(report: TrainingReport): string {
  const table = new Table({
    head: ['class', 'examples', 'precision', 'recall', '98% right from', 'files then'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of report.classes) {
    table.push([
      one.label,
      one.examples,
      one.precision === null ? '-' : percent(one.precision),
      one.recall === null ? '-' : percent(one.recall),
      one.threshold === null ? 'never' : one.threshold.toFixed(3),
      percent(one.filed),
    ]);
  }
  const lines = [
    table.toString(),
    `${report.examples} examples, ${report.classes.length} classes; cross-validated in ${report.folds} parts (95% intervals):`,
    `  accuracy ${range(report.accuracy)}, on the surest 80% ${percent(report.accuracyAt80)}`,
    `  macro-F1 ${range(report.macroF1)}`,
    `  calibration error ${report.ece.toFixed(3)}`,
  ];
  if (report.confusions.length > 0) lines.push('most frequent mistakes:');
  for (const { truth, predicted, count } of report.confusions)
    lines.push(`  ${count} x ${truth} taken for ${predicted}`);
  for (const { label, examples } of report.tooFew) {
    lines.push(pc.yellow(`${label} has too few examples (${examples}) and will never be predicted`));
  }
  return lines.join('\n');
}

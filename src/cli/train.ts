import Table from 'cli-table3';
import { Command } from 'commander';
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
import { folderLessons, modelsOf } from './learn-folders.ts';
import { day, printable, wholeNumber, withConfig } from './options.ts';
import { ProgressLine } from './progress.ts';
import { stopSignal } from './signals.ts';

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly model?: string;
  readonly since?: number;
  readonly before?: number;
  readonly most: number;
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
    .option('--model <file>', "the model file to write or to roll back; else the configuration's own")
    .option('--since <date>', 'only mail that came on this day (UTC) or later, such as 2026-01-31', day)
    .option('--before <date>', 'only mail that came before this day (UTC)', day)
    .option('--most <number>', 'messages of one folder, the newest ones', wholeNumber(1), limits.daemon.examples)
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
      const json = options.json === true;
      if (options.rollback) return rollBack(options.model ?? onlyModel(options), json);
      if (options.data === undefined) return trainFolders(options);
      if (options.model === undefined) throw new UserError('--model FILE says where the model is', 2);
      for (const name of ['since', 'before'] as const) {
        if (options[name] !== undefined) throw new UserError(`--${name} is for mail of folders, not for --data`, 2);
      }
      const examples = await readExamples(options.data);
      const { seed, minExamples } = options;
      await trainAndSave(examples, { path: options.model, seed, minExamples, json, progress: new ProgressLine() });
    });
}

/** From what people sorted, as the configuration says. One report, and with --json one document, for each model. */
async function trainFolders(options: Options): Promise<void> {
  const { since, before, most, seed, minExamples, model: path } = options;
  if (since !== undefined && before !== undefined && since >= before) {
    throw new UserError('--since is not before --before: no mail came in between', 2);
  }
  const config = loadConfig({ file: options.config, purpose: 'run' });
  const json = options.json === true;
  const signal = stopSignal(null);
  const progress = new ProgressLine();
  const onRead = (account: string, folder: string, read: number, of: number) =>
    progress.show(`${account}: reading ${printable(folder)}, ${of} messages`, of === 0 ? 1 : read / of);
  for await (const lesson of folderLessons(config, { path, choice: { since, before, most }, signal, onRead })) {
    const { accounts, examples, left } = lesson;
    progress.clear();
    if (signal.aborted) return;
    if (!json) {
      console.log(`${accounts.join(', ')}: ${examples.length} messages in the routes' folders`);
      for (const line of left) console.log(pc.yellow(line));
    }
    await trainAndSave(examples, { path: lesson.path, seed, minExamples, json, signal, progress });
  }
}

/** The one model of the configuration. */
function onlyModel(options: Options): string {
  const config = loadConfig({ file: options.config, purpose: 'read' });
  const models = modelsOf(config);
  const [first, ...more] = models;
  if (first === undefined) throw new UserError('the configuration has no account; --model FILE says which model', 2);
  if (more.length === 0) return first.path;
  const list = models.map(({ accounts, path }) => `  ${accounts.map(({ name }) => name).join(', ')}: ${path}`);
  throw new UserError(`there are several models; --model FILE says which one:\n${list.join('\n')}`, 2);
}

interface TrainAndSave {
  readonly path: string;
  readonly seed?: number;
  readonly minExamples?: number;
  readonly json: boolean;
  readonly progress: ProgressLine;
  readonly signal?: AbortSignal;
}

/** Trains off the main thread, prints the report, then puts the model in its place. */
async function trainAndSave(examples: readonly Example[], how: TrainAndSave): Promise<TrainedModel> {
  const { progress } = how;
  const model = await trainInWorker(examples, {
    ...(how.seed === undefined ? {} : { seed: how.seed }),
    ...(how.minExamples === undefined ? {} : { minExamples: how.minExamples }),
    ...(how.signal === undefined ? {} : { signal: how.signal }),
    onProgress: (share) => progress.show(`training on ${examples.length} messages`, share),
  });
  progress.clear();
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

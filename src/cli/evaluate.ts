import Table from 'cli-table3';
import { Command } from 'commander';
import { UserError } from '../base/errors.ts';
import { crossValidateInWorker } from '../engine/background.ts';
import { readExamples } from '../engine/dataset.ts';
import type { Evaluation } from '../engine/metrics.ts';
import { evaluate } from '../engine/model.ts';
import { loadModel } from '../engine/modelfile.ts';

interface Options {
  readonly data?: string;
  readonly model?: string;
  readonly json?: true;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('say how a model does on labelled examples; without a model, how one trained from them would')
    .option('--data <file>', 'examples, one JSON object {"subject", "body", "label"} a line')
    .option('--model <file>', 'the model; without it, the examples are cross-validated')
    .option('--json', 'one JSON document on stdout')
    .action(async (options: Options) => {
      if (options.data === undefined) throw new UserError('--data FILE.jsonl says what to evaluate on', 2);
      const examples = await readExamples(options.data);
      let evaluation: Evaluation;
      if (options.model === undefined) {
        evaluation = await crossValidateInWorker(examples);
      } else {
        const model = loadModel(options.model);
        if (!model.ok) throw new UserError(model.fault.message);
        evaluation = evaluate(model.value, examples);
      }
      console.log(options.json ? JSON.stringify(evaluation, null, 2) : evaluationText(evaluation));
    });
}

const percent = (share: number | null) => (share === null ? '-' : `${(100 * share).toFixed(1)}%`);

function evaluationText(evaluation: Evaluation): string {
  const table = new Table({
    head: ['class', 'examples', 'precision', 'recall', 'F1'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const one of evaluation.classes) {
    table.push([one.label, one.examples, percent(one.precision), percent(one.recall), percent(one.f1)]);
  }
  return [
    table.toString(),
    `${evaluation.examples} examples: accuracy ${percent(evaluation.accuracy)}, on the surest 80% ${percent(evaluation.accuracyAt80)}`,
    `macro-F1 ${percent(evaluation.macroF1)}, calibration error ${evaluation.ece.toFixed(3)}`,
  ].join('\n');
}

import { json } from 'node:stream/consumers';
import { readExamples } from '../../src/engine/dataset.ts';
import type { TrainedModel } from '../../src/engine/model.ts';
import { encodeModel } from '../../src/engine/modelfile.ts';
import { train } from '../../src/engine/train.ts';
import type { Done, Outcome, Task } from './contest.ts';

/** siftd's side of the contest, in a process of its own: tasks as JSON on stdin, the answers as JSON on stdout. */
const { tasks } = (await json(process.stdin)) as { tasks: readonly Task[] };
const outcomes: Outcome[] = [];
for (const task of tasks) outcomes.push(await run(task));
const done: Done = { outcomes, peakMiB: process.resourceUsage().maxRSS / 1024 };
process.stdout.write(JSON.stringify(done));

async function run(task: Task): Promise<Outcome> {
  const examples = await readExamples(task.train);
  const begun = cpuSeconds();
  // The sets have classes of one example, and so has every peer to learn them.
  const model = train(examples, { minExamples: 1 });
  const seconds = cpuSeconds() - begun;
  const answers = [];
  for (const path of task.tests) answers.push((await readExamples(path)).map((mail) => model.classify(mail)));
  const rates = [];
  for (const path of task.rates) rates.push(await rateOf(model, path));
  return { seconds, answers, rates, calibrated: true, modelBytes: encodeModel(model.state).length };
}

async function rateOf(model: TrainedModel, path: string): Promise<number> {
  const mails = await readExamples(path);
  const begun = cpuSeconds();
  let done = 0;
  while (cpuSeconds() - begun < 2) {
    for (const mail of mails) model.classify(mail);
    done += mails.length;
  }
  return done / (cpuSeconds() - begun);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

import { parentPort, workerData } from 'node:worker_threads';
import { reasonOf, UserError } from '../base/errors.ts';
import type { FromWorker, ToWorker } from './background.ts';
import { encodeModel } from './modelfile.ts';
import { crossValidate, train } from './train.ts';

/** The thread's whole life: train once, hand the model over, end. */
const { task, examples, seed, minExamples } = workerData as ToWorker;
const send = (message: FromWorker, transfer: ArrayBuffer[] = []) => parentPort?.postMessage(message, transfer);

try {
  const options = { seed, minExamples, onProgress: (share: number) => send({ kind: 'progress', share }) };
  switch (task) {
    case 'train': {
      const bytes = encodeModel(train(examples, options).state);
      send({ kind: 'model', bytes }, [bytes.buffer]);
      break;
    }
    case 'crossValidate':
      send({ kind: 'evaluation', evaluation: crossValidate(examples, options) });
      break;
  }
} catch (error) {
  if (error instanceof UserError) send({ kind: 'refused', message: error.message, exitCode: error.exitCode });
  else send({ kind: 'broken', message: error instanceof Error ? (error.stack ?? error.message) : reasonOf(error) });
}

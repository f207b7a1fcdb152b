import { Worker } from 'node:worker_threads';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { threadProgram } from '../base/thread.ts';
import type { Example } from './engine.ts';
import type { Evaluation } from './metrics.ts';
import type { TrainedModel } from './model.ts';
import { decodeModel } from './modelfile.ts';
import type { TrainOptions } from './train.ts';

export interface ToWorker {
  readonly task: 'train' | 'crossValidate';
  readonly examples: readonly Example[];
  readonly seed: number;
  readonly minExamples: number;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly share: number }
  | { readonly kind: 'model'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly kind: 'refused'; readonly message: string; readonly exitCode: 1 | 2 | 75 }
  | { readonly kind: 'broken'; readonly message: string };

const program = threadProgram(import.meta.url, 'engine/worker.js');

/** `train` in a thread of its own. Rejects as `train` throws, and with the signal's reason as soon as it aborts. */
export async function trainInWorker(examples: readonly Example[], options: TrainOptions = {}): Promise<TrainedModel> {
  const answer = await ask('train', examples, options);
  if (answer.kind !== 'model') throw new Error(`the training thread answered ${answer.kind}`);
  const model = decodeModel(answer.bytes);
  if (!model.ok) throw new Error(model.fault.message);
  return model.value;
}

/** `crossValidate` in a thread of its own; as `trainInWorker`. */
export async function crossValidateInWorker(
  examples: readonly Example[],
  options: TrainOptions = {},
): Promise<Evaluation> {
  const answer = await ask('crossValidate', examples, options);
  if (answer.kind !== 'evaluation') throw new Error(`the training thread answered ${answer.kind}`);
  return answer.evaluation;
}

function ask(task: ToWorker['task'], examples: readonly Example[], options: TrainOptions): Promise<FromWorker> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const workerData: ToWorker = {
    task,
    // Only what training reads: all of it is copied.
    examples: examples.map(({ subject, body, label }) => ({
      subject: subject.slice(0, limits.message.subject),
      body: body.slice(0, limits.engine.bodyChars),
      label,
    })),
    seed: options.seed ?? 1,
    minExamples: options.minExamples ?? limits.engine.minExamples,
  };
  return new Promise((resolve, reject) => {
    const worker = new Worker(program, { workerData });
    const end = (settle: () => void) => {
      signal?.removeEventListener('abort', onAbort);
      worker.removeAllListeners();
      // A late error of a thread that is being ended is nobody's: without a listener it would end the process.
      worker.on('error', () => undefined);
      void worker.terminate().then(settle, settle);
    };
    const onAbort = () => end(() => reject(signal?.reason));
    signal?.addEventListener('abort', onAbort, { once: true });
    worker.on('error', (error) => end(() => reject(error)));
    worker.on('exit', (code) => end(() => reject(new Error(`the training thread ended with ${code}`))));
    worker.on('message', (message: FromWorker) => {
      switch (message.kind) {
        case 'progress':
          onProgress?.(message.share);
          return;
        case 'refused':
          return end(() => reject(new UserError(message.message, message.exitCode)));
        case 'broken':
          return end(() => reject(new Error(message.message)));
        case 'evaluation':
        case 'model':
          return end(() => resolve(message));
      }
    });
  });
}

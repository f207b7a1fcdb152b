import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { asRoot, checkout } from '../servers/guard.ts';

/** What a classifier has to do: learn from one file, answer others, and say how fast it answers them. */
export interface Task {
  readonly train: string;
  readonly tests: readonly string[];
  /** Files whose texts are answered again and again, for the rate. */
  readonly rates: readonly string[];
}

export interface Answer {
  readonly label: string;
  /** A probability if `calibrated`, else any number that is larger for surer answers. */
  readonly confidence: number;
}

export interface Outcome {
  /** CPU seconds of the training, all threads of the process together. */
  readonly seconds: number;
  /** One list a test file, in its order. */
  readonly answers: readonly (readonly Answer[])[];
  /** Texts a CPU second, one for each file of `rates`. */
  readonly rates: readonly number[];
  readonly calibrated: boolean;
  /** Octets of the model's file, where it has one. */
  readonly modelBytes?: number;
}

export interface Done {
  /** One a task. */
  readonly outcomes: readonly Outcome[];
  readonly peakMiB: number;
}

export const ours = 'siftd';

/** Lets a classifier do its tasks, in a process of its own. */
export async function compete(classifier: string, tasks: readonly Task[]): Promise<Done> {
  const [program, script] =
    classifier === ours
      ? [process.execPath, fileURLToPath(new URL('./contestant.js', import.meta.url))]
      : [python(), join(checkout, 'test', 'bench', 'peers.py')];
  const child = spawn(program, [script], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', PYTHONWARNINGS: 'ignore' },
  });
  const stop = () => child.kill();
  process.once('exit', stop);
  child.stdin.end(JSON.stringify({ classifier, tasks }));
  const output = await text(child.stdout);
  process.off('exit', stop);
  if (output === '') throw new Error(`${classifier} gave no answer`);
  return JSON.parse(output);
}

let found: string | undefined;

/** A Python that has scikit-learn; installs Debian's if there is none. */
function python(): string {
  found ??= pythonWithPeers();
  if (found !== undefined) return found;
  console.log('\n!!! scikit-learn is missing: installing python3-sklearn by apt-get, to measure against it !!!\n');
  const [program = '', ...args] = [...asRoot, 'apt-get', 'install', '-y', 'python3-sklearn'];
  spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  found = pythonWithPeers();
  if (found === undefined) throw new Error('scikit-learn cannot be had: there is nothing to measure against');
  return found;
}

function pythonWithPeers(): string | undefined {
  return ['python3', '/usr/bin/python3'].find(
    (program) => spawnSync(program, ['-c', 'import sklearn'], { stdio: 'ignore' }).status === 0,
  );
}

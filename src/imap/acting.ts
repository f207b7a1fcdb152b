import { type Fault, reasonOf } from '../base/errors.ts';
import type { Acted, Task } from '../triage/acting.ts';
import { Batch, type Ground, Work } from './batch.ts';
import { faultOf, isOfSession } from './line.ts';
import { markAll } from './marking.ts';
import { moveAll } from './moving.ts';

/**
 * Acts on each task, in sets of one folder and equal actions, wherever they move to. Answers for every one of them, and
 * never throws.
 */
export async function applyTasks(ground: Ground, tasks: readonly Task[]): Promise<Map<number, Acted>> {
  const { line } = ground;
  const answers = new Map<number, Acted>();
  let ended: Cut | null = null;
  for (const set of setsOf(tasks)) {
    for (let at = 0; at < set.length; ) {
      const works = set.slice(at, at + line.paces.act.size).map((task) => new Work(task));
      at += works.length;
      const cut: Cut | null = ended ?? (await runBatch(ground, works));
      if (!line.alive) ended = cut ?? cutBy(line.ended);
      else if (cut?.retryAfter !== undefined) ended = cut;
      for (const { task, answer } of works) {
        const { why, ...later } = cut ?? { why: 'acting on it was not finished' };
        answers.set(task.job, answer ?? { result: 'interrupted', why, ...later });
      }
    }
  }
  return answers;
}

/** What ended a batch before its time; `retryAfter`: the server wants to be asked nothing for so many milliseconds. */
interface Cut {
  readonly why: string;
  readonly retryAfter?: number;
}

function cutBy({ message, retryAfter }: Fault): Cut {
  return retryAfter === undefined ? { why: message } : { why: message, retryAfter };
}

/** null: every work has its answer. */
async function runBatch(ground: Ground, works: readonly Work[]): Promise<Cut | null> {
  try {
    await run(new Batch(ground, works), works);
    ground.line.paces.act.grow();
    return null;
  } catch (error) {
    const fault = faultOf(ground.line, error);
    if (!ground.line.alive) ground.line.paces.act.shrink(works.length);
    // Not of the server: the journal could not be written, so what it should have announced was not sent.
    if (fault === null) return { why: reasonOf(error) };
    // Of the session: whatever was asked of any message, the server would have said the same.
    if (!ground.line.alive || isOfSession(fault)) return cutBy(fault);
    for (const work of works) {
      work.answer ??=
        fault.code === 'stale' ? { result: 'stale' } : { result: 'refused', why: fault.message, final: work.task.last };
    }
    return null;
  }
}

async function run(batch: Batch, works: readonly Work[]): Promise<void> {
  await batch.begin();
  for (const [index, { action }] of (works[0]?.task.actions ?? []).entries()) {
    const open = works.filter((work) => work.open(index));
    if (open.length === 0) continue;
    switch (action.kind) {
      case 'mark':
      case 'unmark':
        await markAll(batch, index, open, action);
        break;
      case 'move':
        await moveAll(batch, index, open);
        break;
    }
  }
  for (const work of works) work.answer ??= isTaken(batch, work) ? { result: 'gone', why: filedAlready } : doneAt(work);
}

const filedAlready = 'it was put back with a label more, and is where it was filed before';

function doneAt({ place }: Work): Acted {
  return { result: 'done', place };
}

/** On Gmail what has a label keeps its place there, which the job has that it was filed by. */
function isTaken({ line, ledger }: Batch, { task, place }: Work): boolean {
  const { folder, uidValidity, uid } = place;
  return line.gmail && place !== task.place && ledger.claimed(folder, uidValidity, [uid], new Set([task.job])).has(uid);
}

function setsOf(tasks: readonly Task[]): Task[][] {
  const sets = new Map<string, Task[]>();
  for (const task of tasks) {
    const { folder, uidValidity } = task.place;
    const actions = task.actions.map(({ seq, action }) => [seq, action.kind === 'move' ? action.kind : action]);
    const key = JSON.stringify([folder, uidValidity, actions]);
    const set = sets.get(key);
    if (set) set.push(task);
    else sets.set(key, [task]);
  }
  return [...sets.values()];
}

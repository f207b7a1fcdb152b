import { reasonOf } from '../base/errors.ts';
import type { Acted, Task } from '../triage/acting.ts';
import { Batch, type Ground, Work } from './batch.ts';
import { faultOf } from './line.ts';
import { markAll } from './marking.ts';
import { moveAll } from './moving.ts';

/**
 * Acts on each task, in sets of one folder and equal actions, wherever they move to. Answers for every one of them, and
 * never throws.
 */
export async function applyTasks(ground: Ground, tasks: readonly Task[]): Promise<Map<number, Acted>> {
  const { line } = ground;
  const answers = new Map<number, Acted>();
  let ended: string | null = null;
  for (const set of setsOf(tasks)) {
    for (let at = 0; at < set.length; ) {
      const works = set.slice(at, at + line.paces.act.size).map((task) => new Work(task));
      at += works.length;
      const fell: string | null = ended ?? (await runBatch(ground, works));
      if (!line.alive) ended = fell ?? 'the connection to the IMAP server ended';
      for (const { task, answer } of works) {
        answers.set(task.job, answer ?? { result: 'interrupted', why: fell ?? 'acting on it was not finished' });
      }
    }
  }
  return answers;
}

/** Answers what ended it; null when every work has its answer. */
async function runBatch(ground: Ground, works: readonly Work[]): Promise<string | null> {
  try {
    await run(new Batch(ground, works), works);
    ground.line.paces.act.grow();
    return null;
  } catch (error) {
    const fault = faultOf(ground.line, error);
    if (!ground.line.alive) ground.line.paces.act.shrink(works.length);
    // Not of the server: the journal could not be written, so what it should have announced was not sent.
    if (fault === null || !ground.line.alive) return fault?.message ?? reasonOf(error);
    for (const work of works) {
      work.answer ??=
        fault.code === 'stale' ? { result: 'stale' } : { result: 'refused', why: fault.message, final: work.task.last };
    }
    return null;
  }
}

async function run(batch: Batch, works: readonly Work[]): Promise<void> {
  await batch.seeAll();
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
  for (const work of works) work.answer ??= { result: 'done', place: work.place };
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

import type { Action } from '../triage/acting.ts';
import { storeMarks } from './apply.ts';
import { type Batch, readOnlyFolder, type Work } from './batch.ts';
import { absent, keepable } from './marks.ts';

/**
 * Keywords, labels and flags put on the source or taken off it, before it moves. Best effort: what the server does not
 * keep is named in the note of `done`, and the move is made all the same.
 */
export async function markAll(
  batch: Batch,
  index: number,
  works: readonly Work[],
  action: Extract<Action, { kind: 'mark' | 'unmark' }>,
): Promise<void> {
  for (const work of works) if (work.source !== 'there') await batch.giveWay(work, whoWasFirst(work));
  const there = works.filter(({ answer }) => answer === null);
  if (there.length === 0) return;
  const { mailbox } = await batch.openSource();
  if (mailbox.readOnly) return batch.refuse(there, readOnlyFolder, false);
  const adding = action.kind === 'mark';
  const able = (marks: readonly string[]) => keepable(marks, mailbox.permanentFlags);
  const labels = batch.line.gmail ? { kept: action.labels, unkept: [] } : able(action.labels);
  const flags = able(action.flags);
  const wanted = [...labels.kept, ...flags.kept];
  /** Of the marks, those that are not yet as they are to be. */
  const toDo = ({ marks }: Work): readonly string[] => {
    const missing = absent(wanted, marks);
    return adding ? missing : wanted.filter((mark) => !missing.includes(mark));
  };

  // What a first try may have changed already is ours: it was announced before it was sent.
  const newly = (work: Work): readonly string[] => {
    const progress = work.step(index);
    return progress.step === 'sent' ? progress.newly : toDo(work);
  };
  await batch.record(
    index,
    there.map((work) => ({ work, progress: { step: 'sent', fence: null, newly: newly(work) } })),
  );
  const lacking = there.filter((work) => toDo(work).length > 0).map(({ uid }) => uid);
  const refusal = await storeMarks(batch.line, adding ? 'add' : 'remove', lacking, wanted);
  await batch.see(there);

  for (const work of there) {
    if (work.source !== 'there') {
      await batch.giveWay(work, whoWasFirst(work));
      continue;
    }
    const lost = toDo(work);
    if (lost.length > 0 && refusal !== null && passing.has(refusal.code ?? '') && !work.task.last) {
      await batch.refuse([work], `the server answered the marks with ${refusal.words}`, false);
      continue;
    }
    const unkept = adding ? [...labels.unkept, ...flags.unkept, ...lost] : lost;
    const note = unkept.length === 0 ? null : `the server did not ${adding ? 'keep' : 'take off'} ${unkept.join(', ')}`;
    const ours = newly(work).filter((mark) => !lost.includes(mark));
    await batch.record(index, [{ work, progress: { step: 'done', newly: ours, from: null, to: null, note } }]);
  }
}

/** A refusal with one of these (RFC 5530) is worth another try. Without a code it is the mark that is not liked. */
const passing = new Set(['UNAVAILABLE', 'INUSE', 'SERVERBUG', 'LIMIT', 'OVERQUOTA']);

function whoWasFirst({ source }: Work): string {
  return source === 'marked'
    ? 'a person marked it \\Deleted before we acted'
    : 'a person moved or deleted it before we acted';
}

import { limits } from '../base/limits.ts';
import type { Job } from '../triage/job.ts';
import type { PersonRequest } from '../triage/requests.ts';
import type { ConsoleParts } from './parts.ts';

/** What can be asked for on a page. */
export type Wish = Extract<PersonRequest, { readonly kind: 'undo' | 'file' | 'skip' | 'judge' }>;

/** What came of a person's wish, as a line for them. `done`: the mailbox is as they want it. */
export interface Came {
  readonly result: 'done' | 'refused' | 'under way';
  readonly text: string;
}

/**
 * Asks the daemon about one message, and waits for a moment until it is done: a mailbox that is away makes it "under way",
 * and it is done when the mailbox is back.
 */
export async function askFor(parts: ConsoleParts, request: Wish, job: number): Promise<Came> {
  const { asking, reading, clock } = parts;
  const [id] = asking.ask([request], clock.date());
  for (let look = 0; id !== undefined && look < limits.console.looks; look++) {
    await clock.sleep(limits.daemon.answerPoll);
    const answer = reading.answer(id);
    if (answer === null) continue;
    const refused = answer.refused.find((each) => each.job === job);
    if (refused !== undefined) return { result: 'refused', text: sentence(refused.why) };
    const history = reading.history(job);
    if (history === null || history.job.state === 'decided') continue;
    const last = history.deeds.at(-1);
    if (last?.what === 'declined') return { result: 'refused', text: sentence(last.note ?? 'it could not be done') };
    if (history.job.state === 'gone') return { result: 'refused', text: sentence(history.job.why) };
    return { result: 'done', text: doneText(request, history.job) };
  }
  return { result: 'under way', text: 'siftd has taken it down and does it as soon as the mailbox answers.' };
}

function doneText(request: Wish, { place: { folder }, verdict }: Job): string {
  switch (request.kind) {
    case 'file':
      return `Filed as ${request.route}; it is in ${folder}.`;
    case 'undo':
      return `Undone; it is in ${folder}.`;
    case 'skip':
      return 'Skipped; it stays where it is.';
    case 'judge':
      return `Taken down: ${verdictText(request.route, verdict?.right === true)}. Nothing was moved.`;
  }
}

/** A person's word on what siftd said. */
export function verdictText(truth: string | null, right: boolean): string {
  return right ? 'siftd was right' : `it should have been ${truth ?? 'none of the classes'}`;
}

function sentence(why: string): string {
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}.`;
}

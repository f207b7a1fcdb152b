import type { Job } from './job.ts';
import { type Event, saidOf } from './step.ts';

/**
 * One line of a message's history that its job does not keep: what a person did about it, and what stood in the way of
 * siftd. Written in the commit that changes the job.
 */
export interface Deed {
  readonly at: number;
  readonly who: 'person' | 'siftd';
  readonly what: 'filed' | 'skipped' | 'undone' | 'corrected' | 'confirmed' | 'declined' | 'moved' | 'hindered';
  /** Folders: where it was, and where it is or is to go. */
  readonly from: string | null;
  readonly to: string | null;
  /** The class that it was given. */
  readonly class: string | null;
  readonly note: string | null;
}

/** What an event adds to the history of a job; null where the job itself tells it. */
export function deedOf(job: Job, event: Event, at: number): Deed | null {
  const deed = { at, from: null, to: null, class: null, note: null };
  const here = job.place.folder;
  switch (event.type) {
    case 'filed': {
      const { decision, actions } = event.plan;
      return { ...deed, who: 'person', what: 'filed', from: here, to: targetOf(actions), class: decision.route };
    }
    case 'undone': {
      const { decision, actions } = event.plan;
      return { ...deed, who: 'person', what: 'undone', from: here, to: targetOf(actions), note: decision.reason };
    }
    case 'skipped':
      return { ...deed, who: 'person', what: 'skipped' };
    case 'corrected': {
      const moved = event.place.folder === here ? {} : { from: here, to: event.place.folder };
      const said = job.state === 'done' || job.state === 'failed' ? saidOf(job.decision) : null;
      const right = event.truth !== null && event.truth === said;
      return { ...deed, ...moved, who: 'person', what: right ? 'confirmed' : 'corrected', class: event.truth };
    }
    case 'declined':
      return { ...deed, who: 'siftd', what: 'declined', note: event.why };
    case 'relocated':
      // A new UIDVALIDITY is no move.
      return event.place.folder === here
        ? null
        : { ...deed, who: 'person', what: 'moved', from: here, to: event.place.folder };
    case 'replanned':
      return { ...deed, who: 'siftd', what: 'hindered', note: 'its routes changed before it was filed' };
    case 'unsent':
      return { ...deed, who: 'siftd', what: 'hindered', note: event.why };
    case 'unread':
    case 'unasked':
    case 'postponed':
    case 'resubmit':
      return event.why === undefined ? null : { ...deed, who: 'siftd', what: 'hindered', note: event.why };
    case 'parsing':
    case 'submitting':
    case 'acting':
    case 'accepted':
    case 'decided':
    case 'acted':
    case 'observed':
    case 'abandoned':
    case 'vanished':
      return null;
  }
}

function targetOf(
  actions: readonly { readonly action: { readonly kind: string; readonly to?: string } }[],
): string | null {
  return actions.find(({ action }) => action.kind === 'move')?.action.to ?? null;
}

import type { Action, ActionRecord } from './acting.ts';
import type { Posting } from './posting.ts';
import { isSending } from './sending.ts';

/** What an action wants, for a person: `mark urgent`, `move to Support/Refunds`. */
export function actionWords(action: Action): string {
  switch (action.kind) {
    case 'mark':
      return `mark ${[...action.labels, ...action.flags].join(', ')}`;
    case 'unmark':
      return `take off ${[...action.labels, ...action.flags].join(', ')}`;
    case 'move':
      return `move to ${action.to}`;
    case 'forward':
      return `${action.as === 'redirect' ? 'redirect' : 'forward'} to ${action.to}`;
    case 'reply':
      return `reply with ${action.template.split('/').at(-1)}`;
    case 'webhook':
      return `post to ${new URL(action.url).host}`;
  }
}

/** What became of what was to be sent. */
export function postingWords({ state, why, nextAt }: Pick<Posting, 'state' | 'why' | 'nextAt'>): string {
  const because = why === null ? '' : `: ${why}`;
  switch (state) {
    case 'held':
      return 'it leaves when the message is filed';
    case 'due':
      return why === null ? 'it is about to leave' : `it is tried again at ${new Date(nextAt).toISOString()}${because}`;
    case 'sending':
      return 'it is being sent';
    case 'sent':
      return `sent${because}`;
    case 'unknown':
      return `it may have been sent or not${because}`;
    case 'refused':
      return `not sent${because}`;
    case 'withheld':
      return `not sent${because}`;
  }
}

/** What became of it. */
export function recordWords({ action, progress }: ActionRecord): string {
  const wanted = actionWords(action);
  switch (progress.step) {
    case 'planned':
      return `${wanted}: not begun`;
    case 'sent':
    case 'copied':
    case 'removing':
      return `${wanted}: under way (${progress.step})`;
    case 'undone':
      return `${wanted}: not done, ${progress.note}`;
    case 'done': {
      if (isSending(action)) return `${wanted}: written down`;
      const nothing = action.kind !== 'move' && progress.newly.length === 0 ? ' (nothing to change)' : '';
      return `${wanted}: done${nothing}${progress.note === null ? '' : `; ${progress.note}`}`;
    }
  }
}

import type { Action, ActionRecord } from './acting.ts';

/** What an action wants, for a person: `mark urgent`, `move to Support/Refunds`. */
export function actionWords(action: Action): string {
  switch (action.kind) {
    case 'mark':
      return `mark ${[...action.labels, ...action.flags].join(', ')}`;
    case 'unmark':
      return `take off ${[...action.labels, ...action.flags].join(', ')}`;
    case 'move':
      return `move to ${action.to}`;
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
      const nothing = action.kind !== 'move' && progress.newly.length === 0 ? ' (nothing to change)' : '';
      return `${wanted}: done${nothing}${progress.note === null ? '' : `; ${progress.note}`}`;
    }
  }
}

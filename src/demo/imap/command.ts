import type { Capabilities } from './capabilities.ts';
import type { Session } from './session.ts';
import type { Cursor } from './syntax.ts';

/** How a command ended well: the text of its tagged OK, with a response code where it has one. */
export interface Done {
  readonly text: string;
  readonly code?: string | undefined;
}

export interface Command {
  /** The state it belongs to (RFC 3501 3). */
  readonly when: 'always' | 'greeted' | 'authenticated' | 'selected';
  /** Unknown to an account without it. */
  readonly offered?: (capabilities: Capabilities) => boolean;
  /** RFC 3501 7.4.1: no EXPUNGE in its answer. */
  readonly keepsNumbers?: true;
  run(session: Session, args: Cursor): Done | Promise<Done>;
}

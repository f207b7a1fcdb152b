/** One connection, for hooks and for tests that look on. */
export interface SessionInfo {
  readonly id: number;
  /** Null until somebody logged in. */
  readonly user: string | null;
  /** The selected folder. */
  readonly folder: string | null;
  readonly idling: boolean;
  /** Ends the connection at once, as a cable that is pulled (the kernel says so to the client). */
  cut(): void;
  /** Says goodbye (RFC 3501 7.1.5) and hangs up. */
  bye(reason: string): void;
}

/**
 * Asked before each command. It may wait (a slow server), refuse, or cut. `name` is in capitals, `UID` belongs to it;
 * `args` is what follows, with literals as `{size}`.
 */
export type CommandHook = (
  session: SessionInfo,
  tag: string,
  name: string,
  args: string,
) => Verdict | undefined | Promise<Verdict | undefined>;

export interface Hooks {
  readonly onCommand?: CommandHook;
}

/** What a hook makes of a command; see `CommandHook`. */
export interface Verdict {
  /** Answered so, not carried out. */
  readonly refuse?: { readonly status?: 'NO' | 'BAD'; readonly code?: string; readonly text?: string };
  /** Answered OK, and not carried out: servers that say more than they do exist. */
  readonly pretend?: { readonly code?: string; readonly text?: string };
  /** The connection dies: before the command is carried out, or after it with nothing of the answer sent. */
  readonly cut?: 'before' | 'after';
  /** Called when the command was carried out; its answer waits until this resolves, and is lost where it rejects. */
  readonly after?: () => void | Promise<void>;
}

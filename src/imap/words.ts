import { limits } from '../base/limits.ts';

/** What a server says of the whole session, whatever it was asked: no message is to blame, and no folder. */
export interface Plight {
  readonly code: 'throttled' | 'not-connected';
  /** After the server's name. */
  readonly why: string;
  /** Milliseconds that are worth waiting. */
  readonly wait: number;
}

const { crowdedRetry, throttledRetry, pollInterval } = limits.imap;

/**
 * Google and Microsoft say these in words alone, or beside a code that means something else (`ALERT`, `OVERQUOTA`), at a login,
 * at any command and as they hang up.
 */
const plights: readonly (readonly [words: RegExp, plight: Plight])[] = [
  [
    /too many simultaneous connections/i,
    { code: 'throttled', why: 'has too many connections to this mailbox open already', wait: crowdedRetry },
  ],
  [
    /exceeded (command or )?bandwidth limit/i,
    { code: 'throttled', why: 'says that this mailbox was read more than its limits allow', wait: throttledRetry },
  ],
  [/request is throttled/i, { code: 'throttled', why: 'throttles this account', wait: crowdedRetry }],
  [
    /authenticated but not connected/i,
    {
      code: 'not-connected',
      why: 'took the login, and says that it is not connected to a mailbox: it may be moved just now, or IMAP is not open to this user, or not to the mailbox with this consent',
      wait: pollInterval,
    },
  ],
];

/** null: these words say nothing of the session. */
export function plightIn(words: string | undefined): Plight | null {
  if (words === undefined) return null;
  return plights.find(([said]) => said.test(words))?.[1] ?? null;
}

/** Why a login was refused, where it is for a person to mend and no fault of the password; after the server's name. */
const refusedLogins: readonly (readonly [words: RegExp, why: string])[] = [
  [
    /not enabled for imap|imap access is disabled|imap is disabled/i,
    'has IMAP switched off for this mailbox: switch it on in its settings, or have the domain’s administrator do so',
  ],
  [
    /application-specific password required/i,
    'takes no password of the account: let siftd in by oauth, or make an app password',
  ],
  [/log in via your web browser|web login required/i, 'wants a person to log in once at its web page'],
];

export function refusedLoginIn(words: string): string | null {
  return refusedLogins.find(([said]) => said.test(words))?.[1] ?? null;
}

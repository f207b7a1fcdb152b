/** How the posting of one letter or webhook ended. No text in it holds an address or a subject. */
export type Posted =
  /** The other side has it. `note`: what it answered, in one line. */
  | { readonly result: 'accepted'; readonly note: string }
  /** For good, and surely not accepted. */
  | { readonly result: 'refused'; readonly why: string }
  /**
   * Not now, and surely not accepted. `away`: the other side could not be asked at all (network, login, its own trouble), which is
   * not the fault of what was to be posted.
   */
  | { readonly result: 'later'; readonly why: string; readonly away: boolean; readonly retryAfter?: number }
  /** It was handed over whole and no answer came: it may have been accepted, so it is never sent again. */
  | { readonly result: 'unknown'; readonly why: string };

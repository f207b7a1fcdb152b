/** What a route sends on about a message, beside what it does to it. */
export type Sending =
  /** `attachment`: in a new mail. `redirect`: as it is, with Resent- fields (RFC 5322 3.6.6). */
  | { readonly kind: 'forward'; readonly to: string; readonly as: 'attachment' | 'redirect' }
  /** To its sender, where RFC 3834 lets a machine answer. `template` is an absolute path. */
  | { readonly kind: 'reply'; readonly template: string }
  | { readonly kind: 'webhook'; readonly url: string };

const kinds: ReadonlySet<string> = new Set<Sending['kind']>(['forward', 'reply', 'webhook']);

export function isSending<T extends { readonly kind: string }>(action: T): action is T & Sending {
  return kinds.has(action.kind);
}

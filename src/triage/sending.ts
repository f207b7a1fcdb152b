import { limits } from '../base/limits.ts';

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

/** What is wrong with a secret that signs webhooks (Standard Webhooks), in words that go on from its name; null: nothing. */
export function signingFault(secret: string): string | null {
  const { secretMin, secretMax } = limits.webhook;
  const text = secret.replace(/^whsec_/, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    return 'is not base64 (`whsec_` may stand before it)';
  }
  const octets = (text.length / 4) * 3 - (text.length - text.replace(/=+$/, '').length);
  return octets < secretMin || octets > secretMax ? `has ${octets} octets, and not ${secretMin} to ${secretMax}` : null;
}

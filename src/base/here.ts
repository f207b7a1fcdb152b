import type { Client } from './http.ts';

/**
 * Whether a request came from this machine, and from no proxy on it that passes on what others ask. By its Host too: a page
 * in a browser here may have a name of its own that leads here (DNS rebinding).
 */
export function isFromHere(headers: Headers, { address }: Client): boolean {
  const direct = !['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'].some((name) => headers.has(name));
  const named = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(headers.get('host') ?? '');
  return address !== null && /^(::ffff:)?127\.|^::1$/.test(address) && direct && named;
}

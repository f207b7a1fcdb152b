import { isIPv4 } from 'node:net';
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

/** Whether a name or an address, without brackets, leads to this machine and nowhere else (RFC 6761 6.3). */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  if (isIPv4(name)) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}

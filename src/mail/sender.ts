import libmime from 'libmime';
import { limits } from '../base/limits.ts';
import { headerField } from './identity.ts';
import type { Content } from './message.ts';
import { oneLine } from './text.ts';

/** Who a message says it is from, in one line for a person; empty where it does not say. Never throws. */
export function senderOf(content: Content): string {
  return decodedField(content.kind === 'whole' ? content.source : content.header, 'from', limits.message.sender);
}

/** A field of a header in one line for a person, its encoded words (RFC 2047) decoded; empty where there is none. Never throws. */
export function decodedField(header: Uint8Array, name: string, limit: number): string {
  const value = (headerField(header, name) ?? '').slice(0, 4 * limit);
  try {
    return oneLine(libmime.decodeWords(value), limit);
  } catch {
    return oneLine(value, limit);
  }
}

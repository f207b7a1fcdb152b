import libmime from 'libmime';
import { limits } from '../base/limits.ts';
import { headerField } from './identity.ts';
import type { Content } from './message.ts';
import { oneLine } from './text.ts';

/** Who a message says it is from, in one line for a person; empty where it does not say. Never throws. */
export function senderOf(content: Content): string {
  const header = content.kind === 'whole' ? content.source : content.header;
  const from = (headerField(header, 'from') ?? '').slice(0, limits.message.sender);
  try {
    return oneLine(libmime.decodeWords(from), limits.message.sender);
  } catch {
    return oneLine(from, limits.message.sender);
  }
}

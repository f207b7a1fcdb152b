import type { Namespace } from '../../mail/mailbox.ts';

/** What the server offers; each can be taken away to stand for a server without it. */
export interface Capabilities extends Namespace {
  /** MOVE (RFC 6851). */
  readonly move: boolean;
  /** UIDPLUS (RFC 4315): UID EXPUNGE, APPENDUID and COPYUID. */
  readonly uidplus: boolean;
  /** COPYUID in answers to COPY and MOVE; without it UIDPLUS is still advertised. */
  readonly copyuid: boolean;
  /** IDLE (RFC 2177); `mute` advertises it and never speaks, as some servers do. */
  readonly idle: boolean | 'mute';
  /** SPECIAL-USE (RFC 6154). */
  readonly specialUse: boolean;
  /** OBJECTID (RFC 8474): EMAILID, THREADID, MAILBOXID. */
  readonly objectId: boolean;
  /** `\*` in PERMANENTFLAGS: new keywords are kept. */
  readonly keywords: boolean;
  /** X-GM-EXT-1: labels are folders, and a message stands once, in All Mail. */
  readonly gmail: boolean;
  /** UTF8=ACCEPT (RFC 6855). */
  readonly utf8: boolean;
  /** How many connections a user may have at once. */
  readonly connections: number;
}

/** Everything but Gmail's own, `/` between levels, no prefix. */
export const everything: Capabilities = {
  move: true,
  uidplus: true,
  copyuid: true,
  idle: true,
  specialUse: true,
  objectId: true,
  keywords: true,
  gmail: false,
  utf8: false,
  connections: Number.POSITIVE_INFINITY,
  prefix: '',
  delimiter: '/',
};

/** What Gmail has: no OBJECTID beside its own ids. */
export const gmailCapabilities: Partial<Capabilities> = { gmail: true, objectId: false, utf8: true, connections: 15 };

/** The words of CAPABILITY once a user is known. */
export function capabilityWords(capabilities: Capabilities): string {
  const { move, uidplus, idle, specialUse, objectId, gmail, utf8 } = capabilities;
  return [
    'IMAP4rev1 LITERAL+ SASL-IR ID ENABLE NAMESPACE CHILDREN UNSELECT',
    ...(idle === false ? [] : ['IDLE']),
    ...(move ? ['MOVE'] : []),
    ...(uidplus ? ['UIDPLUS'] : []),
    ...(specialUse ? ['SPECIAL-USE'] : []),
    ...(objectId ? ['OBJECTID'] : []),
    ...(gmail ? ['X-GM-EXT-1'] : []),
    ...(utf8 ? ['UTF8=ACCEPT'] : []),
  ].join(' ');
}

/** Before a login nobody's capabilities are known; a client asks again after it (RFC 3501 6.2.3). */
export const greetingWords = 'IMAP4rev1 LITERAL+ SASL-IR ID ENABLE AUTH=PLAIN';

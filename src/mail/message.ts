/**
 * The words for a message as the rooms pass it on. Folder names are siftd's own everywhere outside `imap/`:
 * levels parted by `/`, without a server's namespace prefix, `INBOX` in capitals.
 */

/** Where a message is. Within one account the last three name one message for ever (RFC 9051 2.3.1.1). */
export interface Place {
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
}

/** What a message is recognised by. It is a match, never a key: see `sameMessage` in identity.ts. */
export interface Identity {
  /** EMAILID (RFC 8474) or X-GM-MSGID, where the server offers one. */
  readonly emailId: string | null;
  /** As it stands in the header, with its angle brackets. */
  readonly messageId: string | null;
  /** SHA-256 of the header block, hex. */
  readonly headerHash: string;
  /** INTERNALDATE, milliseconds since the epoch, whole seconds. */
  readonly internalDate: number;
  /** RFC822.SIZE in octets; a copy may have another (GNU imap4d). */
  readonly size: number;
}

/** One row of a folder: what is known of a message before its content is fetched. */
export interface Row {
  readonly uid: number;
  /** Flags and keywords, on Gmail labels too. */
  readonly flags: readonly string[];
  readonly identity: Identity;
  /** X-GM-THRID or THREADID (RFC 8474), where offered. */
  readonly threadId: string | null;
  /** Ids of References, then of In-Reply-To, oldest first, with angle brackets; for the thread. */
  readonly references: readonly string[];
}

/** How far a folder was read. `lastUid` 0: nothing yet. */
export interface Cursor {
  readonly uidValidity: number;
  readonly lastUid: number;
}

/** One page of what lies beyond a cursor. */
export interface Scan extends Cursor {
  /** Messages with a UID beyond the cursor's and up to `lastUid`, ascending, whatever their flags. */
  readonly rows: readonly Row[];
  /** There may be more beyond `lastUid` already: scan again at once. */
  readonly more: boolean;
}

/**
 * The content of a message as it was fetched. Small messages come whole; of large ones only the header block and
 * the text parts crossed the network.
 */
export type Content =
  | { readonly kind: 'whole'; readonly source: Uint8Array }
  | {
      readonly kind: 'parts';
      readonly header: Uint8Array;
      /** In the order of the message: each part's own MIME header and its still encoded body, maybe cut. */
      readonly texts: readonly { readonly mime: Uint8Array; readonly body: Uint8Array }[];
      /** Decoded names of the parts that were left on the server. */
      readonly attachments: readonly string[];
    };

/** What the classifier gets to read. */
export interface Readable {
  readonly subject: string;
  readonly body: string;
}

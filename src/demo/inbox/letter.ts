/** The languages that Lindgren & Hale's customers write in. */
export const languages = ['en', 'de', 'fr'] as const;
export type Language = (typeof languages)[number];

/** What a letter may have beyond sender, subject and text. Absent means: plain text, a first message, nothing special. */
interface More {
  /** `html`: no text part at all; `alternative`: both. A body that begins with `<` is its own HTML. */
  readonly kind?: 'plain' | 'html' | 'alternative';
  /** File names; the bytes follow from the name (attachments.ts). */
  readonly files?: readonly string[];
  /** The id of the earlier letter of this inbox that this one answers. */
  readonly answers?: string;
  /** The left side of the Message-ID of a mail of ours that this one answers; our mails are not in the inbox. */
  readonly answersOurs?: string;
  readonly encoding?: 'base64' | 'quoted-printable';
  readonly charset?: 'iso-8859-1';
  /** A mailing list's name: List-Id (RFC 2919) and List-Unsubscribe (RFC 2369) follow from it. */
  readonly list?: string;
  /** Header fields that nothing else here says, such as Auto-Submitted (RFC 3834). */
  readonly headers?: Readonly<Record<string, string>>;
  /** Some senders' software writes no Message-ID; RFC 5322 3.6.4 only asks for one. */
  readonly withoutMessageId?: true;
}

/** One message of the sample inbox as it was written by hand; build.ts makes a mail of it. */
export interface Letter extends More {
  readonly id: string;
  readonly language: Language;
  /** `Name <address>`, or a bare address. */
  readonly from: string;
  readonly subject: string;
  /** Without the line breaks at either end. */
  readonly body: string;
}

type Write = (id: string, from: string, subject: string, more?: More) => (body: TemplateStringsArray) => Letter;

function writeIn(language: Language): Write {
  return (id, from, subject, more = {}) =>
    (body) => ({ ...more, id, language, from, subject, body: body.join('').trim() });
}

/** Letters read best as they were written: a head, then the text as a template without slots. */
export const en = writeIn('en');
export const de = writeIn('de');
export const fr = writeIn('fr');

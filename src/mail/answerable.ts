import addressparser, { type AddressOrGroup } from 'nodemailer/lib/addressparser';
import { type HeaderField, headerFields } from './identity.ts';
import { isPostingMessageId, loopField } from './posting.ts';

/** Whether a message may be answered by a program, and at which address. */
export type Answerable =
  | { readonly to: string; readonly rule: null }
  /** The rule that forbids it, with its section, in one line without any of the message's own words. */
  | { readonly to: null; readonly rule: string };

/**
 * RFC 3834, "Recommendations for Automatic Responses to Electronic Mail". `own`: the addresses that this mailbox is written to;
 * empty where they are not known. Its SHOULD NOTs and MAYs are all taken for MUST NOTs: an answer that is missing is written
 * by a person, one that is too much may come back for ever.
 *
 * siftd speaks for a mailbox, so it is a Personal or Group Responder, and section 4 leaves it one destination: the Return-Path,
 * and none if there is none. Reply-To, From and Sender "SHOULD NOT be used": a person sets them for persons, and they may name a
 * list, somebody else, or several.
 */
export function answerable(header: Uint8Array, own: readonly string[]): Answerable {
  const fields = headerFields(header);
  if (fields === null) return { to: null, rule: 'its header is too long to be read to its end' };
  const letter = new Letter(fields, own);
  for (const rule of rules) {
    const found = rule(letter);
    if (found !== null) return { to: null, rule: found };
  }
  return { to: letter.returnPath ?? '', rule: null };
}

/** A message's header as the rules look at it. */
class Letter {
  readonly #fields: readonly HeaderField[];
  readonly #own: ReadonlySet<string>;
  /** The address of the topmost Return-Path, which the last server wrote (RFC 5321 4.4); empty: the null one; null: none. */
  readonly returnPath: string | null;
  readonly from: readonly AddressOrGroup[];

  constructor(fields: readonly HeaderField[], own: readonly string[]) {
    this.#fields = fields;
    this.#own = new Set(own.map(plain));
    const path = this.value('return-path');
    this.returnPath = path === null ? null : path.replace(/^</, '').replace(/>$/, '').trim();
    this.from = this.all('from').flatMap((value) => addressparser(value));
  }

  get names(): readonly string[] {
    return this.#fields.map(({ name }) => name);
  }

  get ownKnown(): boolean {
    return this.#own.size > 0;
  }

  all(name: string): readonly string[] {
    return this.#fields.filter((field) => field.name === name).map(({ value }) => value);
  }

  /** Of the first field of that name; null where there is none. */
  value(name: string): string | null {
    return this.all(name)[0] ?? null;
  }

  /** Without comments and parameters, in small letters: `auto-replied (vacation); x=1` is `auto-replied`. */
  tokens(name: string): readonly string[] {
    return this.all(name).map((value) => {
      const bare = value.replace(/\([^()]*\)/g, '').split(';')[0] ?? '';
      return bare.trim().toLowerCase();
    });
  }

  isOwn(address: string): boolean {
    return this.#own.has(plain(address));
  }
}

type Rule = (letter: Letter) => string | null;

const rules: readonly Rule[] = [
  (letter) =>
    letter.tokens('auto-submitted').some((value) => value !== 'no')
      ? 'RFC 3834 section 2: a program sent it (Auto-Submitted)'
      : null,
  (letter) =>
    letter.all('message-id').some(isPostingMessageId) || letter.value(loopField.toLowerCase()) !== null
      ? 'RFC 3834 section 2: siftd itself sent it'
      : null,
  ({ returnPath }) => {
    if (returnPath === null) return 'RFC 3834 section 4: it has no Return-Path, and no other address may be answered';
    if (returnPath === '') return 'RFC 3834 section 2: its Return-Path is the null one';
    return isAddress(returnPath) ? null : 'RFC 3834 section 2: its Return-Path is no address';
  },
  ({ from }) => {
    if (from.length === 0) return 'RFC 5322 section 3.6: it does not say who it is from';
    if (from.length > 1 || from.some((one) => one.group !== undefined)) {
      return 'RFC 3834 section 4: it is from several';
    }
    return from.every((one) => isAddress(one.address ?? '')) ? null : 'RFC 3834 section 2: its From is no address';
  },
  (letter) =>
    [letter.returnPath ?? '', ...letter.from.map((one) => one.address ?? '')].some((one) => letter.isOwn(one))
      ? 'RFC 3834 section 2: it is from this mailbox itself'
      : null,
  (letter) =>
    [letter.returnPath ?? '', ...letter.from.map((one) => one.address ?? '')].some(isProgram)
      ? 'RFC 3834 section 2: its address is one that programs send from'
      : null,
  (letter) =>
    [...letter.tokens('precedence'), ...letter.tokens('x-precedence')].some((value) => bulk.has(value))
      ? 'RFC 3834 section 2: it is bulk mail (Precedence)'
      : null,
  ({ names }) =>
    names.some((name) => name.startsWith('list-') || lists.has(name))
      ? 'RFC 3834 section 2: it came by a mailing list (RFC 2369, RFC 2919)'
      : null,
  (letter) =>
    letter.tokens('content-type').some((type) => reports.test(type)) || letter.value('x-failed-recipients') !== null
      ? 'RFC 3834 section 2: it is a report of a program (RFC 6522)'
      : null,
  (letter) => {
    // [MS-OXCMAIL] 2.2.3.2.14: of its words these alone do not speak of answers.
    const harmless = new Set(['none', 'dr', 'ndr', 'rn', 'nrn']);
    const words = letter.tokens('x-auto-response-suppress').flatMap((value) => value.split(','));
    return words.some((word) => !harmless.has(word.trim()))
      ? 'RFC 3834 section 2: its sender wants no automatic answer'
      : null;
  },
  (letter) =>
    responders.some((name) => letter.tokens(name).some((value) => !/^(no|false|0)$/.test(value)))
      ? 'RFC 3834 section 2: a program sent it (X-Autoreply and its like)'
      : null,
  (letter) =>
    letter.tokens('x-spam-flag').some((value) => /^(yes|true|1)\b/.test(value)) ||
    letter.tokens('x-spam-status').some((value) => /^yes\b/.test(value)) ||
    letter.tokens('x-ms-exchange-organization-scl').some((value) => /^[5-9]$/.test(value))
      ? 'RFC 3834 section 6: it was marked as spam, whose sender is a stranger'
      : null,
  (letter) => {
    if (!letter.ownKnown) return null;
    const named = recipients.flatMap((name) =>
      letter.all(name).flatMap((value) => addressparser(value, { flatten: true })),
    );
    return named.some(({ address }) => letter.isOwn(address))
      ? null
      : 'RFC 3834 section 2: none of its recipients is an address of this mailbox';
  },
];

const recipients = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc'];
const bulk = new Set(['bulk', 'list', 'junk', 'auto_reply', 'auto-reply']);
/** Beside List-*: what list programs wrote before RFC 2369, and some do still. */
const lists = new Set(['mailing-list', 'x-mailing-list', 'x-beenthere', 'x-mailman-version', 'x-list', 'x-list-id']);
/** Delivery and disposition notices, feedback reports, and what calendars send. */
const reports =
  /^(multipart\/report|message\/(global-)?(delivery-status|disposition-notification|feedback-report)|text\/calendar)$/;
/** What answering machines and ticket systems write to know each other by. */
const responders = [
  'x-autoreply',
  'x-auto-reply',
  'x-autorespond',
  'x-auto-respond',
  'x-autoresponse',
  'x-autoresponder',
  'x-autogenerated',
  'x-auto-generated',
  'x-mail-autoreply',
  'x-loop',
  'x-rt-loop-prevention',
  'x-otrs-loop',
];

/** An address that mail can be sent to: one mailbox, no route, no quoted oddities, at a host with a name. */
function isAddress(text: string): boolean {
  return (
    text.length <= 254 &&
    /^[^\s\p{Cc}"(),:;<>@[\\\]]+@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+[\p{L}\p{N}-]{2,}$/u.test(text) &&
    !/(^|\.)\.|\.@|^\.|\.(invalid|localhost)$/i.test(text)
  );
}

/** For comparing: in small letters, and without the detail of a sub-address (RFC 5233). */
function plain(address: string): string {
  const text = address.trim().toLowerCase();
  const plus = text.indexOf('+');
  const at = text.lastIndexOf('@');
  return plus > 0 && plus < at ? text.slice(0, plus) + text.slice(at) : text;
}

/** RFC 3834 section 2, RFC 5230 4.6, and the ways in which people say that nobody reads here. */
function isProgram(address: string): boolean {
  const local = plain(address).replace(/@[^@]*$/, '');
  return (
    /^(mailer-?daemon|mailer|daemon|postmaster|nobody|uucp|listserv|listproc|majordomo|mailman|ecartis|autoresponder|bounces?)$/.test(
      local,
    ) ||
    /^(owner|bounces?|return|autoreply)[-_+=.]|[-_](request|owner|relay|bounces?|errors|daemon|autoreply)$/.test(
      local,
    ) ||
    /(^|[^a-z])(no|do[-_.]?not|dont|not)[-_.]?reply([^a-z]|$)/.test(local) ||
    /(^|[^a-z])(no[-_.]?responder|non[-_.]?rispondere|ne[-_.]?pas[-_.]?repondre|(nicht|keine)[-_.]?antwort(en)?|svara[-_.]?(inte|ej))([^a-z]|$)/.test(
      local,
    )
  );
}

import addressparser from 'nodemailer/lib/addressparser';
import { type Field, fieldValue, type Part, parametersOf, unfolded } from './mime.ts';
import { nquote, quote } from './syntax.ts';

/** ENVELOPE (RFC 3501 7.4.2) of a header block. */
export function envelopeOf(fields: readonly Field[]): string {
  const value = (name: string): string => nquote(fieldValue(fields, name));
  const from = addressesOf(fields, 'from');
  const orFrom = (name: string): string => {
    const own = addressesOf(fields, name);
    // RFC 3501: a missing Sender or Reply-To is filled in by the server.
    return own === 'NIL' ? from : own;
  };
  const people = [
    from,
    orFrom('sender'),
    orFrom('reply-to'),
    ...['to', 'cc', 'bcc'].map((name) => addressesOf(fields, name)),
  ];
  return `(${value('date')} ${value('subject')} ${people.join(' ')} ${value('in-reply-to')} ${value('message-id')})`;
}

function addressesOf(fields: readonly Field[], name: string): string {
  const text = fields
    .filter((field) => field.name === name)
    .map(unfolded)
    .join(', ');
  const entries = addressparser(text).flatMap((entry) => {
    if (entry.group === undefined) return [mailbox(entry.name, entry.address)];
    // RFC 3501 7.4.2: a group is opened by a NIL host and closed by a NIL mailbox.
    const members = entry.group.map((member) => mailbox(member.name, member.address ?? ''));
    return [`(NIL NIL ${quote(entry.name)} NIL)`, ...members, '(NIL NIL NIL NIL)'];
  });
  return entries.length === 0 ? 'NIL' : `(${entries.join('')})`;
}

function mailbox(name: string, address: string): string {
  const at = address.lastIndexOf('@');
  // A lone word is a mailbox without its domain, not a name without its mailbox.
  if (address === '') return mailbox('', `${name}@MISSING_DOMAIN`);
  const local = at < 0 ? address : address.slice(0, at);
  // A NIL host would open a group.
  const host = at < 0 ? 'MISSING_DOMAIN' : address.slice(at + 1);
  return `(${name === '' ? 'NIL' : quote(name)} NIL ${quote(local)} ${quote(host)})`;
}

/** BODYSTRUCTURE, or BODY where not `extended` (RFC 3501 7.4.2). */
export function bodyStructureOf(raw: Buffer, part: Part, extended: boolean): string {
  const field = (name: string): string => nquote(fieldValue(part.fields, name));
  const extension = extended ? ` ${dispositionOf(part)} ${languagesOf(part)} ${field('content-location')}` : '';
  if (part.children.length > 0) {
    const children = part.children.map((child) => bodyStructureOf(raw, child, extended)).join('');
    return `(${children} ${quote(part.subtype)}${extended ? ` ${paramsOf(part.params)}${extension}` : ''})`;
  }
  const plain = part.type === 'text' && part.params.length === 0;
  const params = plain ? '("charset" "us-ascii")' : paramsOf(part.params);
  const encoding = quote(fieldValue(part.fields, 'content-transfer-encoding') ?? '7bit');
  const size = part.end - part.bodyStart;
  const basic = `${quote(part.type)} ${quote(part.subtype)} ${params} ${field('content-id')} ${field('content-description')} ${encoding} ${size}`;
  const tail = extended ? ` ${field('content-md5')}${extension}` : '';
  if (part.message !== null) {
    const inner = `${envelopeOf(part.message.fields)} ${bodyStructureOf(raw, part.message, extended)}`;
    return `(${basic} ${inner} ${linesOf(raw, part)}${tail})`;
  }
  return `(${basic}${part.type === 'text' ? ` ${linesOf(raw, part)}` : ''}${tail})`;
}

function dispositionOf(part: Part): string {
  const value = fieldValue(part.fields, 'content-disposition');
  if (value === null) return 'NIL';
  const { head, params } = parametersOf(value);
  return `(${quote(head)} ${paramsOf(params)})`;
}

/** RFC 3282: tags parted by commas. */
function languagesOf(part: Part): string {
  const value = fieldValue(part.fields, 'content-language');
  if (value === null) return 'NIL';
  return `(${value
    .split(',')
    .map((tag) => quote(tag.trim()))
    .join(' ')})`;
}

function paramsOf(params: readonly (readonly [string, string])[]): string {
  if (params.length === 0) return 'NIL';
  return `(${params.map(([name, value]) => `${quote(name)} ${quote(value)}`).join(' ')})`;
}

function linesOf(raw: Buffer, part: Part): number {
  let lines = 0;
  for (let at = raw.indexOf(0x0a, part.bodyStart); at >= 0 && at < part.end; at = raw.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
}

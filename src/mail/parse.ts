import { TextDecoder } from 'node:util';
import libmime from 'libmime';
import {
  type HeaderValue,
  type ParsedMail,
  type SimpleParserOptions,
  type StructuredHeader,
  simpleParser,
} from 'mailparser';
import { limits } from '../base/limits.ts';
import { bodyOf, type Texts } from './body.ts';
import type { Content, Readable } from './message.ts';
import { oneLine, type TextOptions } from './text.ts';

const parserOptions: SimpleParserOptions = {
  // Turning one form of text into the other is ours, with limits; links and checksums are nobody's need.
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipImageLinks: true,
  skipTextLinks: true,
  checksumAlgo: false,
  // An embedded message without a body makes mailparser 3.14 wait for ever; embedded ones are parsed by themselves below.
  ignoreEmbedded: true,
};

/**
 * Subject and body as the classifier reads them. Pure; takes as long as the message wants and may throw, so it runs
 * in a worker: see pool.ts.
 */
export async function parseMessage(content: Content, options: TextOptions): Promise<Readable> {
  switch (content.kind) {
    case 'whole': {
      const source = buffer(content.source);
      const mail = await simpleParser(source, parserOptions);
      const mails = hasLostBoundary(mail) ? [mail, await simpleParser(bodyAsText(source), parserOptions)] : [mail];
      return readableOf(mail, textsOf([...mails, ...(await embeddedIn(mail, limits.parse.embedded))], []), options);
    }
    case 'parts': {
      const top = await simpleParser(buffer(content.header), parserOptions);
      const mails: ParsedMail[] = [];
      let length = 0;
      for (const { mime, body } of content.texts) {
        // Beyond this nothing is read any more: a thousand parts must not be held at once.
        if (length > limits.parse.html) break;
        const mail = await simpleParser(partAsMessage(mime, body), parserOptions);
        length += (mail.text ?? '').length + (mail.html || '').length;
        mails.push(mail);
      }
      return readableOf(top, textsOf(mails, content.attachments), options);
    }
  }
}

/**
 * The messages within a message that a person would read with it: those shown inline, and any where it has no text
 * of its own. What a bounce returns is neither, it would be taken for the sender's own words.
 */
async function embeddedIn(mail: ParsedMail, levels: number): Promise<ParsedMail[]> {
  if (levels === 0) return [];
  const alone = (mail.text ?? '').trim() === '' && !mail.html;
  const mails: ParsedMail[] = [];
  for (const part of mail.attachments) {
    if (part.contentType !== 'message/rfc822' || !(alone || part.contentDisposition === 'inline')) continue;
    const inner = await simpleParser(part.content, parserOptions);
    const subject = subjectOf(inner);
    inner.text = `${subject === '' ? '' : `\nSubject: ${subject}\n\n`}${inner.text ?? ''}`;
    mails.push(inner, ...(await embeddedIn(inner, levels - 1)));
  }
  return mails;
}

function readableOf(top: ParsedMail, texts: Texts, options: TextOptions): Readable {
  const forward = /^(?:re ?: ?)*(?:fwd?|wg|tr|rv|i|doorst) ?:/i;
  const subject = oneLine(subjectOf(top), limits.message.subject);
  // What a forwarded mail quotes is what it is about.
  return { subject, body: bodyOf(texts, forward.test(subject) ? { ...options, quotes: 'keep' } : options) };
}

/** RFC 5322 headers are ASCII and RFC 6532 ones UTF-8; what is neither is most likely in the charset of the body. */
function subjectOf(mail: ParsedMail): string {
  const subject = mail.subject ?? '';
  const raw = subject.includes('\uFFFD') ? mail.headerLines.find(({ key }) => key === 'subject')?.line : undefined;
  if (raw === undefined || !/[\x80-\xFF]/.test(raw)) return subject;
  const octets = Buffer.from(raw.slice(raw.indexOf(':') + 1).replace(/\r?\n/g, ''), 'latin1');
  return libmime.decodeWords(decoderOf(typeOf(mail)?.params['charset']).decode(octets));
}

function decoderOf(charset: string | undefined): TextDecoder {
  try {
    const decoder = new TextDecoder(charset);
    if (decoder.encoding !== 'utf-8') return decoder;
  } catch {
    // a charset that nobody knows
  }
  return new TextDecoder('windows-1252');
}

function typeOf(mail: ParsedMail): StructuredHeader | undefined {
  const type = mail.headers.get('content-type');
  return isStructured(type) ? type : undefined;
}

function isStructured(value: HeaderValue | undefined): value is StructuredHeader {
  return typeof value === 'object' && 'params' in value && 'value' in value && typeof value.value === 'string';
}

/** A multipart that does not say how its parts are told apart: all of it can only be read as it stands. */
function hasLostBoundary(mail: ParsedMail): boolean {
  const type = typeOf(mail);
  return type !== undefined && /^multipart\//i.test(type.value) && !type.params['boundary'];
}

function bodyAsText(source: Buffer): Buffer {
  const blank = /\r?\n\r?\n/.exec(source.subarray(0, limits.imap.headerBlock).toString('latin1'));
  return Buffer.concat([
    Buffer.from('\r\n'),
    blank === null ? Buffer.alloc(0) : source.subarray(blank.index + blank[0].length),
  ]);
}

function textsOf(mails: readonly ParsedMail[], left: readonly string[]): Texts {
  const join = (texts: readonly (string | false | undefined)[]): string => texts.filter((text) => text).join('\n');
  return {
    plain: join(mails.map((mail) => mail.text)),
    html: join(mails.map((mail) => mail.html)),
    attachments: [
      ...mails.flatMap((mail) => mail.attachments.map((part) => part.filename ?? part.contentType)),
      ...left,
    ],
  };
}

/** A part with its own MIME header is a message of that type (RFC 9051 6.4.5: BODY[n.MIME], BODY[n]). */
function partAsMessage(mime: Uint8Array, body: Uint8Array): Buffer {
  const header = buffer(mime).toString('latin1').trimEnd();
  return Buffer.concat([Buffer.from(header === '' ? '\r\n' : `${header}\r\n\r\n`, 'latin1'), body]);
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

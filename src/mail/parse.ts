import { type ParsedMail, type SimpleParserOptions, simpleParser } from 'mailparser';
import { limits } from '../base/limits.ts';
import type { Content, Readable } from './message.ts';
import { bodyOf, oneLine, type TextOptions, type Texts } from './text.ts';

const parserOptions: SimpleParserOptions = {
  // Turning one form of text into the other is ours, with limits; links and checksums are nobody's need.
  skipHtmlToText: true,
  skipTextToHtml: true,
  skipImageLinks: true,
  skipTextLinks: true,
  checksumAlgo: false,
  // A forwarded message is what the mail is about, unless it was attached as a file.
  defaultInlineEmbedded: true,
};

/**
 * Subject and body as the classifier reads them. Pure; takes as long as the message wants and may throw, so it runs
 * in a worker: see pool.ts.
 */
export async function parseMessage(content: Content, options: TextOptions): Promise<Readable> {
  switch (content.kind) {
    case 'whole': {
      const mail = await simpleParser(buffer(content.source), parserOptions);
      return readableOf(mail, textsOf([mail], []), options);
    }
    case 'parts': {
      const top = await simpleParser(buffer(content.header), parserOptions);
      const mails: ParsedMail[] = [];
      for (const { mime, body } of content.texts)
        mails.push(await simpleParser(partAsMessage(mime, body), parserOptions));
      return readableOf(top, textsOf(mails, content.attachments), options);
    }
  }
}

function readableOf(top: ParsedMail, texts: Texts, options: TextOptions): Readable {
  const forward = /^(?:re ?: ?)*(?:fwd?|wg|tr|rv|i|doorst) ?:/i;
  const subject = oneLine(top.subject ?? '', limits.message.subject);
  // What a forwarded mail quotes is what it is about.
  return { subject, body: bodyOf(texts, forward.test(subject) ? { ...options, quotes: 'keep' } : options) };
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

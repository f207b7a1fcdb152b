import { seeded } from '../../src/base/random.ts';

/** A generated message, and where it belongs. */
export interface SortedLetter {
  readonly label: string;
  readonly messageId: string;
  readonly raw: string;
}

/** Octets of a message as a whole; what its text leaves of them the quoted thread below it fills. */
const size = 3400;

/** Ten classes: the phrase that only their subjects have, and what their writers talk about. */
const classes: Readonly<Record<string, { readonly subject: string; readonly words: readonly string[] }>> = {
  refund: {
    subject: 'Money back',
    words: words('refund money returned amount paid card reimbursed credited sum sent'),
  },
  complaint: { subject: 'Not satisfied', words: words('broken disappointed rude damaged unacceptable faulty worst') },
  invoice: {
    subject: 'Your invoice',
    words: words('invoice due total tax payable net bank remittance ledger billing'),
  },
  shipping: { subject: 'Where is my parcel', words: words('parcel courier tracking delayed depot customs label van') },
  password: {
    subject: 'Cannot log in',
    words: words('password login locked reset code browser signed username email'),
  },
  cancel: { subject: 'Please cancel', words: words('cancel subscription plan renewal terminate contract end notice') },
  newsletter: {
    subject: 'This week',
    words: words('offers unsubscribe discount sale weekly collection exclusive deals'),
  },
  job: {
    subject: 'Application for',
    words: words('application position experience degree interview resume salary team'),
  },
  meeting: {
    subject: 'Invitation to',
    words: words('meeting agenda calendar room minutes attendees schedule confirm'),
  },
  bug: {
    subject: 'Error report',
    words: words('crash error stack version exception reproduce screen freezes log trace'),
  },
};

const common = words(
  'the to of and we you your our for with that this from have was not are on it as at please when after before only ' +
    'again also because could would every first last week month order number name day time people office morning note',
);

/** As quoted-printable has them. */
const encoded = words('caf=C3=A9 na=C3=AFve 20=E2=82=AC Gr=C3=BC=C3=9Fe');

const routes = Object.keys(classes);

/** The folder that a class goes to. */
export const folderOf = (label: string): string => `Sorted/${label}`;

/** Each class with the phrase that tells its subjects, for those who sort by rules. */
export const subjectRules: readonly { readonly label: string; readonly phrase: string }[] = routes.map((label) => ({
  label,
  phrase: classes[label]?.subject ?? '',
}));

/** The same messages for the same seed, all different, of all classes in turn. Half have an HTML part beside the text. */
export function* letters(count: number, seed: number): Generator<SortedLetter> {
  const random = seeded(seed);
  const pick = (list: readonly string[]): string => list[random.below(list.length)] ?? '';
  const sentence = (label: string): string => {
    const length = 7 + random.below(9);
    const own = classes[label]?.words ?? [];
    const text = Array.from({ length }, () =>
      pick(random.below(10) < 3 ? own : random.below(40) === 0 ? encoded : common),
    ).join(' ');
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
  };
  for (let index = 0; index < count; index++) {
    const label = routes[index % routes.length] ?? '';
    const id = `${seed}.${index}.${random.below(2 ** 32).toString(36)}`;
    const messageId = `<${id}@mail.example.org>`;
    const subject = `${classes[label]?.subject} ${1000 + random.below(9000)}: ${pick(common)} ${pick(common)}`;
    const head = header({ id, messageId, subject, index, from: `${pick(common)}.${index % 997}@example.org` });
    const html = index % 2 === 1;
    const boundary = `=_${id}`;
    const frame = html ? part(boundary, 'text/plain') + part(boundary, 'text/html') + closing(boundary) : '';
    const type = html ? `multipart/alternative; boundary="${boundary}"` : plain;
    // The HTML part repeats the text, as mail programs write it.
    const room = (size - head.length - type.length - frame.length - 60) / (html ? 2.15 : 1);
    const lines: string[] = [];
    for (let length = 0; length < room; length += (lines.at(-1)?.length ?? 0) + 2) lines.push(sentence(label));
    const text = lines.join('\r\n');
    const body = html
      ? part(boundary, 'text/plain') +
        text +
        part(boundary, 'text/html') +
        `<html><body><p>${lines.join('<br>\r\n')}</p></body></html>` +
        closing(boundary)
      : text;
    yield { label, messageId, raw: `${head}Content-Type: ${type}\r\n${html ? '' : encoding}\r\n${body}\r\n` };
  }
}

const plain = 'text/plain; charset=utf-8';
const encoding = 'Content-Transfer-Encoding: quoted-printable\r\n';

function part(boundary: string, type: string): string {
  return `\r\n--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\n${encoding}\r\n`;
}

function closing(boundary: string): string {
  return `\r\n--${boundary}--\r\n`;
}

interface Head {
  readonly id: string;
  readonly messageId: string;
  readonly subject: string;
  readonly from: string;
  readonly index: number;
}

function header({ id, messageId, subject, from, index }: Head): string {
  const date = new Date(Date.UTC(2026, 0, 5) + index * 61_000).toUTCString().replace('GMT', '+0000');
  return [
    `Return-Path: <${from}>`,
    `Received: from mx.example.org (mx.example.org [192.0.2.${index % 250}])`,
    `\tby mail.example.com (Postfix) with ESMTPS id ${id.replaceAll('.', '').toUpperCase()}`,
    `\tfor <support@example.com>; ${date}`,
    'Authentication-Results: mail.example.com; dkim=pass header.d=example.org; spf=pass',
    'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail; t=1767571200;',
    '\th=from:to:subject:date:message-id; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;',
    `\tb=${Buffer.from(`${id}${from}`.repeat(4)).toString('base64').slice(0, 120)}`,
    `Date: ${date}`,
    `From: "Customer ${index % 997}" <${from}>`,
    'To: Support <support@example.com>',
    `Message-ID: ${messageId}`,
    `Subject: ${subject}`,
    'User-Agent: Mail Program 12.4',
    'MIME-Version: 1.0',
    '',
  ].join('\r\n');
}

function words(text: string): readonly string[] {
  return text.split(' ');
}

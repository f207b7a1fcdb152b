import { join } from 'node:path';
import { stringify } from 'yaml';
import type { VendorMail } from '../vendor/vendor.ts';
import { failing } from './api-wire.ts';
import type { Delivered, Ending } from './invariant.ts';
import type { Login, Put } from './mailbox.ts';

/** What a server can do, as far as the outcome depends on it. */
export interface Means {
  /** COPY takes flags along. */
  readonly flags: boolean;
  readonly move: boolean;
  readonly uidplus: boolean;
  /** It keeps keywords (on Gmail: labels). */
  readonly keywords: boolean;
  readonly gmail: boolean;
}

/** Labels that siftd sets. On Gmail they are folders too. */
export const labels: readonly string[] = ['urgent', 'newsletter', 'needs-review', 'siftd-failed'];

export const routes = {
  refund_request: { move: 'Support/Refunds' },
  complaint: { move: 'Support/Complaints', label: ['urgent'], flag: true, threshold: 0.9 },
  newsletter: { label: ['newsletter'], seen: true },
};

/** The times of siftd, so short that a restart costs no waiting. */
export const shortTimes = {
  imap: {
    backoffMin: 10,
    backoffMax: 50,
    pollInterval: 1000,
    probeTimeout: 1500,
    commandTimeout: 2500,
    connectTimeout: 3000,
    logoutTimeout: 300,
  },
  parse: { workers: 1 },
  api: { backoffMin: 20, backoffMax: 100, pollMin: 20, pollMax: 100, requestTimeout: 2500, breakerMax: 100 },
  act: { backoffMin: 20, backoffMax: 100 },
};

/** A message whose subject tells the API what to answer. */
export function letter(name: string, answer: string): string {
  return [
    'From: Ann <ann@example.com>',
    'To: support@example.com',
    `Subject: ${answer} ${name}`,
    `Message-ID: ${idOf(name)}`,
    `X-Letter: ${name}`,
    'Date: Mon, 02 Nov 2026 10:00:00 +0000',
    '',
    `Hello, this is ${name}.`,
    '',
  ].join('\r\n');
}

export const idOf = (name: string): string => `<${name}@example.com>`;

export function answerOf({ subject }: VendorMail) {
  const [, classification = 'unknown', confidence = '0'] = /^\[(\S+) ([\d.]+)\]/.exec(subject) ?? [];
  return { classification, confidence: Number(confidence) };
}

/** Where a message of this answer ends when nobody meddles. */
export function endingOf(answer: string, folder: string, flags: readonly string[], means: Means): Ending {
  const kept = (...marks: string[]) => marks.filter((mark) => means.keywords || mark.startsWith('\\'));
  const { classification, confidence } = answerOf({ subject: answer, body: '' });
  const ending = (to: string, state: string, ...marks: string[]): Ending => ({
    folder: to,
    flags: [...new Set([...flags, ...kept(...marks)])],
    states: [state],
  });
  if (answer === failing) return ending(folder, 'failed', 'siftd-failed');
  if (classification === 'refund_request' && confidence >= 0.75) return ending('Support/Refunds', 'done');
  if (classification === 'complaint' && confidence >= 0.9) {
    return ending('Support/Complaints', 'done', 'urgent', '\\Flagged');
  }
  if (classification === 'newsletter' && confidence >= 0.75) return ending(folder, 'done', 'newsletter', '\\Seen');
  return ending(folder, 'done', 'needs-review');
}

export interface Cast {
  readonly puts: readonly Put[];
  readonly delivered: readonly Delivered[];
}

/** `few`: a move, a move with labels, unsure, failed. `all`: labels alone too, and two deliveries of the same bytes. */
export type Roles = 'few' | 'all';

/**
 * The mailbox of a scenario: messages for siftd, and what is none of its business: old mail, mail that a person marked
 * \Deleted, and in the destination another message and a copy of one that is to come.
 */
export function cast(means: Means, roles: Roles): Cast {
  const date = new Date('2026-11-02T10:00:05Z');
  const old = new Date('2020-02-03T04:05:06Z');
  const mine = means.keywords && !means.gmail ? ['mine'] : [];
  const more = (one: { name: string; answer: string; flags: string[] }) => (roles === 'all' ? [one] : []);
  const sent = [
    { name: 'refund', answer: '[refund_request 0.92]', flags: ['\\Seen', ...mine] },
    ...more({ name: 'refund', answer: '[refund_request 0.92]', flags: [] }),
    { name: 'complaint', answer: '[complaint 0.95]', flags: ['\\Answered'] },
    ...more({ name: 'newsletter', answer: '[newsletter 0.80]', flags: [] }),
    { name: 'unsure', answer: '[complaint 0.50]', flags: [] },
    { name: 'failed', answer: failing, flags: [] },
  ].slice(means.gmail && roles === 'all' ? 1 : 0);
  const foreign: Put[] = [
    { folder: 'INBOX', raw: letter('old', '[refund_request 0.99]'), flags: ['\\Seen'], date: old },
    { folder: 'Support/Refunds', raw: letter('sorted', '[refund_request 0.99]'), flags: ['\\Flagged'], date: old },
  ];
  // On Gmail \Deleted takes the label off at once, and the same bytes are one message.
  if (!means.gmail) {
    foreign.push(
      { folder: 'INBOX', raw: letter('bin', '[refund_request 0.99]'), flags: ['\\Deleted'], date: old },
      { folder: 'Support/Refunds', raw: letter('refund', '[refund_request 0.92]'), flags: [], date },
    );
  }
  return {
    puts: [
      ...foreign,
      ...sent.map(({ name, answer, flags }) => ({ folder: 'INBOX', raw: letter(name, answer), flags, date })),
    ],
    delivered: sent.map(({ name, answer, flags }) => ({
      key: name,
      messageId: idOf(name),
      folder: 'INBOX',
      flags,
      date: date.getTime(),
      classification: answer === failing ? null : answerOf({ subject: answer, body: '' }).classification,
      endings: [endingOf(answer, 'INBOX', flags, means)],
    })),
  };
}

/** siftd's configuration: `since` tells old mail from new. `more` stands over it. */
export function configOf(
  folder: string,
  imap: Login,
  api: { url: string; company: string; orchestrator: string },
  more: Readonly<Record<string, unknown>> = {},
): string {
  return stringify({
    state: join(folder, 'state'),
    console: { listen: 'off' },
    classifier: {
      url: api.url,
      company: api.company,
      orchestrator: api.orchestrator,
      token: { env: 'VENDOR_TOKEN' },
      // Answers are held until there is one, and each holds a request; what is taken up beyond this, a kill takes up again.
      pending: 100,
      concurrency: 64,
      rate: { requests: 1000, per: '1s' },
    },
    accounts: {
      support: {
        host: imap.host,
        port: imap.port,
        tls: 'none',
        user: imap.user,
        password: { env: 'MAIL_PASSWORD' },
        since: '2026-01-01',
      },
    },
    routes,
    unsure: { label: ['needs-review'] },
    failed: { label: ['siftd-failed'] },
    ...more,
  });
}

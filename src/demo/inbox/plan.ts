import { createHash } from 'node:crypto';
import { type Letter, languages } from './letter.ts';
import { accounts } from './letters/accounts.ts';
import { cancellations } from './letters/cancellations.ts';
import { complaints } from './letters/complaints.ts';
import { invoices } from './letters/invoices.ts';
import { jobs } from './letters/jobs.ts';
import { newsletters } from './letters/newsletters.ts';
import { orders } from './letters/orders.ts';
import { others } from './letters/others.ts';
import { products } from './letters/products.ts';
import { refunds } from './letters/refunds.ts';
import { spam } from './letters/spam.ts';
import { type SampleClass, sampleClasses } from './routes.ts';

const byClass: Readonly<Record<SampleClass, readonly Letter[]>> = {
  refund_request: refunds,
  complaint: complaints,
  order_status: orders,
  invoice_question: invoices,
  product_question: products,
  cancellation: cancellations,
  account_access: accounts,
  job_application: jobs,
  newsletter: newsletters,
  spam,
};

/** A letter, what it is about, and when and in which half of the demo it comes. */
export interface Planned {
  readonly letter: Letter;
  /** The truth, by which the demo is measured; null where no route fits. */
  readonly class: SampleClass | null;
  readonly part: 'history' | 'arriving';
  readonly date: Date;
}

/** Of each class and language, the share that the team has sorted already. */
const sorted = 0.6;

/** The weeks that the sorted mail lies in, and the day on which the rest arrives. */
const weeks = { from: Date.UTC(2026, 8, 21, 6), to: Date.UTC(2026, 10, 13, 18) };
const day = { from: Date.UTC(2026, 10, 16, 6, 30), to: Date.UTC(2026, 10, 16, 17) };

const letters = new Map([...Object.values(byClass).flat(), ...others].map((letter) => [letter.id, letter]));

export function letterById(id: string): Letter | undefined {
  return letters.get(id);
}

/**
 * All letters, oldest first. Shuffled by a hash, the same way every time, except that a letter never comes before
 * the one it answers. What fits no route arrives: nobody has a folder for it.
 */
export function plan(): readonly Planned[] {
  const history: Undated[] = [];
  const arriving: Undated[] = others.map((letter) => ({ letter, class: null }));
  for (const class_ of sampleClasses) {
    for (const language of languages) {
      const stratum = byClass[class_].filter((letter) => letter.language === language);
      const known = Math.round(stratum.length * sorted);
      shuffled(stratum, 'part').forEach((letter, index) => {
        (index < known ? history : arriving).push({ letter, class: class_ });
      });
    }
  }
  return [...dated('history', history, weeks), ...dated('arriving', arriving, day)];
}

type Undated = Pick<Planned, 'letter' | 'class'>;

/** One letter in each equal slice of the span, somewhere within it: in order, but not like clockwork. */
function dated(part: Planned['part'], all: readonly Undated[], span: { from: number; to: number }): Planned[] {
  const slice = (span.to - span.from) / all.length;
  const about = new Map(all.map(({ letter, class: class_ }) => [letter, class_]));
  return shuffled([...about.keys()], 'date').map((letter, index) => {
    const seconds = Math.floor((span.from + (index + lot(letter, 'jitter')) * slice) / 1000);
    return { letter, class: about.get(letter) ?? null, part, date: new Date(seconds * 1000) };
  });
}

function shuffled(all: readonly Letter[], purpose: string): Letter[] {
  return all.toSorted((a, b) => place(a, purpose) - place(b, purpose));
}

/** A letter's place in a shuffle; a reply's is always beyond that of the letter it answers. */
function place(letter: Letter, purpose: string): number {
  const earlier = letter.answers === undefined ? undefined : letters.get(letter.answers);
  const own = lot(letter, purpose);
  return earlier === undefined ? own : Math.max(own, place(earlier, purpose) + Number.EPSILON);
}

/** From 0 to just below 1, fixed for ever by the letter's id. */
function lot(letter: Letter, purpose: string): number {
  return createHash('sha256').update(`${purpose} ${letter.id}`).digest().readUInt32BE() / 2 ** 32;
}

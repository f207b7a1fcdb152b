import { createHash } from 'node:crypto';
import { type Random, seeded } from '../../base/random.ts';
import { buildMail } from './build.ts';
import type { Letter } from './letter.ts';
import { type Planned, plan } from './plan.ts';
import { folderOf, type SampleClass } from './routes.ts';

/** A message of the invented month, with the truth about it. */
export interface MonthMessage {
  /** Its Message-ID. */
  readonly id: string;
  readonly class: SampleClass | null;
  /** Where a person puts it; a route that only labels leaves it in the inbox. */
  readonly folder: string;
  readonly raw: Buffer;
}

/** How much of the mail each class is, in parts of all; what fits no route is `null`'s. A small class stays small in a month. */
const mix: readonly (readonly [SampleClass | null, number])[] = [
  ['refund_request', 19],
  ['order_status', 18],
  ['product_question', 13],
  ['complaint', 11],
  ['invoice_question', 10],
  ['cancellation', 8],
  ['account_access', 8],
  ['newsletter', 5],
  ['spam', 4],
  ['job_application', 1],
  [null, 3],
];

/**
 * Mail without end, the same for the same seed: each message is put together from letters of one class that siftd has not
 * learned from, as people's mails of one kind resemble each other and are never the same. Some hold a sentence about
 * another matter, as real ones do.
 */
export async function* monthMail(seed: number): AsyncGenerator<MonthMessage> {
  const random = seeded(seed);
  const letters = plan().filter(({ part }) => part === 'arriving');
  for (let serial = 0; ; serial++) {
    const class_ = drawClass(random);
    const own = letters.filter((one) => one.class === class_);
    const first = pick(own, random).letter;
    const letter = mixed(first, own, letters, `month-${seed}-${serial}`, random);
    const raw = await buildMail(letter, new Date(Date.UTC(2026, 10, 16)), () => undefined);
    const id = messageIdIn(raw);
    if (id === null) throw new Error(`${letter.id} has no Message-ID`);
    yield { id, class: class_, folder: folderOf(class_), raw };
  }
}

/** Of a message of this shop: none of them has a long header. */
export function messageIdIn(raw: Buffer): string | null {
  return /^Message-ID: *(<[^>]+>)/im.exec(raw.toString('latin1', 0, 4096))?.[1] ?? null;
}

function drawClass(random: Random): SampleClass | null {
  let lot = random.below(mix.reduce((sum, [, parts]) => sum + parts, 0));
  for (const [class_, parts] of mix) {
    if (lot < parts) return class_;
    lot -= parts;
  }
  return null;
}

function mixed(first: Letter, own: readonly Planned[], all: readonly Planned[], id: string, random: Random): Letter {
  const alike = own.filter(({ letter }) => letter.language === first.language).map(({ letter }) => letter);
  const kept = sentences(first).filter(() => random.below(10) < 7);
  const more = sentences(pick(alike, random)).filter(() => random.below(10) < 4);
  // A matter that is not the mail's own, now and then.
  const aside =
    random.below(12) === 0
      ? sentences(pick(all, random).letter)
          .filter(() => random.below(3) === 0)
          .slice(0, 2)
      : [];
  const body = [...kept, ...more, ...aside].map((line) => renumbered(line, random)).join('\n');
  const { answers, answersOurs, withoutMessageId, charset, ...rest } = first;
  return {
    ...rest,
    id,
    from: `${createHash('sha256').update(id).digest('hex').slice(0, 8)}@customers.example`,
    subject: renumbered(random.below(4) === 0 ? pick(alike, random).subject : first.subject, random),
    body: body === '' ? first.body : body,
  };
}

function sentences({ body }: Letter): string[] {
  return body.startsWith('<') ? [body] : body.split(/(?<=[.!?])\s+|\n{2,}/).filter((line) => line !== '');
}

/** Orders, amounts and dates are never the same twice. */
function renumbered(text: string, random: Random): string {
  return text.replace(/\d/g, (digit) => (digit === '0' ? digit : String(1 + random.below(9))));
}

function pick<T>(all: readonly T[], random: Random): T {
  const one = all[random.below(all.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

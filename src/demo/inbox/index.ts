import { buildMail } from './build.ts';
import type { Language } from './letter.ts';
import { letterById, type Planned, plan } from './plan.ts';
import { flagsOf, folderOf, type SampleClass } from './routes.ts';

export { routes } from './routes.ts';

/** One message of the sample inbox, with the truth about it. */
export interface SampleMessage {
  readonly id: string;
  /** What it is about; null where no route fits and a person has to decide. */
  readonly class: SampleClass | null;
  /** Where it stands once it is sorted rightly: `INBOX` for what is only labelled, or fits no route. */
  readonly folder: string;
  /** The keywords and flags that it bears once it is sorted rightly. */
  readonly flags: readonly string[];
  readonly language: Language;
  /** As it was written, before any encoding. */
  readonly subject: string;
  /** RFC 5322 bytes, the same on every run. */
  readonly raw: Buffer;
  /** Its Date header, and the INTERNALDATE to deliver it with: whole seconds. */
  readonly date: Date;
  readonly part: Planned['part'];
}

let built: Promise<readonly SampleMessage[]> | undefined;

/** The whole support inbox of "Lindgren & Hale", oldest first. Built once, at the first call. */
export async function sampleInbox(): Promise<readonly SampleMessage[]> {
  built ??= Promise.all(
    plan().map(async ({ letter, class: class_, part, date }) => ({
      id: letter.id,
      class: class_,
      folder: folderOf(class_),
      flags: flagsOf(class_),
      language: letter.language,
      subject: letter.subject,
      raw: await buildMail(letter, date, letterById),
      date,
      part,
    })),
  );
  return await built;
}

/** About 60% of each class and language: what the team has sorted by hand already. Oldest first. */
export async function history(): Promise<readonly SampleMessage[]> {
  return (await sampleInbox()).filter(({ part }) => part === 'history');
}

/** The rest, mixed, in the order in which it arrives. */
export async function arriving(): Promise<readonly SampleMessage[]> {
  return (await sampleInbox()).filter(({ part }) => part === 'arriving');
}

/**
 * The invariant: what must hold of the mailbox, of siftd.db and of the API's counts once everything is done, whatever
 * was killed or cut meanwhile. It shares no code with siftd.
 */

/** A message as a second IMAP client sees it. Folder names have `/` between levels and no prefix. */
export interface Standing {
  /** Tells a message from all others; two deliveries of the same bytes share it. */
  readonly key: string;
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  /** Flags, keywords, and on Gmail labels, without `\Recent`. */
  readonly flags: readonly string[];
  /** INTERNALDATE, milliseconds since the epoch. */
  readonly date: number;
}

/** What siftd.db says of a message. */
export interface Filed {
  readonly id: number;
  readonly messageId: string | null;
  readonly state: string;
  readonly folder: string;
  readonly uidValidity: number;
  readonly uid: number;
  readonly classification: string | null;
  /** The step that each of its actions came to, in order. */
  readonly steps: readonly string[];
}

/** How a message may stand in the end. */
export interface Ending {
  readonly folder: string;
  readonly flags: readonly string[];
  /** May be there or not: a person set it while siftd acted. */
  readonly maybe?: readonly string[];
  /** The states that its job may be in then. */
  readonly states: readonly string[];
}

export interface Delivered {
  readonly key: string;
  readonly messageId: string;
  /** The folder into which it was delivered. */
  readonly folder: string;
  /** Flags and keywords at that time; none where this is left out. */
  readonly flags?: readonly string[];
  readonly date: number;
  /** What the API answers for it; null: that the classification failed. */
  readonly classification: string | null;
  /** One of these; the first is what happens when nobody meddles. */
  readonly endings: readonly Ending[];
  /** A second one may stand so as well, and only so: where nobody can know that a person was faster. */
  readonly also?: readonly Ending[];
  /** A person deleted it for good: it may be nowhere, and these are the states that its job may be in then. */
  readonly nowhere?: readonly string[];
  /** A person moved it about while siftd worked, so its job need not have been asked for, nor know where it is. */
  readonly touched?: boolean;
}

/** What siftd asked the API about one external_ref. */
export interface Asked {
  readonly posts: number;
  /** Of these, those that had to be repeated: a crash, a cut or a refusal fell between the POST and its durable process id. */
  readonly excused: number;
  /** Idempotency-Keys that it used. */
  readonly keys: ReadonlySet<string>;
  /** Processes that the API lost. */
  readonly lost: number;
}

export interface Findings {
  readonly delivered: readonly Delivered[];
  /** Messages that siftd has no business with, as they stood before. */
  readonly foreign: readonly Standing[];
  readonly mailbox: readonly Standing[];
  readonly journal: readonly Filed[];
  /** By external_ref, which is the Message-ID. */
  readonly asked: ReadonlyMap<string, Asked>;
  /** Without UIDPLUS a source marked \Deleted beside its copy counts as gone. */
  readonly uidplus: boolean;
}

export type Kind = 'lost' | 'duplicated' | 'misfiled' | 'changed' | 'foreign' | 'journal' | 'resubmitted';

export interface Violation {
  readonly kind: Kind;
  readonly text: string;
}

export function violationsOf(findings: Findings): Violation[] {
  const { kept, hurt } = foreignOf(findings);
  const delivered = groupBy(findings.delivered, ({ key }) => key);
  const there = groupBy(
    findings.mailbox.filter((one) => !kept.has(one)),
    ({ key }) => key,
  );
  return [
    ...[...delivered].flatMap(([key, same]) => mailOf(findings, same, there.get(key) ?? [])),
    ...hurt,
    ...[...there].flatMap(([key, more]) => (delivered.has(key) ? [] : strangersOf(findings, more))),
    ...journalOf(findings),
    ...askedOf(findings),
  ];
}

/** Messages of one key: each has to stand in one of its endings, and nothing may be left over. */
function mailOf({ uidplus }: Findings, same: readonly Delivered[], there: readonly Standing[]): Violation[] {
  const marked = (one: Standing) => !uidplus && has(one.flags, '\\Deleted');
  const some = [...there];
  const take = (endings: readonly Ending[], date: number) => {
    const fit = some.findIndex((one) => endings.some((ending) => fits(one, ending, date)));
    return fit >= 0 && some.splice(fit, 1).length > 0;
  };
  const unmet = same.filter(({ endings, date }) => !take(endings, date));
  for (const { also = [], date } of same) take(also, date);
  const left = some.filter((one) => !marked(one));
  const violations: Violation[] = [];
  for (const message of unmet) {
    // The nearest: in a right folder, but not as it should be.
    const near =
      left.find((one) => message.endings.some(({ folder }) => folder === one.folder)) ?? left.find(() => true);
    if (near === undefined) {
      if (message.nowhere === undefined)
        violations.push(violation('lost', `${message.key} is nowhere, ${want(message)}${traces(there)}`));
      continue;
    }
    left.splice(left.indexOf(near), 1);
    const placed = message.endings.some(({ folder }) => folder === near.folder);
    violations.push(violation(placed ? 'changed' : 'misfiled', `${say(near)}, ${want(message)}`));
  }
  for (const one of left)
    violations.push(violation('duplicated', `${say(one)} is one too many; there are ${there.map(say).join('; ')}`));
  return violations;
}

function fits(one: Standing, ending: Ending, date: number): boolean {
  return one.folder === ending.folder && one.date === date && sameFlags(one.flags, ending.flags, ending.maybe);
}

/** What siftd did not file stays where it is, as it is. */
function foreignOf({ foreign, mailbox }: Findings): {
  readonly kept: ReadonlySet<Standing>;
  readonly hurt: Violation[];
} {
  const at = new Map(mailbox.map((one) => [placeOf(one), one]));
  const kept = new Set<Standing>();
  const hurt: Violation[] = [];
  for (const was of foreign) {
    const now = at.get(placeOf(was));
    if (now === undefined || now.key !== was.key) {
      hurt.push(violation('foreign', `${say(was)} is not there any more`));
      continue;
    }
    kept.add(now);
    if (!sameFlags(now.flags, was.flags) || now.date !== was.date) {
      hurt.push(violation('foreign', `${say(was)} became ${say(now)}`));
    }
  }
  return { kept, hurt };
}

function strangersOf({ uidplus }: Findings, more: readonly Standing[]): Violation[] {
  return more
    .filter(({ flags }) => uidplus || !has(flags, '\\Deleted'))
    .map((one) => violation('foreign', `${say(one)} was not there before`));
}

/** The database agrees with the mailbox: a closed job for each message, at the place where it is. */
function journalOf({ delivered, mailbox, journal }: Findings): Violation[] {
  const violations: Violation[] = [];
  const at = new Map(mailbox.map((one) => [placeOf(one), one]));
  const holders = new Map<string, Filed>();
  const byId = groupBy(journal, ({ messageId }) => messageId ?? '');
  const messages = groupBy(delivered, ({ messageId }) => messageId);
  for (const [messageId, jobs] of byId) {
    const most = messages.get(messageId)?.length ?? 0;
    if (jobs.length > most) {
      violations.push(
        violation(
          'journal',
          `${jobs.length} jobs for the ${most} new messages ${messageId}: ${jobs.map(tell).join('; ')}`,
        ),
      );
    }
  }
  for (const [messageId, same] of messages) {
    const jobs = byId.get(messageId) ?? [];
    const least = same.filter(({ touched }) => touched !== true).length;
    if (jobs.length < least)
      violations.push(violation('journal', `${jobs.length} jobs for ${least} messages ${messageId}`));
    for (const job of jobs) violations.push(...jobOf(job, same, at));
  }
  for (const job of journal) {
    const holder = holders.get(placeOf(job));
    if (holder !== undefined) violations.push(violation('journal', `${tell(job)} and ${tell(holder)} claim one place`));
    holders.set(placeOf(job), job);
  }
  return violations;
}

function jobOf(job: Filed, same: readonly Delivered[], at: ReadonlyMap<string, Standing>): Violation[] {
  const wrong = (why: string) => [violation('journal', `${tell(job)}: ${why}`)];
  if (!['done', 'failed', 'gone'].includes(job.state)) return wrong('is still open');
  if (job.steps.some((step) => step !== 'done' && step !== 'undone'))
    return wrong('has ended with an action under way');
  const possible = same.filter(({ endings, nowhere = [] }) =>
    [nowhere, ...endings.map(({ states }) => states)].some((states) => states.includes(job.state)),
  );
  if (possible.length === 0) return wrong(`cannot have ended so, ${same.map(want).join('; ')}`);
  // What a person has moved or deleted is not followed everywhere.
  if (job.state === 'gone' || same.some(({ touched }) => touched === true)) return [];
  if (!possible.some(({ classification }) => classification === job.classification))
    return wrong('the API never said that');
  const standing = at.get(placeOf(job));
  if (standing === undefined) return wrong('nothing is at that place');
  if (standing.key !== same[0]?.key) return wrong(`at that place is ${say(standing)}`);
  return [];
}

/** One submission a message, one more for each that had to be repeated, with the same key, and for each process that was lost. */
function askedOf({ delivered, asked }: Findings): Violation[] {
  const violations: Violation[] = [];
  const messages = groupBy(delivered, ({ messageId }) => messageId);
  for (const [messageId, same] of messages) {
    const { posts, excused, keys, lost } = asked.get(messageId) ?? never;
    const most = same.length + lost;
    const least = same.filter(({ touched }) => touched !== true).length;
    const said = `${posts} submissions of ${messageId}, ${excused} of them had to be repeated`;
    if (posts - excused > most) violations.push(violation('resubmitted', `${said}: at most ${most + excused} are due`));
    if (keys.size > most)
      violations.push(violation('resubmitted', `${keys.size} keys for ${messageId}, ${most} are due`));
    if (posts < least) violations.push(violation('journal', `${said}: at least ${least} are due`));
  }
  for (const ref of asked.keys()) {
    if (!messages.has(ref)) violations.push(violation('foreign', `${ref} was submitted and is not new`));
  }
  return violations;
}

const never: Asked = { posts: 0, excused: 0, keys: new Set(), lost: 0 };

function violation(kind: Kind, text: string): Violation {
  return { kind, text: `${kind}: ${text}` };
}

function sameFlags(found: readonly string[], wanted: readonly string[], maybe: readonly string[] = []): boolean {
  return wanted.every((flag) => has(found, flag)) && found.every((flag) => has(wanted, flag) || has(maybe, flag));
}

/** RFC 9051 2.3.2: without regard to case. */
function has(flags: readonly string[], flag: string): boolean {
  return flags.some((one) => one.toLowerCase() === flag.toLowerCase());
}

function placeOf({ folder, uidValidity, uid }: { folder: string; uidValidity: number; uid: number }): string {
  return `${folder}\n${uidValidity}\n${uid}`;
}

function say({ key, folder, uid, flags, date }: Standing): string {
  return `${key} in ${folder} (UID ${uid}, ${flags.join(' ') || 'no flags'}, ${new Date(date).toISOString()})`;
}

function want({ endings, date }: Delivered): string {
  const ways = endings.map(
    ({ folder, flags, states }) => `${folder} (${flags.join(' ') || 'no flags'}, ${states.join('/')})`,
  );
  return `and is to be in ${ways.join(' or ')} with ${new Date(date).toISOString()}`;
}

function traces(there: readonly Standing[]): string {
  return there.length === 0 ? '' : `; marked \\Deleted: ${there.map(say).join('; ')}`;
}

function tell({ id, messageId, state, folder, uid, steps }: Filed): string {
  return `job ${id} of ${messageId} (${state}, ${folder} ${uid}, ${steps.join(' ') || 'no actions'})`;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

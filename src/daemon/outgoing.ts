import type { Fault } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { externalRef } from '../mail/identity.ts';
import { postingId } from '../mail/posting.ts';
import type { Acted, ActionRecord } from '../triage/acting.ts';
import type { FolderCursor } from '../triage/cursor.ts';
import type { Decided } from '../triage/job.ts';
import type { NewPosting } from '../triage/posting.ts';
import { isSending, type Sending } from '../triage/sending.ts';
import type { Post, Session } from './ports.ts';
import type { Scribe, ScribeParts } from './scribe.ts';

export interface SendingParts extends ScribeParts {
  readonly post: Post;
}

/**
 * Before anything is done to a message, what its route sends about it is written into the outbox: afterwards it may lie where
 * nobody finds it. It leaves when the message is filed. Answers for those about which nothing could be written: nothing may be
 * done to them yet.
 */
export async function writeOut(
  scribe: Scribe<SendingParts>,
  session: Session,
  jobs: readonly Decided[],
): Promise<Map<number, Acted>> {
  const stuck = new Map<number, Acted>();
  for (const job of jobs) {
    const wanted = job.actions.filter(isUnwritten);
    if (wanted.length === 0) continue;
    const written = await writeOne(scribe, session, job, wanted);
    if ('result' in written) stuck.set(job.id, written);
    else await put(scribe, written);
  }
  return stuck;
}

function isUnwritten({ action, progress }: ActionRecord): boolean {
  return isSending(action) && progress.step === 'planned';
}

type Draft = Extract<NewPosting, { of: object }>;

async function writeOne(
  scribe: Scribe<SendingParts>,
  session: Session,
  job: Decided,
  wanted: readonly ActionRecord[],
): Promise<Draft[] | Acted> {
  const { post, account, journal } = scribe.parts;
  const { size } = job.identity;
  const tooLarge = size > limits.post.message;
  const whole = wanted.some(({ action }) => action.kind === 'forward') && !tooLarge;
  const read = await session.source(
    job.place,
    whole ? 'whole' : 'header',
    whole ? 2 * limits.post.message : limits.imap.headerBlock,
  );
  if (!read.ok) return stuckBy(read.fault, session.closed.aborted, job.attempts >= limits.act.attempts);
  if (read.value === null) return { result: 'gone', why: 'a person moved or deleted it before we acted' };
  const drafts: Draft[] = [];
  for (const { action, seq } of wanted) {
    if (!isSending(action)) continue;
    // Message-IDs are forged and doubled: another message is another posting.
    const ref = `${externalRef(job.identity)} ${job.identity.headerHash}`;
    const key = postingId({ account: account.name, ref, kind: action.kind, target: targetOf(action) });
    const at = scribe.date();
    const common = { account: account.name, kind: action.kind, key, at, route: job.decision.route };
    const draft = { ...common, of: { job: job.id, round: job.round, seq } };
    const none = { content: null, sender: null, recipient: targetOf(action) };
    const before = withheld(job, action, at, journal.cursor(account.name, job.place.folder));
    if (before !== null) drafts.push({ ...draft, ...none, state: 'withheld', why: before });
    else if (action.kind === 'forward' && tooLarge) {
      const why = `the message is larger than ${limits.post.message / 2 ** 20} MiB`;
      drafts.push({ ...draft, ...none, state: 'held', why });
    } else {
      const written = await post.write({ job, key, sending: action, source: read.value, at });
      if (written.result === 'written') {
        const { recipient, sender, content } = written;
        drafts.push({ ...draft, recipient, sender, content, state: 'held', why: null });
      } else {
        const state = written.result === 'withheld' ? written.result : 'held';
        drafts.push({ ...draft, ...none, state, why: written.why });
      }
    }
  }
  return drafts;
}

function stuckBy({ code, message, retryAfter }: Fault, closed: boolean, last: boolean): Acted {
  if (closed || code === 'throttled') {
    return { result: 'interrupted', why: message, ...(retryAfter === undefined ? {} : { retryAfter }) };
  }
  if (code === 'stale') return { result: 'stale' };
  if (code === 'no-folder') return { result: 'gone', why: 'a person deleted its folder before we acted' };
  return { result: 'refused', why: message, final: last };
}

/** Asked inside the transaction: two messages of one sender that are filed together are answered once. */
async function put(scribe: Scribe<SendingParts>, drafts: readonly Draft[]): Promise<void> {
  const { journal } = scribe.parts;
  await journal.commit(() => ({ posted: drafts.map((draft) => once(scribe, draft)) }), scribe.now(), scribe.date());
}

function once(scribe: Scribe<SendingParts>, draft: Draft): NewPosting {
  const { outbox } = scribe.parts.journal;
  const { account, recipient, route, at } = draft;
  const instead = (why: string): Draft => ({ ...draft, content: null, sender: null, state: 'withheld', why });
  if (draft.state !== 'held') return draft;
  if (outbox.known(draft.key)) return instead('it was sent about this message before');
  if (draft.kind === 'reply' && outbox.answered(account, recipient, route, at - limits.post.replyEvery)) {
    return instead('this sender had an answer of this class within a day (RFC 3834 2)');
  }
  return draft;
}

/** What needs no look at the message. */
function withheld(
  { origin, former, identity, place, foundAt }: Decided,
  { kind }: Sending,
  at: number,
  cursor: FolderCursor | null,
): string | null {
  // Thousands of old messages are sorted (`siftd backfill`, `since: all`), and nobody waits for word of them. What a person files
  // by hand is another matter.
  const old = foundAt - identity.internalDate > limits.post.oldMail;
  const there = place.uidValidity === cursor?.uidValidity && place.uid <= cursor.baselineUid;
  if (former === null && (origin === 'backfill' || (old && there))) return 'it is old mail, which is only sorted';
  if (kind === 'reply' && at - identity.internalDate > limits.post.replyAge)
    return 'it is too old to be answered by a machine';
  return null;
}

function targetOf(sending: Sending): string {
  switch (sending.kind) {
    case 'forward':
      return sending.to;
    case 'reply':
      return sending.template;
    case 'webhook':
      return sending.url;
  }
}

import { type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Row } from '../mail/message.ts';
import type { Route } from '../triage/policy.ts';
import type { Journal, Parser, Session } from './ports.ts';
import type { AccountSetup } from './scribe.ts';

export interface LearnedExample {
  readonly subject: string;
  readonly body: string;
  readonly label: string;
}

export interface Lesson {
  readonly examples: readonly LearnedExample[];
  /** One line a class that had to be left out, and why. */
  readonly left: readonly string[];
}

/** What is learned from. Of each folder the newest messages, as habits change. */
export interface Choice {
  /** Milliseconds since the epoch, by INTERNALDATE: from the first on, and before the second. */
  readonly since?: number | undefined;
  readonly before?: number | undefined;
  /** Messages of one folder; default limits.daemon.examples. */
  readonly most?: number | undefined;
}

export interface Lectern {
  readonly session: Session;
  readonly parser: Parser;
  readonly account: AccountSetup;
  /** Tells what siftd filed itself: learning from that would be learning from its own mistakes. */
  readonly journal: Pick<Journal, 'inFolder'>;
  readonly choice: Choice;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Called while a folder is read: how many of its messages, of how many. */
  readonly onRead?: ((folder: string, read: number, of: number) => void) | undefined;
}

/**
 * Examples from what people already sorted: the newest messages of each route's folder, and for a route that only
 * labels, those in the watched folders that bear its labels. What siftd filed itself counts only where a person confirmed
 * it, or left it there for a week (limits.daemon.leftAlone); what they said themselves always does. Never \Deleted, never
 * a draft. Reads, never writes, never sets \Seen.
 */
export async function gatherExamples(lectern: Lectern): Promise<Outcome<Lesson>> {
  const { session, parser, account, signal, onRead } = lectern;
  const examples: LearnedExample[] = [];
  const left: string[] = [];
  const routes = [...account.policy.routes.values()];
  const all = await session.find('\\All');
  if (!all.ok) return all;
  for (const route of routes) {
    const rivals = routes.filter((other) => other.move !== null && other.move === route.move);
    if (route.move !== null && rivals.length > 1) {
      left.push(`${route.name}: shares its folder with ${rivals.length - 1} more, nothing can be learned from it`);
      continue;
    }
    if (route.move === null && route.labels.length === 0) {
      left.push(`${route.name}: has neither a folder nor a label to learn from`);
      continue;
    }
    for (const target of route.move === null ? account.folders : [route.move]) {
      const found = await session.find(target);
      if (!found.ok) return found;
      const folder = found.value;
      if (folder === null) continue;
      // On Gmail the archive too.
      if (route.move !== null && folder === all.value) {
        left.push(`${route.name}: ${folder} shows all mail, nothing can be learned from it`);
        continue;
      }
      const newest = await newestRows(lectern, folder, route);
      if (!newest.ok) return newest;
      const { uidValidity, rows } = newest.value;
      const wanted = withJudged(lectern, { folder, uidValidity, route: route.name }, rows);
      onRead?.(folder, 0, wanted.length);
      let read = 0;
      for (let at = 0; at < wanted.length; at += limits.imap.batch) {
        for await (const fetched of session.fetch(folder, uidValidity, wanted.slice(at, at + limits.imap.batch))) {
          if (signal.aborted) return ok({ examples, left });
          if (!fetched.ok) return fetched;
          if (fetched.value.flags.some((flag) => flag === '\\Deleted' || flag === '\\Draft')) continue;
          const readable = await parser.parse(fetched.value.content);
          // What cannot be read teaches nothing, and stops nobody from learning the rest.
          if (readable.ok) examples.push({ ...readable.value, label: route.name });
          onRead?.(folder, ++read, wanted.length);
        }
      }
    }
  }
  return ok({ examples, left });
}

/** The newest messages that a person left there for this route. */
async function newestRows(
  { session, account, journal, choice, now, signal }: Lectern,
  folder: string,
  route: Route,
): Promise<Outcome<{ uidValidity: number; rows: Row[] }>> {
  const head = await session.head(folder);
  if (!head.ok) return head;
  const { uidValidity } = head.value;
  const most = choice.most ?? limits.daemon.examples;
  const ours = ownFilings(journal, { account: account.name, folder, uidValidity, route: route.name, now });
  const wanted = ({ uid, flags, identity: { internalDate } }: Row) =>
    (route.move !== null || route.labels.every((label) => flags.includes(label))) &&
    !flags.includes('\\Deleted') &&
    !flags.includes('\\Draft') &&
    internalDate >= (choice.since ?? Number.NEGATIVE_INFINITY) &&
    internalDate < (choice.before ?? Number.POSITIVE_INFINITY) &&
    !ours.has(uid);
  // UIDs are dense in a folder that only grows and sparse in one that is cleaned: widen until there is enough.
  for (let window = most * 2; ; window *= 4) {
    const start = Math.max(0, head.value.lastUid - window);
    const rows: Row[] = [];
    let lastUid = start;
    for (let more = true; more && !signal.aborted; ) {
      const scan = await session.scan(folder, { uidValidity, lastUid });
      if (!scan.ok) return scan;
      rows.push(...scan.value.rows.filter(wanted));
      lastUid = scan.value.lastUid;
      more = scan.value.more;
    }
    if (rows.length >= most || start === 0 || signal.aborted) return ok({ uidValidity, rows: rows.slice(-most) });
  }
}

interface RouteFolder {
  readonly folder: string;
  readonly uidValidity: number;
  readonly route: string;
}

/**
 * What a person has said to be of this class counts, beside the newest that were chosen, however old it is. What is kept back
 * from learning (`before`) stays so.
 */
function withJudged(
  { journal, account, choice }: Lectern,
  { folder, uidValidity, route }: RouteFolder,
  rows: readonly Row[],
): { readonly uid: number; readonly size: number }[] {
  const chosen = new Set(rows.map(({ uid }) => uid));
  const judged = journal
    .inFolder(account.name, folder, uidValidity)
    .filter(({ verdict, place }) => verdict?.truth === route && !chosen.has(place.uid))
    .filter(({ identity }) => identity.internalDate < (choice.before ?? Number.POSITIVE_INFINITY))
    .sort((a, b) => (b.verdict?.at ?? 0) - (a.verdict?.at ?? 0))
    .slice(0, limits.daemon.examples);
  return [
    ...judged.map(({ place: { uid }, identity: { size } }) => ({ uid, size })),
    ...rows.map(({ uid, identity: { size } }) => ({ uid, size })),
  ];
}

/**
 * UIDs of what siftd itself put there, or is putting there, for this route, less than a week ago, and nobody has confirmed; and of
 * what a person has said to be something else, wherever it lies.
 */
function ownFilings(
  journal: Pick<Journal, 'inFolder'>,
  { account, folder, uidValidity, route, now }: RouteFolder & { readonly account: string; readonly now: number },
): ReadonlySet<number> {
  const uids = new Set<number>();
  for (const job of journal.inFolder(account, folder, uidValidity)) {
    if (job.verdict !== null) {
      if (job.verdict.truth !== route) uids.add(job.place.uid);
      continue;
    }
    const acts = job.state === 'decided' || (job.state === 'done' && !job.observed);
    if (acts && job.decision.route === route && now - job.since < limits.daemon.leftAlone) uids.add(job.place.uid);
  }
  return uids;
}

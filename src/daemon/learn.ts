import { type Outcome, ok } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Row } from '../mail/message.ts';
import type { AccountSetup } from './lane.ts';
import type { Parser, Session } from './ports.ts';

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

/**
 * Examples from what people already sorted: the newest messages of each route's folder, and for a route that only
 * labels, those in the watched folders that bear its labels. Reads, never writes, never sets \Seen.
 */
export async function gatherExamples(
  session: Session,
  parser: Parser,
  account: AccountSetup,
  signal: AbortSignal,
): Promise<Outcome<Lesson>> {
  const examples: LearnedExample[] = [];
  const left: string[] = [];
  const routes = [...account.policy.routes.values()];
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
    const folders: string[] = [];
    for (const target of route.move === null ? account.folders : [route.move]) {
      const found = await session.find(target);
      if (!found.ok) return found;
      if (found.value !== null) folders.push(found.value);
    }
    const bears = (row: Row) => route.move !== null || route.labels.every((label) => row.flags.includes(label));
    for (const folder of folders) {
      const newest = await newestRows(session, folder, bears, signal);
      if (!newest.ok) return newest;
      const { uidValidity, rows } = newest.value;
      const wanted = rows.map((row) => ({ uid: row.uid, size: row.identity.size }));
      for (let at = 0; at < wanted.length; at += limits.imap.batch) {
        for await (const fetched of session.fetch(folder, uidValidity, wanted.slice(at, at + limits.imap.batch))) {
          if (signal.aborted) return ok({ examples, left });
          if (!fetched.ok) return fetched;
          const readable = await parser.parse(fetched.value.content);
          // What cannot be read teaches nothing, and stops nobody from learning the rest.
          if (readable.ok) examples.push({ ...readable.value, label: route.name });
        }
      }
    }
  }
  return ok({ examples, left });
}

/** The newest messages that a person left there, at most `limits.daemon.examples`. */
async function newestRows(
  session: Session,
  folder: string,
  bears: (row: Row) => boolean,
  signal: AbortSignal,
): Promise<Outcome<{ uidValidity: number; rows: Row[] }>> {
  const head = await session.head(folder);
  if (!head.ok) return head;
  const { uidValidity } = head.value;
  // UIDs are dense in a folder that only grows and sparse in one that is cleaned: widen until there is enough.
  for (let window = limits.daemon.examples * 2; ; window *= 4) {
    const start = Math.max(0, head.value.lastUid - window);
    const rows: Row[] = [];
    let lastUid = start;
    for (let more = true; more && !signal.aborted; ) {
      const scan = await session.scan(folder, { uidValidity, lastUid });
      if (!scan.ok) return scan;
      rows.push(
        ...scan.value.rows.filter(
          (row) => bears(row) && !row.flags.includes('\\Deleted') && !row.flags.includes('\\Draft'),
        ),
      );
      lastUid = scan.value.lastUid;
      more = scan.value.more;
    }
    if (rows.length >= limits.daemon.examples || start === 0 || signal.aborted) {
      return ok({ uidValidity, rows: rows.slice(-limits.daemon.examples) });
    }
  }
}

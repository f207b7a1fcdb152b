import { reasonOf } from '../base/errors.ts';
import type { Place } from '../mail/message.ts';
import type { Acted, Ledger, Progress, Task } from '../triage/acting.ts';
import type { Copy, Source } from '../triage/reconcile.ts';
import { flagDeleted, storeMarks, takeBack } from './apply.ts';
import type { Folders } from './folders.ts';
import { faultOf, ImapFault, type Line, nothingDone, type Opened, type Refusal } from './line.ts';
import { findMoved } from './look.ts';
import { markAll } from './marking.ts';
import { has } from './marks.ts';
import { moveAll } from './moving.ts';
import { eachOf } from './rows.ts';

export interface Ground {
  readonly line: Line;
  readonly folders: Folders;
  readonly ledger: Ledger;
}

/** Acts on each task, in sets of one folder and equal actions. Answers for every one of them, and never throws. */
export async function applyTasks(ground: Ground, tasks: readonly Task[]): Promise<Map<number, Acted>> {
  const { line } = ground;
  const answers = new Map<number, Acted>();
  let ended: string | null = null;
  for (const set of setsOf(tasks)) {
    for (let at = 0; at < set.length; ) {
      const works = set.slice(at, at + line.paces.act.size).map((task) => new Work(task));
      at += works.length;
      const fell: string | null = ended ?? (await runBatch(ground, works));
      if (!line.alive) ended = fell ?? 'the connection to the IMAP server ended';
      for (const { task, answer } of works) {
        answers.set(task.job, answer ?? { result: 'interrupted', why: fell ?? 'acting on it was not finished' });
      }
    }
  }
  return answers;
}

/** Answers what ended it; null when every work has its answer. */
async function runBatch(ground: Ground, works: readonly Work[]): Promise<string | null> {
  try {
    await new Batch(ground, works).run();
    ground.line.paces.act.grow();
    return null;
  } catch (error) {
    const fault = faultOf(ground.line, error);
    if (!ground.line.alive) ground.line.paces.act.shrink(works.length);
    // Not of the server: the journal could not be written, so what it should have announced was not sent.
    if (fault === null || !ground.line.alive) return fault?.message ?? reasonOf(error);
    for (const work of works) {
      work.answer ??=
        fault.code === 'stale' ? { result: 'stale' } : { result: 'refused', why: fault.message, final: work.task.last };
    }
    return null;
  }
}

function setsOf(tasks: readonly Task[]): Task[][] {
  const sets = new Map<string, Task[]>();
  for (const task of tasks) {
    const { folder, uidValidity } = task.place;
    const key = JSON.stringify([folder, uidValidity, task.actions.map(({ seq, action }) => [seq, action])]);
    const set = sets.get(key);
    if (set) set.push(task);
    else sets.set(key, [task]);
  }
  return [...sets.values()];
}

/** One message while it is acted on: how far the journal says it is, and what was last seen of it. */
export class Work {
  readonly task: Task;
  readonly progress: Progress[];
  source: Source = 'there';
  /** Flags and keywords, on Gmail labels too. */
  marks: readonly string[] = [];
  copy: Copy = 'unlooked';
  /** A COPY was sent for it in this session. */
  byCopy = false;
  /** Where the server said that it put the copy. */
  hint: Place | null = null;
  answer: Acted | null = null;
  /** Commands that were sent for it in this session, so that none is sent over and over. */
  sends = 0;
  removals = 0;
  refusal: Refusal = nothingDone;

  constructor(task: Task) {
    this.task = task;
    this.progress = task.actions.map(({ progress }) => progress);
  }

  get uid(): number {
    return this.task.place.uid;
  }

  /** Where it is by now. */
  get place(): Place {
    const moved = this.progress.findLast((one) => one.step === 'done' && one.to !== null);
    return moved?.step === 'done' && moved.to !== null ? moved.to : this.task.place;
  }

  step(index: number): Progress {
    return this.progress[index] ?? { step: 'planned' };
  }

  /** Neither answered nor through with this action. */
  open(index: number): boolean {
    const { step } = this.step(index);
    return this.answer === null && step !== 'done' && step !== 'undone';
  }

  /** What we have set, or may have set, and nobody had before. */
  get newly(): readonly string[] {
    return [...new Set(this.progress.flatMap((one) => (one.step === 'sent' || one.step === 'done' ? one.newly : [])))];
  }
}

/** The messages of one UID set: what is seen of them, what the journal learns, and how they end. */
export class Batch implements Ground {
  readonly line: Line;
  readonly folders: Folders;
  readonly ledger: Ledger;
  /** All of them stand here. */
  readonly source: Pick<Place, 'folder' | 'uidValidity'>;
  readonly #works: readonly Work[];
  /** The source folder does not exist any more. */
  #missing = false;

  constructor({ line, folders, ledger }: Ground, works: readonly Work[]) {
    this.line = line;
    this.folders = folders;
    this.ledger = ledger;
    this.#works = works;
    this.source = works[0]?.task.place ?? { folder: 'INBOX', uidValidity: 0 };
  }

  async run(): Promise<void> {
    try {
      await this.see(this.#works);
    } catch (error) {
      if (faultOf(this.line, error)?.code !== 'no-folder') throw error;
      this.#missing = true;
      for (const work of this.#works) work.source = 'gone';
    }
    for (const [index, { action }] of (this.#works[0]?.task.actions ?? []).entries()) {
      const open = this.#works.filter((work) => work.open(index));
      if (open.length === 0) continue;
      switch (action.kind) {
        case 'mark':
          await markAll(this, index, open, action);
          break;
        case 'move':
          await moveAll(this, index, open, action.to);
          break;
      }
    }
    for (const work of this.#works) work.answer ??= { result: 'done', place: work.place };
  }

  /** The source folder, open for changes. Its UIDs mean nothing any more when its UIDVALIDITY has changed. */
  async openSource(fresh = false): Promise<Opened> {
    const path = this.folders.path(this.source.folder);
    const opened = await (fresh ? this.line.openFresh(path) : this.line.open(path));
    if (opened.uidValidity !== this.source.uidValidity) {
      throw new ImapFault('temporary', 'stale', 'the folder has a new UIDVALIDITY on the server');
    }
    return opened;
  }

  /** What is there of these messages now. Right before acting, in the same session: only what comes back is acted on. */
  async see(works: readonly Work[]): Promise<void> {
    if (this.#missing || works.length === 0) return;
    const { line } = this;
    await this.openSource(true);
    const seen = new Map<number, readonly string[]>();
    const query = { uid: true, flags: true, ...(line.gmail ? { labels: true } : {}) };
    const uids = works.map(({ uid }) => uid);
    await eachOf(line, uids, query, ({ uid, flags, labels }) => seen.set(uid, [...(flags ?? []), ...(labels ?? [])]));
    for (const work of works) {
      const marks = seen.get(work.uid);
      work.marks = marks ?? [];
      if (marks === undefined) work.source = 'gone';
      else work.source = has(marks, '\\Deleted') ? 'marked' : 'there';
    }
  }

  /** Durable when it returns, and so called before the command that it announces. */
  record(index: number, entries: readonly { readonly work: Work; readonly progress: Progress }[]): void {
    if (entries.length === 0) return;
    this.ledger.record(
      entries.map(({ work, progress }) => ({
        job: work.task.job,
        seq: work.task.actions[index]?.seq ?? index,
        progress,
      })),
    );
    for (const { work, progress } of entries) work.progress[index] = progress;
  }

  /** A person was first. Our copy and our marks are taken off again where they can be found. */
  async giveWay(
    work: Work,
    why: string,
    taken: { readonly copy: Place | null; readonly unmark: boolean } = { copy: null, unmark: false },
  ): Promise<void> {
    const notes: string[] = [];
    if (taken.copy !== null) {
      const left = await takeBack(this.line, this.folders, [{ place: taken.copy, identity: work.task.identity }]);
      if (left.length > 0) notes.push('our copy could not be taken back');
    }
    if (taken.unmark) await flagDeleted(this.line, this.folders, 'remove', [work.task.place]);
    if (work.newly.length > 0 && !(await this.#unmark(work))) notes.push(`${work.newly.join(', ')} may still be on it`);
    const whole = [why, ...notes].join('; ');
    this.#undo([work], whole);
    work.answer = { result: 'gone', why: whole };
  }

  /** The server said no. When that is for good, or this was the last try, our marks come off first. */
  async refuse(works: readonly Work[], why: string, final: boolean): Promise<void> {
    const ending = works.filter(({ task }) => final || task.last);
    const byMarks = new Map<string, Work[]>();
    for (const work of ending) {
      const key = JSON.stringify(work.newly);
      byMarks.set(key, [...(byMarks.get(key) ?? []), work]);
    }
    for (const same of byMarks.values()) {
      const newly = same[0]?.newly ?? [];
      const uids = same.filter(({ source }) => source !== 'gone').map(({ uid }) => uid);
      if (newly.length === 0 || uids.length === 0) continue;
      await this.openSource();
      await storeMarks(this.line, 'remove', uids, newly);
    }
    this.#undo(ending, why);
    for (const work of works) work.answer = { result: 'refused', why, final: final || work.task.last };
  }

  /** On its place if it is still there, else where people and their programs put mail. */
  async #unmark(work: Work): Promise<boolean> {
    const { line, folders, ledger } = this;
    if (work.source !== 'gone') {
      await this.openSource();
      return (await storeMarks(line, 'remove', [work.uid], work.newly)) === null;
    }
    const places = new Set<string>();
    for (const { action } of work.task.actions) {
      if (action.kind === 'move' && !action.to.startsWith('\\')) places.add(action.to);
    }
    for (const use of ['\\Trash', '\\Archive', '\\Junk'] as const) {
      const folder = await folders.special(use);
      if (folder !== null) places.add(folder.name);
    }
    for (const folder of places) {
      const found = await findMoved(line, folders, ledger, folder, work.task.job, work.task.identity);
      if (found === null) continue;
      await line.open(folders.path(folder));
      return (await storeMarks(line, 'remove', [found.place.uid], work.newly)) === null;
    }
    return false;
  }

  /** Nothing of the route stands any more. */
  #undo(works: readonly Work[], note: string): void {
    for (const work of works) {
      for (const index of work.progress.keys()) this.record(index, [{ work, progress: { step: 'undone', note } }]);
    }
  }
}

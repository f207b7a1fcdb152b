import type { Place } from '../mail/message.ts';
import type { Acted, Action, Ledger, Progress, Task } from '../triage/acting.ts';
import type { Copy, Source } from '../triage/reconcile.ts';
import { flagDeleted, storeMarks, takeBack } from './apply.ts';
import type { Folders } from './folders.ts';
import { faultOf, ImapFault, type Line, nothingDone, type Opened, type Refusal } from './line.ts';
import { findMoved } from './look.ts';
import { has } from './marks.ts';
import { eachOf } from './rows.ts';

export const readOnlyFolder = 'the folder is read-only for this user';

export interface Ground {
  readonly line: Line;
  readonly folders: Folders;
  readonly ledger: Ledger;
}

/** One message while it is acted on: how far the journal says it is, and what was last seen of it. */
export class Work {
  readonly task: Task;
  readonly progress: Progress[];
  /** Until it is seen: nothing is announced before that. */
  source: Source = 'there';
  /** Flags and keywords, on Gmail labels too. */
  marks: readonly string[] = [];
  copy: Copy = 'unlooked';
  /** Where the server said that it put the copy. */
  hint: Place | null = null;
  /** Another of the same message, in a place where we have put none. */
  other: Place | null = null;
  answer: Acted | null = null;
  /** Commands that were sent for it in this session, so that none is sent over and over. */
  sends = 0;
  /** The server said OK to one of them. */
  sent = false;
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

  /** The copy may be taken away without the message being lost. */
  get spare(): boolean {
    const { copy, hint } = this;
    if (this.other !== null) return true;
    return typeof copy !== 'string' && copy.uid === hint?.uid && copy.uidValidity === hint.uidValidity;
  }

  /** Nothing was begun, and nothing but a move comes next: that looks by itself, right before it is announced. */
  get isToMove(): boolean {
    const next = this.task.actions.findIndex((_, index) => this.open(index));
    return this.task.actions[next]?.action.kind === 'move' && this.step(next).step === 'planned';
  }

  /** Neither answered nor through with this action. */
  open(index: number): boolean {
    const { step } = this.step(index);
    return this.answer === null && step !== 'done' && step !== 'undone';
  }

  /** What we have set, or may have set, and nobody had before. */
  get newly(): readonly string[] {
    return this.#changed('mark');
  }

  /** What we have taken off, or may have taken off. */
  get cleared(): readonly string[] {
    return this.#changed('unmark');
  }

  #changed(kind: Action['kind']): readonly string[] {
    const changed = this.progress.flatMap((one, index) => {
      const begun = one.step === 'sent' || one.step === 'done';
      return begun && this.task.actions[index]?.action.kind === kind ? one.newly : [];
    });
    return [...new Set(changed)];
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

  /** The first look, where one is needed. A source folder that does not exist any more has taken all its messages with it. */
  async begin(): Promise<void> {
    try {
      if (this.#works.every((work) => work.isToMove)) await this.openSource();
      else await this.see(this.#works);
    } catch (error) {
      if (faultOf(this.line, error)?.code !== 'no-folder') throw error;
      this.#missing = true;
      for (const work of this.#works) work.source = 'gone';
    }
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

  /** Durable when it resolves, and so awaited before the command that it announces. */
  async record(index: number, entries: readonly { readonly work: Work; readonly progress: Progress }[]): Promise<void> {
    if (entries.length === 0) return;
    await this.ledger.record(
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
      const copy = { place: taken.copy, identity: work.task.identity, other: work.other };
      const left = await takeBack(this.line, this.folders, [copy]);
      if (left.length > 0) notes.push('our copy could not be taken back');
    }
    if (taken.unmark) await flagDeleted(this.line, this.folders, 'remove', [work.task.place]);
    if (work.newly.length > 0 && !(await this.#unmark(work))) notes.push(`${work.newly.join(', ')} may still be on it`);
    const whole = [why, ...notes].join('; ');
    await this.#undo([work], whole);
    work.answer = { result: 'gone', why: whole };
  }

  /** The server said no. When that is for good, or this was the last try, our marks are changed back first. */
  async refuse(works: readonly Work[], why: string, final: boolean): Promise<void> {
    const ending = works.filter(({ task }) => final || task.last);
    const byMarks = new Map<string, Work[]>();
    for (const work of ending) {
      const key = JSON.stringify([work.newly, work.cleared]);
      byMarks.set(key, [...(byMarks.get(key) ?? []), work]);
    }
    for (const same of byMarks.values()) {
      const { newly = [], cleared = [] } = same[0] ?? {};
      const uids = same.filter(({ source }) => source !== 'gone').map(({ uid }) => uid);
      if (newly.length + cleared.length === 0 || uids.length === 0) continue;
      await this.openSource();
      await storeMarks(this.line, 'remove', uids, newly);
      await storeMarks(this.line, 'add', uids, cleared);
    }
    await this.#undo(ending, why);
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
  async #undo(works: readonly Work[], note: string): Promise<void> {
    for (const work of works) {
      for (const index of work.progress.keys())
        await this.record(index, [{ work, progress: { step: 'undone', note } }]);
    }
  }
}

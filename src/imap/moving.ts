import type { Identity, Place } from '../mail/message.ts';
import type { Fence } from '../triage/acting.ts';
import { type Next, reconcile } from '../triage/reconcile.ts';
import {
  flagDeleted,
  lastStranger,
  leaveInbox,
  type MadeCopy,
  makeAlike,
  removeMessages,
  takeBack,
  transfer,
} from './apply.ts';
import { type Batch, readOnlyFolder, type Work } from './batch.ts';
import type { Folder } from './folders.ts';
import { faultOf, ImapFault, isFinal, isOfSession, type Refusal } from './line.ts';
import { findElsewhere, lookForCopies, type Sought } from './look.ts';
import { has, keepable } from './marks.ts';
import { rowsOf } from './rows.ts';

/**
 * Moves messages, each to its own folder, step by step as reconcile() says, each kind of step for all of them at once,
 * until none has a next one. What was looked at comes before what is concluded, and nothing is sent while there is
 * something to look at.
 */
export async function moveAll(batch: Batch, index: number, works: readonly Work[]): Promise<void> {
  const { line } = batch;
  const gmail = line.gmail ? ((await batch.folders.isView(batch.source.folder)) ? 'view' : 'label') : null;
  const means = { move: line.offers('MOVE'), uidplus: line.offers('UIDPLUS'), gmail } as const;
  const move = new Move(batch, index, means.uidplus ? null : new Map());
  for (;;) {
    const next = works
      .filter((work) => work.open(index))
      .map((work) => ({ work, step: reconcile(work.step(index), work, means) }));
    const looks = only(next, 'look');
    const keeps = only(next, 'keep');
    const done = only(next, 'done');
    const gone = only(next, 'gone');
    const sends = only(next, 'send');
    const removals = only(next, 'remove');
    if (looks.length > 0) await move.look(looks.map(({ work }) => work));
    else if (keeps.length > 0) {
      await batch.record(
        index,
        keeps.map(({ work, step: { fence, copy } }) => ({ work, progress: { step: 'copied', fence, copy } })),
      );
    } else if (done.length > 0) {
      await batch.record(
        index,
        done.map(({ work, step }) => ({
          work,
          progress: { step: 'done', newly: [], from: work.task.place, to: step.to, note: step.note },
        })),
      );
    } else if (gone.length > 0) for (const { work, step } of gone) await batch.giveWay(work, step.why, step);
    else if (sends.length > 0) await move.send(sends.map(({ work, step: { by } }) => ({ work, by })));
    else if (removals.length > 0) await move.remove(removals.map(({ work, step }) => ({ work, ...step })));
    else return;
  }
}

function only<Kind extends Next['next']>(
  steps: readonly { readonly work: Work; readonly step: Next }[],
  kind: Kind,
): { readonly work: Work; readonly step: Extract<Next, { next: Kind }> }[] {
  return steps.flatMap(({ work, step }) =>
    step.next === kind ? [{ work, step: step as Extract<Next, { next: Kind }> }] : [],
  );
}

const isThere = ({ source }: Work): boolean => source === 'there';

/** Messages that go to one folder by one command. */
interface Aim {
  readonly works: readonly Work[];
  readonly folder: Folder;
  readonly fence: Fence;
}

class Move {
  readonly #batch: Batch;
  readonly #index: number;
  /**
   * Where the server may take a missing UID for its last message (no UIDPLUS): who that was when we sent to a folder, by
   * the folder's name.
   */
  readonly #bystanders: Map<string, Identity> | null;

  constructor(batch: Batch, index: number, bystanders: Map<string, Identity> | null) {
    this.#batch = batch;
    this.#index = index;
    this.#bystanders = bystanders;
  }

  /**
   * MOVE or COPY, a command for each destination, of which all are announced at once: a commit costs more than a command.
   * Nothing is concluded from their answers but where COPYUID says that a copy is.
   */
  async send(sends: readonly { readonly work: Work; readonly by: 'move' | 'copy' }[]): Promise<void> {
    const batch = this.#batch;
    const works = sends.map(({ work }) => work);
    const by = sends[0]?.by ?? 'copy';
    const tried = works.filter((work) => work.sends > 0);
    if (tried.length > 0) return this.#refused(tried, 'move');
    const { mailbox } = await batch.openSource();
    if (mailbox.readOnly) return this.#unsendable(works, readOnlyFolder, false);
    if (by === 'copy' && !batch.line.gmail && keepable(['\\Deleted'], mailbox.permanentFlags).unkept.length > 0) {
      return this.#unsendable(works, 'nothing can be removed from the folder: no MOVE, and no lasting \\Deleted', true);
    }
    const targets = await this.#targets(works);
    await batch.see(targets.flatMap(({ works }) => works));
    const here = targets.filter(({ folder }) => folder.name === batch.source.folder).flatMap(({ works }) => works);
    await batch.record(
      this.#index,
      here.filter(isThere).map((work) => {
        const { place } = work.task;
        return { work, progress: { step: 'done', newly: [], from: place, to: place, note: null } };
      }),
    );
    const away = targets.filter(({ folder }) => folder.name !== batch.source.folder);
    const aims = away
      .map((target): Aim => ({ ...target, works: target.works.filter(isThere) }))
      .filter(({ works }) => works.length > 0);
    await batch.record(
      this.#index,
      aims.flatMap(({ works, fence }) =>
        works.map((work) => ({ work, progress: { step: 'sent', fence: this.#earlier(work, fence), newly: [], by } })),
      ),
    );
    const sent = aims.flatMap(({ works }) => works);
    for (const work of sent) {
      work.sends++;
      work.copy = 'unlooked';
    }
    for (const aim of aims) await this.#transfer(aim, by);
    await batch.see(sent.filter(({ copy }) => copy === 'unlooked'));
  }

  async #transfer({ works, folder }: Aim, by: 'move' | 'copy'): Promise<void> {
    const { line } = this.#batch;
    const uids = works.map(({ uid }) => uid);
    // What was asked of another folder may have closed ours.
    await this.#batch.openSource();
    if (this.#bystanders !== null && by === 'copy') {
      const last = await this.#lastBeside(uids);
      if (last !== null) this.#bystanders.set(folder.name, last);
    }
    let { placed, refusal } = await transfer(line, by, uids, folder.path);
    if (refusal !== null && (await this.#wasMissing(folder, refusal))) {
      await this.#batch.openSource();
      ({ placed, refusal } = await transfer(line, by, uids, folder.path));
    }
    // The copy has put the label on; a move is off the inbox too.
    if (refusal === null && by === 'copy' && line.gmail) refusal = await leaveInbox(line, uids);
    // RFC 4315 3: COPYUID names what was copied. Where it names not this one, a person has moved it to the same folder in
    // the same moment, and what is found there is theirs.
    let last: Place | null = null;
    for (const work of works) {
      if (refusal !== null) work.refusal = refusal;
      else work.sent = true;
      const copy = placed.get(work.uid);
      if (copy === undefined) continue;
      work.hint = { folder: folder.name, ...copy };
      if (by === 'copy') continue;
      // RFC 6851 4.3: what a MOVE gives a COPYUID for, it has expunged from the source.
      work.copy = work.hint;
      work.source = 'gone';
      if (last === null || last.uid < copy.uid) last = work.hint;
    }
    if (last !== null) this.#batch.folders.moved(last);
  }

  /** Looks for copies, makes them like their sources, and sees the sources once more. */
  async look(works: readonly Work[]): Promise<void> {
    const { line, folders, ledger } = this.#batch;
    const groups = new Map<string, { readonly work: Work; readonly sought: Sought }[]>();
    for (const work of works) {
      const sought = soughtOf(work, this.#index);
      if (sought === null) continue;
      groups.set(sought.fence.folder, [...(groups.get(sought.fence.folder) ?? []), { work, sought }]);
    }
    for (const [folder, group] of groups) {
      const bystander = this.#bystanders?.get(folder);
      const { copies, spare } = await lookForCopies(
        line,
        folders,
        ledger,
        group.map(({ sought }) => sought),
        bystander === undefined ? [] : [bystander],
      );
      const fresh: MadeCopy[] = [];
      for (const { work } of group) {
        const sighting = copies.get(work.task.job);
        work.copy = sighting === undefined ? 'none' : sighting.place;
        if (sighting === undefined) continue;
        // A copy that we saw whole before was deleted by a person since.
        if (work.step(this.#index).step !== 'sent' && has(sighting.flags, '\\Deleted')) work.copy = 'none';
        else if (work.source !== 'gone') fresh.push({ ...sighting, marks: work.marks });
      }
      await makeAlike(line, folders, fresh);
      // GNU imap4d copies its last message for each one that has vanished: those copies are ours alone.
      const missed = group.filter(({ work }) => work.sends > 0 && work.copy === 'none' && work.source === 'gone');
      if (this.#bystanders !== null) {
        await flagDeleted(
          line,
          folders,
          'add',
          spare.slice(0, missed.length).map(({ place }) => place),
        );
      }
    }
    await this.#batch.see(works);
    for (const work of works) await this.#lookElsewhere(work);
  }

  /**
   * A person took the original of a COPY away, and what is found in the destination may be ours or theirs. Where they
   * moved it tells: the copy is ours then.
   */
  async #lookElsewhere(work: Work): Promise<void> {
    const progress = work.step(this.#index);
    // On Gmail a copy is a label more, and never another message.
    if (this.#batch.line.gmail || progress.step !== 'sent' || progress.by !== 'copy' || progress.fence === null) return;
    if (work.source === 'there' || typeof work.copy === 'string' || work.spare) return;
    const { line, folders, ledger, source } = this.#batch;
    const { job, identity } = work.task;
    const { copy } = work;
    const besides = { source: source.folder, copy, fence: progress.fence };
    work.other = await findElsewhere(line, folders, ledger, { job, identity, ...besides });
    if (work.other?.folder !== copy.folder || work.other.uid > copy.uid) return;
    // Ours came before the crash, so it is the older of two.
    work.copy = work.other;
    work.other = copy;
  }

  /** Takes the sources away whose copies were seen. */
  async remove(
    removals: readonly { readonly work: Work; readonly fence: Fence; readonly copy: Place }[],
  ): Promise<void> {
    const batch = this.#batch;
    const tried = removals.filter(({ work }) => work.removals > 0);
    if (tried.length > 0) return this.#unremovable(tried);
    await batch.record(
      this.#index,
      removals.map(({ work, fence, copy }) => ({ work, progress: { step: 'removing', fence, copy } })),
    );
    const works = removals.map(({ work }) => work);
    for (const work of works) work.removals++;
    await batch.openSource();
    const refusal = await removeMessages(
      batch.line,
      works.map(({ uid }) => uid),
    );
    for (const work of works) work.refusal = refusal ?? work.refusal;
    await batch.see(works);
  }

  /** A copy beside an original that stays for good would be the message twice. */
  async #unremovable(removals: readonly { readonly work: Work; readonly copy: Place }[]): Promise<void> {
    const batch = this.#batch;
    const works = removals.map(({ work }) => work);
    const ending = removals.filter(({ work }) => work.task.last || isFinal(work.refusal.code));
    const copies = ending.map(({ work, copy }) => ({ place: copy, identity: work.task.identity, other: null }));
    await takeBack(batch.line, batch.folders, copies);
    const marked = ending.filter(({ work }) => work.source === 'marked').map(({ work }) => work.task.place);
    await flagDeleted(batch.line, batch.folders, 'remove', marked);
    await this.#refused(works, 'removal of the original');
  }

  /** Nothing was sent, or looked at. What a person took away by now is gone, and is refused nothing. */
  async #unsendable(works: readonly Work[], why: string, final: boolean): Promise<void> {
    await this.#batch.see(works);
    await this.#batch.refuse(works.filter(isThere), why, final);
  }

  async #refused(works: readonly Work[], what: string): Promise<void> {
    for (const final of [true, false]) {
      const same = works.filter(({ refusal }) => isFinal(refusal.code) === final);
      const words = same[0]?.refusal.words;
      if (words !== undefined) await this.#batch.refuse(same, `the server answered the ${what} with ${words}`, final);
    }
  }

  /** The destinations and their fences, taken before anything is sent. One that is not to be had answers its messages. */
  async #targets(works: readonly Work[]): Promise<Aim[]> {
    const { line, folders } = this.#batch;
    const byName = new Map<string, Work[]>();
    for (const work of works) {
      const action = work.task.actions[this.#index]?.action;
      if (action?.kind !== 'move') continue;
      const same = byName.get(action.to);
      if (same) same.push(work);
      else byName.set(action.to, [work]);
    }
    const targets: Aim[] = [];
    for (const [to, same] of byName) {
      try {
        const folder = await folders.resolve(to);
        targets.push({ works: same, folder, fence: folders.fence(folder.name) ?? (await this.#fence(folder)) });
      } catch (error) {
        const fault = faultOf(line, error);
        if (fault === null || !line.alive || isOfSession(fault)) throw error;
        await this.#unsendable(same, fault.message, fault.kind === 'permanent');
      }
    }
    return targets;
  }

  async #fence(folder: Folder): Promise<Fence> {
    const { line, folders, source } = this.#batch;
    // STATUS of the open folder need not be true (RFC 9051 6.3.11), and nothing will be sent there.
    if (folder.name === source.folder) return { ...source, uidNext: 1 };
    const ask = () => line.run(() => line.client.status(folder.path, { uidNext: true, uidValidity: true }));
    let status: Awaited<ReturnType<typeof ask>>;
    try {
      status = await ask();
    } catch (error) {
      if (faultOf(line, error)?.code !== 'no-folder') throw error;
      // Somebody deleted it since we listed the folders.
      await folders.create(folder.path);
      status = await ask();
    }
    if (status && status.uidValidity !== undefined) {
      return { folder: folder.name, uidValidity: Number(status.uidValidity), uidNext: status.uidNext ?? 1 };
    }
    // A lost connection is answered alike, and throws here.
    line.refusal();
    throw new ImapFault('temporary', 'refused', `the server does not say where ${folder.name} stands`);
  }

  /** An older fence stays: what an earlier try may still bring lies behind it too. */
  #earlier(work: Work, now: Fence): Fence {
    const progress = work.step(this.#index);
    const earlier = progress.step === 'sent' ? progress.fence : null;
    return earlier?.folder === now.folder && earlier.uidValidity === now.uidValidity ? earlier : now;
  }

  /** Whether the folder was refused because it does not exist (TRYCREATE, RFC 9051 7.1); then it is made. */
  async #wasMissing(folder: Folder, { code }: Refusal): Promise<boolean> {
    const { folders } = this.#batch;
    if (isFinal(code) && code !== 'NONEXISTENT') return false;
    folders.forget();
    // Courier and GNU imap4d give no code that can be read.
    if (code !== 'TRYCREATE' && (await folders.exists(folder.path))) return false;
    await folders.create(folder.path);
    return true;
  }

  async #lastBeside(uids: readonly number[]): Promise<Identity | null> {
    const { line } = this.#batch;
    const stranger = await lastStranger(line, uids);
    if (stranger === null) return null;
    return (await rowsOf(line, [stranger.uid]))[0]?.identity ?? null;
  }
}

function soughtOf(work: Work, index: number): Sought | null {
  const progress = work.step(index);
  const { job, identity } = work.task;
  const urgent = work.source === 'gone';
  switch (progress.step) {
    case 'sent':
      return progress.fence === null ? null : { job, identity, fence: progress.fence, hint: work.hint, urgent };
    case 'copied':
    case 'removing':
      return { job, identity, fence: progress.fence, hint: progress.copy, urgent };
    case 'planned':
    case 'done':
    case 'undone':
      return null;
  }
}

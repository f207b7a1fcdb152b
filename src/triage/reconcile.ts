import type { Place } from '../mail/message.ts';
import type { Fence, Progress } from './acting.ts';

/** The source as it was seen right before acting, in the same session. `marked`: it is there and bears \Deleted. */
export type Source = 'there' | 'marked' | 'gone';

/** Our copy in the destination: where it was seen, that it was not, or that nobody looked since. */
export type Copy = Place | 'none' | 'unlooked';

export interface Seen {
  readonly source: Source;
  readonly copy: Copy;
  /**
   * Were the copy taken away, the message would still be as a person wants it: COPYUID named the copy as ours in this
   * session, or the message was seen somewhere else as well.
   */
  readonly spare: boolean;
  /** A command that moves it was carried out in this session. */
  readonly sent: boolean;
}

/** What the server can do, as far as a move goes. */
export interface Means {
  readonly move: boolean;
  readonly uidplus: boolean;
  /**
   * What a folder is on Gmail; `null` elsewhere. A `label`: what bears it already has its place there before any move, and
   * keeps it; the same command twice is once. A `view` (All Mail): nothing ever leaves it by being moved.
   */
  readonly gmail: 'label' | 'view' | null;
}

/** The one thing that may be done next for a move. */
export type Next =
  /** Nothing was sent, or it did not happen: announce `sent`, then MOVE, or COPY where there is no MOVE. */
  | { readonly next: 'send'; readonly by: 'move' | 'copy' }
  /** Nobody may decide before the destination was looked at. */
  | { readonly next: 'look' }
  /** Our copy is there and the source is untouched: record `copied`. */
  | { readonly next: 'keep'; readonly fence: Fence; readonly copy: Place }
  /** Announce `removing`, then take the source away: \Deleted and UID EXPUNGE, or \Deleted alone without UIDPLUS. */
  | { readonly next: 'remove'; readonly fence: Fence; readonly copy: Place }
  /** It is as wanted. */
  | { readonly next: 'done'; readonly to: Place; readonly note: string | null }
  /**
   * A person was first and wins. `copy` is ours and has to be taken back; `unmark`: the \Deleted on the source is ours
   * and has to come off again.
   */
  | { readonly next: 'gone'; readonly why: string; readonly copy: Place | null; readonly unmark: boolean }
  /** This action has ended before. */
  | { readonly next: 'nothing' };

const moved = 'a person moved or deleted it before we acted';
const markedByPerson = 'a person marked it \\Deleted before we acted';
const takenMeanwhile = 'a person took the original away while it was being copied';
const copyTaken = 'a person took our copy away from its folder, so the original stays where it is';
const keptMarked =
  'the server has no UIDPLUS: the original stays in its folder, marked \\Deleted, until that is expunged';

/**
 * The table of DESIGN.md, "Acting": what follows from the journal and from what was seen. Pure and total. It never
 * answers `remove` unless our copy was seen in this session. Whoever sends looks at the source right before it is announced.
 */
export function reconcile(progress: Progress, { source, copy, spare, sent }: Seen, means: Means): Next {
  const send: Next = { next: 'send', by: means.move && means.gmail !== 'view' ? 'move' : 'copy' };
  const gone = (why: string, back: Place | null = null, unmark = false): Next => ({
    next: 'gone',
    why,
    copy: back,
    unmark,
  });
  switch (progress.step) {
    case 'planned':
      return source === 'there' ? send : gone(personDid(source));

    case 'sent': {
      // A move is announced with its fence; without one nothing can be told about a copy, and nothing was sent.
      const { fence } = progress;
      if (fence === null) return source === 'there' ? send : gone(personDid(source));
      if (copy === 'unlooked') return { next: 'look' };
      if (copy === 'none') return source === 'there' ? send : gone(personDid(source));
      if (source === 'there' && means.gmail !== null) {
        // Never \Deleted there: what Gmail does with a message that is expunged is a setting, and one of them is "for ever".
        return sent && means.gmail === 'view' ? { next: 'done', to: copy, note: null } : send;
      }
      if (source === 'there') return { next: 'keep', fence, copy };
      // A COPY leaves its source alone, and we did not get as far as marking it: a person was first. What is found may be
      // theirs, moved to the same folder by MOVE or by COPY and \Deleted: what may be the only one is never taken back.
      const back = progress.by === 'copy' && spare && means.gmail === null ? copy : null;
      if (source === 'marked' || back !== null) return gone(personDid(source), back);
      return { next: 'done', to: copy, note: progress.by === 'copy' && means.gmail === null ? takenMeanwhile : null };
    }

    case 'copied':
      if (copy === 'unlooked') return { next: 'look' };
      if (copy === 'none') return gone(source === 'there' ? copyTaken : personDid(source));
      return source === 'there' ? { next: 'remove', fence: progress.fence, copy } : gone(personDid(source), copy);

    case 'removing':
      if (source === 'gone') return { next: 'done', to: copyOr(copy, progress.copy), note: null };
      if (copy === 'unlooked') return { next: 'look' };
      if (copy === 'none') return gone(copyTaken, null, source === 'marked');
      if (source === 'marked' && !means.uidplus) return { next: 'done', to: copy, note: keptMarked };
      return { next: 'remove', fence: progress.fence, copy };

    case 'done':
    case 'undone':
      return { next: 'nothing' };
  }
}

function personDid(source: Source): string {
  return source === 'marked' ? markedByPerson : moved;
}

function copyOr(copy: Copy, recorded: Place): Place {
  return copy === 'none' || copy === 'unlooked' ? recorded : copy;
}

import { limits } from '../base/limits.ts';
import { broken, type Check, doubtful, passed, untried } from './check.ts';

/* What was found on this machine, and what it means. Pure. */

export interface StateFacts {
  readonly folder: string;
  readonly is: 'folder' | 'something else' | 'missing';
  /** The system's code for why nothing can be written there, or made there if it is missing; null: it can. */
  readonly refused: string | null;
  /** Its permission bits; null where it is missing. */
  readonly mode: number | null;
  /** Octets; null: unknown. */
  readonly free: number | null;
}

export function stateCheck({ folder, is, refused, mode }: StateFacts): Check {
  if (is === 'something else') {
    return broken('state-folder', `${folder} is no folder`, 'name a folder in state:, or by $STATE_DIRECTORY');
  }
  if (refused !== null) {
    const detail = is === 'missing' ? `${folder} cannot be made` : `${folder} may not be written`;
    const remedy = 'give it to the user that runs siftd (chown), or name another one in state:, or by $STATE_DIRECTORY';
    return broken('state-folder', `${detail} (${refused})`, remedy);
  }
  if (is === 'missing') return passed('state-folder', `${folder} is made at the first start`);
  if (mode !== null && (mode & 0o007) !== 0) {
    const detail = `everybody on this machine can look into ${folder}`;
    return doubtful('state-folder', detail, `chmod o-rwx ${folder}`);
  }
  return passed('state-folder', folder);
}

export function diskCheck({ free }: StateFacts): Check {
  if (free === null) return untried('disk', 'no state folder');
  const mib = Math.floor(free / 2 ** 20);
  const there = mib < 4096 ? `${mib} MiB free` : `${Math.floor(mib / 1024)} GiB free`;
  const needed = limits.daemon.diskReserve / 2 ** 20;
  if (free < limits.daemon.diskReserve) {
    const detail = `${there}: siftd takes up nothing new below ${needed} MiB`;
    return broken('disk', detail, 'make room; siftd goes on by itself');
  }
  if (free < limits.doctor.room) {
    return doubtful('disk', `${there}: below ${needed} MiB siftd takes up nothing new`, 'make room');
  }
  return passed('disk', there);
}

/** One of siftd's databases. */
export interface JournalFacts {
  readonly file: string;
  /** Its schema; null: there is no such file yet. */
  readonly version: number | null;
  /** What this siftd writes. */
  readonly ours: number;
  /** Why it cannot be read; null: it can. */
  readonly fault: string | null;
}

export function journalCheck({ file, version, ours, fault }: JournalFacts): Check {
  if (fault !== null) {
    const remedy = 'restore a backup, or siftd rebuild: it puts the file aside and maps the mailbox again';
    return broken('journal', fault, remedy, file);
  }
  if (version === null) return passed('journal', 'it is made at the first start', file);
  if (version > ours) {
    const detail = `it has schema ${version}, written by a newer siftd; this one knows schema ${ours}`;
    return broken('journal', detail, 'install the newer siftd again, or restore the backup of before', file);
  }
  if (version < ours) {
    const detail = `it has schema ${version}; this siftd brings it to ${ours} when it next starts`;
    return doubtful('journal', detail, 'restart siftd run; keep a backup, as no older siftd reads it then', file);
  }
  return passed('journal', `schema ${version}`, file);
}

/** Who works on the state folder. */
export type Holder =
  | { readonly pid: number }
  /** Nobody. */
  | null
  /** This system does not tell. */
  | 'unknown';

/** `command`: the one that is meant to run there. `before`: whether its journal says that it did, or keeps it from it. */
export function daemonCheck(
  command: 'siftd run' | 'siftd serve',
  holder: Holder,
  before: 'never' | 'once' | 'refused',
): Check {
  if (holder === 'unknown') return untried('daemon', 'this system does not tell who holds a lock', command);
  if (holder !== null) return passed('daemon', `it runs (pid ${holder.pid})`, command);
  switch (before) {
    case 'never':
      return untried('daemon', 'it was never started with this state folder', command);
    case 'refused':
      return untried('daemon', 'it does not start with this journal', command);
    case 'once':
      return doubtful('daemon', 'it does not run', `start it: ${command}, or systemctl start siftd`, command);
  }
}

/** What the daemon wrote down of an account. */
export interface Standing {
  readonly state: string;
  readonly at: number;
  readonly detail: string | null;
  /** When a watched folder was last read to its end, the one that waits longest; null: never. */
  readonly readAt: number | null;
}

export function standingCheck(holder: Holder, standing: Standing | null, now: number): Check {
  if (holder === null) return untried('standing', 'nothing: it does not run');
  if (standing === null) return untried('standing', 'nothing of this account');
  const { state, at, detail, readAt } = standing;
  const since = `${state} since ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  const words = detail === null ? since : `${since}: ${detail}`;
  const quiet = readAt === null ? null : now - readAt;
  switch (state) {
    case 'watching':
      if (detail !== null) return doubtful('standing', words, 'mend what it says; siftd goes on by itself');
      if (quiet !== null && quiet > limits.imap.commandTimeout + limits.imap.pollInterval) {
        const minutes = Math.floor(quiet / 60_000);
        return broken(
          'standing',
          `${words}, but no folder was read for ${minutes} min`,
          'restart siftd, and tell us: this should not be',
        );
      }
      return passed('standing', words);
    case 'connecting':
      return passed('standing', words);
    default:
      return broken(
        'standing',
        words,
        'mend what it says; siftd tries again by itself, or at once when it is restarted',
      );
  }
}

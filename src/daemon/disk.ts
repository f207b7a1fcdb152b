import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { diskTrouble } from '../base/sqlite.ts';
import type { Journal } from './ports.ts';

/**
 * The disk under the journal: what it refuses to one account it refuses to all, so it is said once. Before it is full
 * nothing new is taken up, so that what was begun can be brought to its end; when it refuses all the same, everything
 * waits for it.
 */
export class Disk {
  readonly #journal: Pick<Journal, 'room' | 'probe'>;
  readonly #log: Logger;
  #trouble: string | null = null;
  #failing = false;

  constructor(journal: Pick<Journal, 'room' | 'probe'>, log: Logger) {
    this.#journal = journal;
    this.#log = log;
  }

  /** Why nothing new is taken up; null while there is nothing wrong. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Whether something new may be begun. */
  hasRoom(): boolean {
    if (!this.isWritable()) return false;
    const room = this.#journal.room();
    // It must be worth it to go on: our own first writes take some of what was made free.
    const enough = limits.daemon.diskReserve * (this.#trouble === null ? 1 : 1.25);
    if (room < enough) {
      this.#stop(`the disk of the state folder is full but for ${Math.floor(room / 2 ** 20)} MiB`);
      return false;
    }
    if (this.#trouble !== null) this.#log.info('the journal has room again: siftd goes on');
    this.#trouble = null;
    return true;
  }

  /** Whether the journal can be written at all; asked again after it could not. */
  isWritable(): boolean {
    if (!this.#failing) return true;
    try {
      this.#journal.probe();
      this.#failing = false;
    } catch (error) {
      if (!this.refused(error)) throw error;
    }
    return !this.#failing;
  }

  /** Whether an error was the disk's. Where the journal is corrupt that is for a person to mend: throws a UserError. */
  refused(error: unknown): boolean {
    const trouble = diskTrouble(error);
    if (trouble === null) return false;
    if (trouble.corrupt) {
      throw new UserError(
        `the journal is corrupt: ${trouble.words}. Restore a backup, or let "siftd rebuild -c FILE" put it aside`,
        2,
      );
    }
    this.#failing = true;
    this.#stop(`the journal cannot be written: ${trouble.words}`);
    return true;
  }

  #stop(why: string): void {
    if (this.#trouble === null) {
      this.#log.error(`${why}; nothing new is taken up until it can be, and what was begun goes on from the journal`);
    }
    this.#trouble = why;
  }
}

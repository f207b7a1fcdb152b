import { setTimeout as delay } from 'node:timers/promises';
import type { ImapFlow } from 'imapflow';
import type { Random } from '../vendor/random.ts';
import type { Delivered, Ending } from './invariant.ts';
import { type Login, visit } from './mailbox.ts';

interface Habits {
  /** Milliseconds between two acts, on average. */
  readonly pause: number;
  /** So many acts: most mail is siftd's to sort. */
  readonly most: number;
}

/**
 * A person at a mail program, who now and then reads a message, moves one to the folder Mine, or deletes one for good,
 * in the inbox before siftd has acted as well as in the folders that it filed into. What the person's own server said of
 * it decides how the message may stand in the end.
 */
export class Person {
  readonly did = { read: 0, moved: 0, deleted: 0 };
  readonly #login: Login;
  readonly #random: Random;
  readonly #delivered: Map<string, Delivered>;
  readonly #habits: Habits;

  constructor(login: Login, random: Random, delivered: Map<string, Delivered>, habits: Habits) {
    this.#habits = habits;
    this.#login = login;
    this.#random = random;
    this.#delivered = delivered;
  }

  async live(calm: AbortSignal): Promise<void> {
    await visit(this.#login, async (client) => {
      while (!calm.aborted) {
        await delay(this.#habits.pause * (0.5 + this.#random.next()), null, { signal: calm }).catch(() => null);
        const { read, moved, deleted } = this.did;
        if (!calm.aborted && read + moved + deleted < this.#habits.most) await this.#meddle(client);
      }
    });
  }

  async #meddle(client: ImapFlow): Promise<void> {
    const draws = [this.#random.next(), this.#random.next(), this.#random.next()] as const;
    // Mostly what has just come in, where siftd is at work too.
    const folder = draws[0] < 0.7 ? 'INBOX' : draws[0] < 0.85 ? 'Support/Refunds' : 'Support/Complaints';
    const { exists } = await client.mailboxOpen(folder);
    await client.noop();
    if (exists === 0) return;
    const among = Math.min(exists, 40);
    // siftd may have moved so many away meanwhile that there is none of that number.
    const wanted = `${exists - Math.floor(draws[1] * among)}`;
    const row = await client.fetchOne(wanted, { uid: true, flags: true, headers: true }).catch(() => false as const);
    if (!row || row.headers === undefined || row.flags?.has('\\Deleted')) return;
    const key = /^X-Letter: (\S+)/im.exec(row.headers.toString('latin1'))?.[1] ?? '';
    const message = this.#delivered.get(key);
    if (message === undefined) return;
    const at = { uid: true } as const;
    const uid = `${row.uid}`;
    if (draws[2] < 0.4) {
      await client.messageFlagsAdd(uid, ['\\Seen'], at);
      this.#now(message, { ...message, endings: message.endings.map((ending) => mayHave(ending, '\\Seen')) });
      this.did.read++;
    } else if (draws[2] < 0.75) {
      const moved = await client.messageMove(uid, 'Mine', at);
      // RFC 6851 4.3: what has no COPYUID was not moved; siftd was first.
      if (!moved || moved.uidMap === undefined || moved.uidMap.size === 0) return;
      // With siftd's marks if it had set them by then, and read if the person had read it.
      const marks = message.endings.flatMap(({ flags, maybe = [] }) => [...flags, ...maybe]);
      const { flags = [] } = message;
      const mine: Ending = { folder: 'Mine', flags, maybe: marks, states: ['done', 'failed', 'gone'] };
      this.#now(message, { ...message, endings: [mine], touched: true });
      this.did.moved++;
    } else {
      await client.messageDelete(uid, at);
      // If siftd moved it in between, it stands where siftd put it, with the \Deleted that it may have got meanwhile.
      const endings = message.endings.map((ending) => ({
        ...mayHave(ending, '\\Deleted'),
        states: ['done', 'failed', 'gone'],
      }));
      this.#now(message, { ...message, endings, nowhere: ['done', 'failed', 'gone'], touched: true });
      this.did.deleted++;
    }
  }

  #now(message: Delivered, changed: Delivered): void {
    this.#delivered.set(message.key, changed);
  }
}

function mayHave(ending: Ending, flag: string): Ending {
  return { ...ending, maybe: [...(ending.maybe ?? []), flag] };
}

import { failed, type Outcome, ok } from '../base/errors.ts';
import type { Place, Readable } from '../mail/message.ts';
import { senderOf } from '../mail/sender.ts';
import type { Mailboxes, Parser, Session } from './ports.ts';

/** A message as a person reads it. Nobody stores it: it is fetched from its mailbox when it is looked at. */
export interface Letter extends Readable {
  readonly from: string;
}

export interface LettersParts {
  readonly mailboxes: Mailboxes;
  readonly parser: Parser;
  readonly signal: AbortSignal;
}

/**
 * Reads messages for a person, over connections of its own beside those of the daemon: it never sets \\Seen and changes
 * nothing. One connection an account, kept until `close`.
 */
export class Letters {
  readonly #parts: LettersParts;
  readonly #sessions = new Map<string, Session>();
  /** Calls on a session come one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: LettersParts) {
    this.#parts = parts;
  }

  /** Fault `not-there`: it is not where it was last seen. */
  read(account: string, place: Place, size: number): Promise<Outcome<Letter>> {
    const reading = this.#last.then(() => this.#read(account, place, size));
    this.#last = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    await this.#last;
    for (const session of this.#sessions.values()) await session.close();
    this.#sessions.clear();
  }

  async #read(account: string, { folder, uidValidity, uid }: Place, size: number): Promise<Outcome<Letter>> {
    const session = await this.#session(account);
    if (!session.ok) return session;
    for await (const fetched of session.value.fetch(folder, uidValidity, [{ uid, size }])) {
      if (!fetched.ok) {
        const { code } = fetched.fault;
        return code === 'stale' || code === 'no-folder' ? notThere : fetched;
      }
      const readable = await this.#parts.parser.parse(fetched.value.content);
      return readable.ok ? ok({ ...readable.value, from: senderOf(fetched.value.content) }) : readable;
    }
    return notThere;
  }

  async #session(account: string): Promise<Outcome<Session>> {
    const known = this.#sessions.get(account);
    if (known !== undefined && !known.closed.aborted) return ok(known);
    const connected = await this.#parts.mailboxes.connect(account, this.#parts.signal);
    if (connected.ok) this.#sessions.set(account, connected.value);
    return connected;
  }
}

const notThere = failed('permanent', 'not-there', 'it is not where siftd last saw it: somebody moved or deleted it');

import { limits } from '../base/limits.ts';
import type { Posted } from '../triage/posted.ts';
import type { Posting, PostingEvent } from '../triage/posting.ts';
import { backoff } from '../triage/schedule.ts';
import type { SendingParts } from './outgoing.ts';
import type { Scribe, ScribeParts } from './scribe.ts';

interface PostmanParts extends SendingParts, ScribeParts {
  readonly random: () => number;
}

/** Whose outbox it is. `trouble` says what no room answers for. */
type Owner = Scribe<PostmanParts> & {
  readonly trouble: (error: unknown) => void;
  readonly follow: (work: Promise<void>) => void;
};

/**
 * Sends what is due of one account's outbox, beside the account's loop, which it needs no connection of. Each posting is
 * announced in the journal before it leaves: after a kill, a mail that was announced is shown to a person and never sent
 * again, and a webhook is posted again under the same id.
 */
export class Postman {
  readonly #lane: Owner;
  #wake = new AbortController();
  #running = false;
  /** Who could not be asked when that was tried last: the mail server, or the URL of a webhook. */
  readonly #away = new Map<string, { readonly since: number; readonly why: string }>();

  constructor(lane: Owner) {
    this.#lane = lane;
  }

  /** What keeps something from leaving, and since when by Clock.now, the oldest; null: whoever was asked last answered. */
  get trouble(): { readonly since: number; readonly why: string } | null {
    return [...this.#away.values()].reduce<{ since: number; why: string } | null>(
      (oldest, one) => (oldest === null || one.since < oldest.since ? one : oldest),
      null,
    );
  }

  /** What an earlier process left goes on. One who has nothing to send costs nothing. */
  begin(): void {
    const { outbox } = this.#lane.parts.journal;
    const { name } = this.#lane;
    if (outbox.left(name).length > 0 || outbox.nextDue(name, 0) !== null) this.wake();
  }

  /** Something may be due. */
  readonly wake = (): void => {
    this.#wake.abort();
    if (this.#running || this.#lane.parts.stopping.aborted) return;
    this.#running = true;
    this.#lane.follow(this.#run());
  };

  /** Until the account stops. What the disk refuses is taken up again later. */
  async #run(): Promise<void> {
    const { journal, clock, stopping } = this.#lane.parts;
    const { outbox } = journal;
    const { name } = this.#lane;
    stopping.addEventListener('abort', this.wake, { once: true });
    let resumed = false;
    /** The mail server could not be asked until then: no letter is tried meanwhile. */
    let awayUntil = 0;
    while (!stopping.aborted) {
      if (this.#wake.signal.aborted) this.#wake = new AbortController();
      let pause: number = limits.daemon.diskRetry;
      try {
        if (!resumed) {
          outbox.resume(name, clock.now(), limits.daemon.putOff);
          for (const posting of outbox.left(name)) await this.#write(posting, { type: 'left' });
          resumed = true;
        }
        // One time for all that follows: what falls due meanwhile is otherwise neither due now nor next.
        const now = clock.now();
        const hooks = outbox.due(name, 'webhooks', now, limits.post.webhooks);
        const mails = outbox.due(name, 'mails', now, limits.post.mails);
        const waits = now < awayUntil;
        const mailed = waits ? null : this.#sendMails(mails);
        await Promise.all([...hooks.map((hook) => this.#send(hook)), mailed]);
        const away = await mailed;
        if (away !== null) awayUntil = clock.now() + Math.max(away, limits.post.away);
        if (hooks.length > 0 || (mails.length > 0 && !waits)) continue;
        const next = outbox.nextDue(name, now);
        const times = [next, mails.length > 0 ? awayUntil : null].filter((at) => at !== null);
        if (times.length === 0) this.#away.clear();
        pause = times.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...times) - clock.now();
      } catch (error) {
        this.#lane.trouble(error);
      }
      await clock.sleep(Math.min(pause, limits.daemon.putOff), this.#wake.signal);
    }
  }

  /** One after the other, on one connection. Answers for how long the server is not to be asked; null: it answered for all. */
  async #sendMails(mails: readonly Posting[]): Promise<number | null> {
    for (const mail of mails) {
      if (this.#lane.parts.stopping.aborted) break;
      const posted = await this.#send(mail);
      if (posted?.result === 'later' && posted.away) return posted.retryAfter ?? 0;
    }
    return null;
  }

  /** null: it was not sent, as it had been taken back since it was looked for. */
  async #send(posting: Posting): Promise<Posted | null> {
    const { journal, post, random, stopping } = this.#lane.parts;
    const announced = await this.#write(posting, { type: 'sending' });
    if (announced === null) return null;
    const letter = journal.outbox.letter(posting.id);
    const posted: Posted =
      letter === null
        ? { result: 'refused', why: posting.why ?? 'what it says is lost' }
        : await post.send(announced, letter, stopping);
    const pause = backoff(posting.attempts, limits.post.backoffMin, limits.post.backoffMax, random);
    const whom = posting.kind === 'webhook' ? posting.recipient : 'mail';
    if (posted.result === 'later' && posted.away) {
      this.#away.set(whom, { since: this.#away.get(whom)?.since ?? this.#lane.now(), why: posted.why });
    } else this.#away.delete(whom);
    await this.#write(announced, { type: 'posted', posted, pause });
    return posted;
  }

  /** Durable when it resolves. What has left is told until the disk takes it: it would be taken for unknown. */
  async #write(posting: Posting, event: PostingEvent): Promise<Posting | null> {
    const { disk, clock, stopping } = this.#lane.parts;
    for (;;) {
      try {
        return await this.#lane.posted(posting.id, event);
      } catch (error) {
        if (event.type !== 'posted' || !disk.refused(error) || stopping.aborted) throw error;
        await clock.sleep(limits.daemon.diskRetry, stopping);
      }
    }
  }
}

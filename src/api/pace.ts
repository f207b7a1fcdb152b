import { limits } from '../base/limits.ts';

/** What was sent from one change of the rate to the next, and how it was answered. */
interface Epoch {
  readonly began: number;
  /** How long the first answer took. */
  roundTrip: number | null;
  sent: number;
  served: number;
  refused: number;
}

/** How much less a server is asked to see whether that is why it refused. */
interface Trial {
  /** The rate before, what the server took of it, and the share that it refused. */
  readonly rate: number;
  readonly taken: number;
  readonly share: number;
}

/**
 * How many requests a server takes, learned from its 429s; the configured rate is only the most. What the server took
 * while it refused is its limit, so a refusal leads to a trial a little below that. If the refusals end, that was the
 * limit: it is kept to, and at times a little more is tried. If as many are refused as before, load is not the reason, and
 * asking less would help nobody.
 */
export class Pace {
  /** Requests a millisecond. */
  readonly #most: number;
  #rate: number;
  #epoch: Epoch;
  #trial: Trial | null = null;
  /** What the server was found to take; null: as much as we ask. */
  #limit: number | null = null;
  /** The share that is refused whatever we do, and how long that is believed. */
  #noise = { share: 0, until: Number.NEGATIVE_INFINITY };
  /** Epochs until a little more than the limit is tried, how many they are, and how much more it will be. */
  #rest: { left: number; epochs: number; step: number } = { left: 0, epochs: 1, step: limits.api.paceStep };

  constructor(most: number, now: number) {
    this.#most = most;
    this.#rate = most;
    this.#epoch = { began: now, roundTrip: null, sent: 0, served: 0, refused: 0 };
  }

  /** Milliseconds between two requests; 0 while only the configured rate counts. */
  get gap(): number {
    return this.#rate < this.#most ? 1 / this.#rate : 0;
  }

  /** A request leaves. What is told of it later counts only if nothing has changed since: else it is no news. */
  sent(): Epoch {
    this.#epoch.sent++;
    return this.#epoch;
  }

  served(epoch: Epoch, now: number): void {
    epoch.served++;
    this.#look(epoch, now);
  }

  refused(epoch: Epoch, now: number): void {
    epoch.refused++;
    this.#look(epoch, now);
  }

  #look(epoch: Epoch, now: number): void {
    if (epoch !== this.#epoch) return;
    epoch.roundTrip ??= now - epoch.began;
    if (!this.#tells(now)) return;
    const { sent, served, refused } = epoch;
    const lasted = now - epoch.began;
    const share = refused / (served + refused);
    const rate = Math.min(this.#rate, lasted > 0 ? sent / lasted : this.#rate);
    if (this.#trial !== null) this.#judge(this.#trial, share, rate, now);
    else if (this.#surprises(served + refused, refused, now)) this.#try(share, rate);
    // Where little was asked, nothing was shown.
    else if (rate >= 0.8 * this.#rate) this.#grow();
    this.#epoch = { began: now, roundTrip: null, sent: 0, served: 0, refused: 0 };
  }

  /** Whether enough was answered to go by. */
  #tells(now: number): boolean {
    const { began, roundTrip, served, refused } = this.#epoch;
    const { paceSample: sample, paceEpoch } = limits.api;
    const answered = served + refused;
    if (refused >= sample / 2 && refused >= served) return true;
    const longEnough = now - began >= Math.max(paceEpoch, 2 * (roundTrip ?? 0));
    // Of as many as were refused before three would be by now; and three are enough to know that it goes on.
    if (this.#trial !== null) {
      const enough = Math.max(3 * sample, 3 / this.#trial.share);
      return longEnough && (answered >= enough || (answered >= sample && refused >= 3));
    }
    // Beyond a limit that is known a refusal is what was waited for.
    if (this.#limit !== null && now >= this.#noise.until)
      return refused > 1 || (longEnough && (refused === 0 || answered >= sample));
    return longEnough && answered >= sample;
  }

  #surprises(answered: number, refused: number, now: number): boolean {
    if (now >= this.#noise.until) return refused > 0;
    const usual = answered * this.#noise.share;
    return refused > usual + 3 * Math.sqrt(usual);
  }

  #try(share: number, rate: number): void {
    const taken = rate * (1 - share);
    const { gapMax, paceTrial } = limits.api;
    const least = Math.min(this.#most, 1 / gapMax);
    this.#trial = { rate: this.#rate, taken, share };
    // With hardly any served there is no telling how many would be.
    this.#rate = Math.max(least, taken * paceTrial, this.#rate / 8);
  }

  #judge(trial: Trial, share: number, rate: number, now: number): void {
    this.#trial = null;
    if (share <= trial.share / 4) {
      const known = this.#limit !== null && Math.abs(this.#limit / trial.taken - 1) < 0.3;
      const epochs = known ? Math.min(limits.api.paceRest, 2 * this.#rest.epochs) : 1;
      this.#rest = { left: epochs, epochs, step: limits.api.paceStep };
      this.#limit = trial.taken;
      this.#grow();
    } else if (share < trial.share / 2) {
      this.#trial = trial;
      this.#rate *= limits.api.paceTrial;
    } else if (share <= limits.api.paceNoise && share <= 2 * trial.share) {
      this.#noise = { share, until: now + limits.api.paceBelief };
      this.#rate = trial.rate;
      this.#rest.left = 0;
    } else this.#try(share, rate);
  }

  #grow(): void {
    const near = limits.api.paceNear * (this.#limit ?? 0);
    if (this.#limit === null) this.#rate = Math.min(this.#most, this.#rate * 1.25);
    else if (this.#rate < near) this.#rate = near;
    else if (--this.#rest.left < 0) {
      this.#rate = Math.min(this.#most, this.#rate * (1 + this.#rest.step));
      this.#rest.step = Math.min(limits.api.paceStepMax, 2 * this.#rest.step);
    }
  }
}

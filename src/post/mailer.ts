import { domainToASCII } from 'node:url';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Posted } from '../triage/posted.ts';
import { later, noSession, notAccepted, refused, said } from './replies.ts';
import { Session } from './session.ts';
import type { Outgoing, Proof, SmtpLimits, SmtpServer, Trouble } from './smtp.ts';

/**
 * Hands letters to an SMTP server, each at most once: what may have been accepted is never tried again, here or by who
 * calls. What ended before that is `later`, or is begun anew at once where the server had only dropped an idle connection.
 */
export class Mailer {
  readonly #server: SmtpServer;
  readonly #clock: Clock;
  readonly #bounds: SmtpLimits;
  /** The connection of the last letter, for a while: a login costs more than a letter. */
  #kept: { readonly session: Session; readonly callOff: () => void } | null = null;
  #closed = false;

  constructor(server: SmtpServer, clock: Clock, bounds: SmtpLimits = limits.smtp) {
    this.#server = server;
    this.#clock = clock;
    this.#bounds = bounds;
  }

  /** Never throws. When the signal aborts, what was handed over whole is waited for a little longer (limits.smtp.grace). */
  async send(letter: Outgoing, signal: AbortSignal): Promise<Posted> {
    const way = wayOf(letter);
    if (way === null) return refused('an address of it is none that SMTP knows');
    const kept = this.#take();
    if (kept !== null) {
      const posted = await this.#over(kept, way, signal, true);
      if (posted !== null) return posted;
    }
    const session = await this.#enter(signal);
    if (!(session instanceof Session)) return session;
    // Of a fresh connection nothing is left open.
    return (await this.#over(session, way, signal, false)) ?? later('nothing was sent', true);
  }

  /** Connects and logs in, and hands in nothing: `accepted` where a letter could follow. Never throws. */
  async greet(signal: AbortSignal): Promise<Posted> {
    const session = await this.#enter(signal);
    if (!(session instanceof Session)) return session;
    session.quit();
    return { result: 'accepted', note: 'it lets us in' };
  }

  /** Says goodbye to the server. What is under way ends by its signal. */
  close(): void {
    this.#closed = true;
    this.#take()?.quit();
  }

  /** null: the kept connection had ended, and nothing was said about the letter. */
  async #over(session: Session, letter: Outgoing, signal: AbortSignal, kept: boolean): Promise<Posted | null> {
    const sent = await session.send(letter, signal);
    if ('done' in sent && /^2\d\d/.test(sent.done)) {
      this.#keep(session);
      return { result: 'accepted', note: said(sent.done, letter) };
    }
    // Cut, not closed: after an answer that came too early the rest of the message must not follow.
    session.cut();
    const trouble: Trouble = 'trouble' in sent ? sent.trouble : new Error('an answer that is none');
    if (kept && sent.progress === 'none' && trouble.responseCode === undefined && !signal.aborted) return null;
    if (signal.aborted && sent.progress !== 'handed') return later('siftd stopped before it was sent', true);
    return notAccepted(this.#server, letter, trouble, sent.progress);
  }

  async #enter(signal: AbortSignal): Promise<Session | Posted> {
    const { login } = this.#server;
    if (login === null) return this.#told(await this.#open(null, signal), signal);
    const { user } = login;
    if ('password' in login) return this.#told(await this.#open({ user, password: login.password() }, signal), signal);
    const first = await login.token(signal, null);
    if (!first.ok) return later(first.fault.message, true, first.fault.retryAfter);
    const entered = await this.#open({ user, token: first.value }, signal);
    if (entered instanceof Session || !loginRefused(entered)) return this.#told(entered, signal);
    // A token may end before its time: consent was given anew, or the clock is wrong.
    const next = await login.token(signal, first.value);
    if (!next.ok) return later(next.fault.message, true, next.fault.retryAfter);
    if (next.value === first.value) return this.#told(entered, signal);
    return this.#told(await this.#open({ user, token: next.value }, signal), signal);
  }

  async #open(proof: Proof | null, signal: AbortSignal): Promise<Session | Trouble> {
    const session = new Session(this.#server, this.#bounds, this.#clock);
    const connected = await session.connect(signal);
    const entered = 'trouble' in connected || proof === null ? connected : await session.login(proof, signal);
    if (!('trouble' in entered)) return session;
    session.cut();
    return entered.trouble;
  }

  #told(entered: Session | Trouble, signal: AbortSignal): Session | Posted {
    if (entered instanceof Session) return entered;
    return signal.aborted ? later('siftd stopped before it was sent', true) : noSession(this.#server, entered);
  }

  #keep(session: Session): void {
    if (this.#closed || this.#kept !== null || !session.open) {
      session.quit();
      return;
    }
    const callOff = this.#clock.after(this.#bounds.idle, () => this.#take()?.quit());
    this.#kept = { session, callOff };
  }

  #take(): Session | null {
    const kept = this.#kept;
    this.#kept = null;
    kept?.callOff();
    return kept === null || !kept.session.open ? null : kept.session;
  }
}

function loginRefused(trouble: Trouble): boolean {
  return trouble.code === 'EAUTH' && (trouble.responseCode ?? 0) >= 500;
}

/** The letter with addresses as SMTP writes them, a domain of other scripts in its ASCII form; null where they are none. */
function wayOf(letter: Outgoing): Outgoing | null {
  const to = pathOf(letter.to);
  const from = letter.from === '' ? '' : pathOf(letter.from);
  return to === null || from === null ? null : { ...letter, to, from };
}

function pathOf(address: string): string | null {
  const at = address.lastIndexOf('@');
  const domain = address.slice(at + 1);
  const ascii = domain.startsWith('[') ? domain : domainToASCII(domain);
  const path = `${address.slice(0, at)}@${ascii}`;
  const fits = at > 0 && ascii !== '' && Buffer.byteLength(path) <= limits.smtp.address;
  return fits && !/[\s<>\p{Cc}]/u.test(path) ? path : null;
}

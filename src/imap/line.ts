import type { ImapFlow, ImapFlowError, MailboxObject } from 'imapflow';
import type { Clock } from '../base/clock.ts';
import { type Fault, type FaultKind, failed, type Outcome, ok, reasonOf } from '../base/errors.ts';
import type { limits } from '../base/limits.ts';
import type { Paces } from './pace.ts';
import { plightIn } from './words.ts';

/** `limits.imap`, any of which a test may shorten. */
export type ImapLimits = { readonly [Name in keyof typeof limits.imap]: number };

/** An expected failure on its way out of this room; `attempt` turns it into an Outcome. */
export class ImapFault extends Error {
  override readonly name = 'ImapFault';
  readonly fault: Fault;
  constructor(kind: FaultKind, code: string, message: string, retryAfter?: number) {
    super(message);
    this.fault = retryAfter === undefined ? { kind, code, message } : { kind, code, message, retryAfter };
  }
}

/** Everything that can go wrong on a server becomes an Outcome here, and nothing else does: a bug stays an exception. */
export async function attempt<T>(line: Line, work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return ok(await work());
  } catch (error) {
    const fault = faultOf(line, error);
    if (fault === null) throw error;
    return failed(fault.kind, fault.code, fault.message, fault.retryAfter);
  }
}

/** null: no fault of the server or the network, but a bug or the journal. */
export function faultOf(line: Line, thrown: unknown): Fault | null {
  if (thrown instanceof ImapFault) return thrown.fault;
  if (!line.alive) return line.ended;
  const error = thrown as Partial<ImapFlowError>;
  const plight = plightOf(error);
  if (plight !== null) return plight;
  if (error.mailboxMissing === true || error.code === 'NotFound') {
    return { kind: 'permanent', code: 'no-folder', message: 'the folder does not exist on the server' };
  }
  if (error.responseStatus !== undefined) {
    const code = error.serverResponseCode ?? codes.get(error) ?? line.codeOf(error.responseStatus);
    // Asked again later, after other commands, it is still this one's.
    codes.set(error, code);
    return {
      kind: isFinal(code) ? 'permanent' : 'temporary',
      code: isPassing(code) ? 'unavailable' : 'refused',
      message: `the IMAP server answered ${error.responseStatus}${code === null ? '' : ` [${code}]`}`,
    };
  }
  if (error.code === 'NoMailboxSelected') {
    const message = `the server closed the folder ${JSON.stringify(line.path)} before it was asked`;
    return { kind: 'temporary', code: 'folder-closed', message };
  }
  return typeof error.code === 'string' ? { kind: 'temporary', code: error.code, message: reasonOf(thrown) } : null;
}

/** The response code of each refusal: imapflow leaves it out of the errors of a FETCH. */
const codes = new WeakMap<object, string | null>();

/** The server said no to a command, for good or for now: the connection goes on. */
export function isRefusal(line: Line, thrown: unknown): boolean {
  const code = faultOf(line, thrown)?.code;
  return code === 'refused' || code === 'unavailable';
}

const closedFault: Fault = {
  kind: 'temporary',
  code: 'closed',
  message: 'the connection to the IMAP server ended',
};

/** A refusal that is of the whole session; null: it is of its command. */
function plightOf(error: Partial<ImapFlowError>): Fault | null {
  const plight = plightIn(error.responseText);
  if (error.code !== 'ETHROTTLE') return plight === null ? null : faultFrom(plight);
  // imapflow has waited for a part of it.
  const retryAfter = Math.max(0, (error.throttleReset ?? 0) - (error.throttleWaited ?? 0));
  return { kind: 'temporary', code: 'throttled', message: 'the IMAP server throttles this account', retryAfter };
}

function faultFrom({ code, why, wait }: NonNullable<ReturnType<typeof plightIn>>): Fault {
  return { kind: 'temporary', code, message: `the IMAP server ${why}`, retryAfter: wait };
}

/** Faults that are of the whole session though the server talks on: nothing else is asked of it for now. */
export function isOfSession({ code }: Fault): boolean {
  return code === 'throttled' || code === 'not-connected';
}

/** What a server last said against a command: imapflow answers many of them with `false`, and tells its log alone why. */
const grudges = new WeakMap<ImapFlow, Partial<ImapFlowError>>();

export function overhear(client: ImapFlow): void {
  const { warn } = client.log;
  client.log.warn = (...entry) => {
    const { err } = (entry[0] ?? {}) as { readonly err?: Partial<ImapFlowError> };
    if (err?.responseStatus !== undefined) grudges.set(client, err);
    warn(...entry);
  };
}

/** The words of the last refusal that imapflow kept to itself. */
export function grudgeOf(client: ImapFlow): string | undefined {
  return grudges.get(client)?.responseText;
}

/**
 * Response codes of a NO (RFC 5530) that will be the same next time. OVERQUOTA, INUSE, UNAVAILABLE, LIMIT and every
 * code that we do not know may pass with time; the daemon caps how often it asks.
 */
const finalCodes = new Set(['NOPERM', 'CANNOT', 'ALREADYEXISTS', 'NONEXISTENT', 'CLIENTBUG']);

/** The server itself says that it is its own trouble of the moment, and none of the message's (RFC 5530). */
function isPassing(code: string | null): boolean {
  return code !== null && ['UNAVAILABLE', 'INUSE', 'LIMIT'].includes(code.toUpperCase());
}

export function isFinal(code: string | null): boolean {
  return code !== null && finalCodes.has(code.toUpperCase());
}

/** A command that the server did not carry out. */
export interface Refusal {
  /** RFC 5530, in capitals; null where it gave none. */
  readonly code: string | null;
  /** For a sentence: the server answered with ... */
  readonly words: string;
}

export const nothingDone: Refusal = { code: null, words: 'OK, but did nothing' };

/** What SELECT told, with a number for UIDVALIDITY (RFC 9051 2.3.1.1: 32 bits). */
export interface Opened {
  readonly uidValidity: number;
  readonly mailbox: MailboxObject;
  /** The command was sent just now; else the folder was open already and `mailbox` has grown with it. */
  readonly fresh: boolean;
}

/**
 * One logged-in connection: every command has a deadline, what it failed with can be asked, and one folder is open at
 * a time. Commands come one after the other, never from within a running FETCH.
 */
export class Line {
  readonly client: ImapFlow;
  readonly bounds: ImapLimits;
  readonly clock: Clock;
  readonly paces: Paces;
  readonly closed: AbortSignal;
  /** Called when the server speaks of the open folder without being asked. */
  onNews: (what: 'exists' | 'expunge' | 'flags', path: string) => void = () => {};
  #said: { readonly status: string; readonly code: string | null } = { status: '', code: null };
  #mode: 'act' | 'read' = 'read';
  #path = '';
  #told = false;
  #toldAt = Number.NEGATIVE_INFINITY;
  #received = 0;
  #heardAt: number;

  constructor(client: ImapFlow, parts: { bounds: ImapLimits; clock: Clock; paces: Paces }) {
    this.client = client;
    this.bounds = parts.bounds;
    this.clock = parts.clock;
    this.paces = parts.paces;
    this.#heardAt = parts.clock.now();
    const closing = new AbortController();
    this.closed = closing.signal;
    client.on('close', () => closing.abort());
    if (client.isClosed) closing.abort();
    // imapflow answers a refused COPY with a bare `false`; the code of the tagged response comes by this event.
    client.on('response', ({ response, code }) => {
      grudges.delete(client);
      this.#said = { status: response.toUpperCase(), code: code?.toUpperCase() ?? null };
    });
    for (const event of ['exists', 'expunge', 'flags'] as const) {
      client.on(event, ({ path }: { readonly path: string }) => {
        if (event === 'exists') this.#toldAt = this.clock.now();
        this.onNews(event, path);
      });
    }
  }

  /** When the server last sent anything, as exactly as this is asked often. */
  heardAt(): number {
    const { received } = this.client.stats();
    if (received !== this.#received) {
      this.#received = received;
      this.#heardAt = this.clock.now();
    }
    return this.#heardAt;
  }

  get alive(): boolean {
    return this.client.usable && !this.closed.aborted;
  }

  /** Why it is not alive any more. */
  get ended(): Fault {
    const plight = plightIn(this.client.byeReason);
    return plight === null ? closedFault : faultFrom(plight);
  }

  /** Also what IMAP4rev2 made part of itself (RFC 9051 Appendix E). */
  offers(capability: 'MOVE' | 'UIDPLUS' | 'IDLE'): boolean {
    const { capabilities, enabled } = this.client;
    const rev2 = enabled.has('IMAP4REV2') || (capabilities.has('IMAP4rev2') && !capabilities.has('IMAP4rev1'));
    return capabilities.has(capability) || rev2;
  }

  /** The code of the last tagged response, if that had this status. */
  codeOf(status: string): string | null {
    return this.#said.status === status.toUpperCase() ? this.#said.code : null;
  }

  /** The server's name of the folder that was opened last, or was to be. */
  get path(): string {
    return this.#path;
  }

  get gmail(): boolean {
    return this.client.capabilities.has('X-GM-EXT-1');
  }

  /**
   * Runs one command within its deadline. One that timed out takes the connection with it: its answer could still
   * come, and what it did is unknown.
   */
  async run<T>(command: () => Promise<T>, deadline: number = this.bounds.commandTimeout): Promise<T> {
    if (!this.alive) throw this.#gone();
    this.#told = false;
    return new Promise((resolve, reject) => {
      const late = () => {
        this.client.close();
        reject(new ImapFault('temporary', 'closed', `the IMAP server gave no answer within ${deadline / 1000} s`));
      };
      const callOff = this.clock.after(deadline, late);
      // When the deadline wins, nobody listens to the answer any more.
      command().then(resolve, reject).finally(callOff);
    });
  }

  /** Lets the server tell what others did to the open folder. Also ends IDLE: imapflow sends DONE before it. */
  async noop(deadline?: number): Promise<void> {
    await this.run(() => this.client.noop(), deadline);
    this.#throwPlight();
    this.#told = true;
    this.#toldAt = this.clock.now();
  }

  /** The server told all that it had to tell of the open folder, and nothing was asked since. */
  get told(): boolean {
    return this.#told && this.alive && this.offers('UIDPLUS');
  }

  /** It did so a moment ago. Had anything come since, the answers to what was asked meanwhile would have brought it. */
  get toldLately(): boolean {
    return this.clock.now() - this.#toldAt < this.bounds.moment && this.alive && this.offers('UIDPLUS');
  }

  /**
   * For the commands that imapflow answers with `false`: what the server said. A lost connection is answered alike,
   * and is thrown here, because then nobody knows what happened; so is what says nothing of the command.
   */
  refusal(): Refusal {
    if (!this.alive) throw this.#gone();
    this.#throwPlight();
    const { status, code } = this.#said;
    // imapflow does not even send what PERMANENTFLAGS rules out: the last answer is then some other command's.
    if (status === 'OK') return nothingDone;
    return { code, words: code === null ? status : `${status} [${code}]` };
  }

  /**
   * SELECT (`act`) or EXAMINE (`read`, which cannot change \Recent or anything else), unless the folder is open that
   * way. Never CLOSE: it expunges what others marked (RFC 9051 6.4.1); SELECT of another folder does not.
   */
  async open(path: string, mode: 'act' | 'read' = 'act'): Promise<Opened> {
    const { mailbox } = this.client;
    // A folder that was read-only when it was opened may not be so any more, and only SELECT tells.
    const fits = mode === 'read' || (this.#mode === 'act' && mailbox !== false && mailbox.readOnly !== true);
    if (mailbox !== false && mailbox.path === path && fits) {
      if (!this.alive) throw this.#gone();
      return { uidValidity: Number(mailbox.uidValidity), mailbox, fresh: false };
    }
    return this.#select(path, mode);
  }

  /**
   * The same, and what others did to the folder until now is seen. NOOP lets the server tell it; GNU imap4d shows an
   * open folder as it was when it was opened, and writes our flags when it is opened anew. Nobody says so beforehand:
   * the servers without UIDPLUS are asked the long way.
   */
  async openFresh(path: string, mode: 'act' | 'read' = 'act'): Promise<Opened> {
    const opened = await this.open(path, mode);
    if (opened.fresh) return opened;
    if (!this.offers('UIDPLUS')) return this.#select(path, this.#mode);
    if (!this.told) await this.noop();
    return opened;
  }

  /** LOGOUT, where the server takes it at once, and the end of the connection. */
  async leave(): Promise<void> {
    if (!this.closed.aborted) {
      const leaving = new AbortController();
      const logout = this.client.logout().catch(() => {});
      await Promise.race([logout, this.clock.sleep(this.bounds.logoutTimeout, leaving.signal)]);
      leaving.abort();
    }
    this.client.close();
  }

  async #select(path: string, mode: 'act' | 'read'): Promise<Opened> {
    this.#path = path;
    const opened = await this.run(() => this.client.mailboxOpen(path, { readOnly: mode === 'read' }));
    if (!opened) throw this.#gone();
    this.#mode = mode;
    this.#toldAt = this.clock.now();
    return { uidValidity: Number(opened.uidValidity), mailbox: opened, fresh: true };
  }

  #throwPlight(): void {
    const plight = plightOf(grudges.get(this.client) ?? {});
    if (plight !== null) throw new ImapFault(plight.kind, plight.code, plight.message, plight.retryAfter);
  }

  #gone(): ImapFault {
    const { kind, code, message, retryAfter } = this.ended;
    return new ImapFault(kind, code, message, retryAfter);
  }
}

/** `1:3,7`: UIDs as an IMAP set (RFC 9051 9, sequence-set). */
export function uidSet(uids: Iterable<number>): string {
  const sorted = [...new Set(uids)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let at = 0; at < sorted.length; ) {
    const first = sorted[at] ?? 0;
    let last = first;
    while (sorted[++at] === last + 1) last++;
    ranges.push(first === last ? `${first}` : `${first}:${last}`);
  }
  return ranges.join();
}

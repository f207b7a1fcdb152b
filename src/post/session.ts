import { Readable } from 'node:stream';
import SMTPConnection, {
  type SMTPConnectionCustomAuthContext,
  type SMTPConnectionSendInfo,
  type SMTPEnvelope,
} from 'nodemailer/lib/smtp-connection';
import type { Clock } from '../base/clock.ts';
import type { Outgoing, Progress, Proof, SmtpLimits, SmtpServer, Trouble } from './smtp.ts';

/** What came of a step: its value, or the trouble. */
type Step<T> = { readonly done: T } | { readonly trouble: Trouble };

/**
 * One connection to the server. nodemailer speaks SMTP; what is ours is that every step ends, and that it is known
 * afterwards whether the whole message may have been handed over.
 */
export class Session {
  readonly #connection: SMTPConnection;
  readonly #bounds: SmtpLimits;
  readonly #clock: Clock;
  #ended = false;

  constructor(server: SmtpServer, bounds: SmtpLimits, clock: Clock) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#connection = new SMTPConnection({
      host: server.host,
      port: server.port,
      // What was asked for is what must happen, or nothing: nodemailer's default takes STARTTLS if it is offered.
      secure: server.tls === 'implicit',
      requireTLS: server.tls === 'starttls',
      ignoreTLS: server.tls === 'none',
      ...(server.tlsOptions === undefined ? {} : { tls: { ...server.tlsOptions } }),
      connectionTimeout: bounds.connectTimeout,
      greetingTimeout: bounds.connectTimeout,
      dnsTimeout: bounds.connectTimeout,
      // The net below our own deadlines.
      socketTimeout: bounds.answer + bounds.connectTimeout,
      maxResponseSize: bounds.response,
      logger: false,
      // By a name of its own: under XOAUTH2 nodemailer would log in with a password that it does not have.
      customAuth: { BEARER: bearer },
    });
    // Without a listener an error between two steps would end the process; `end` follows it.
    this.#connection.on('error', () => {});
    this.#connection.on('end', () => {
      this.#ended = true;
    });
  }

  /** Whether there is still somebody to talk to, as far as is known. */
  get open(): boolean {
    return !this.#ended;
  }

  connect(signal: AbortSignal): Promise<Step<true>> {
    // nodemailer bounds connection and greeting; the answer to EHLO is bounded by this alone.
    return this.#step(this.#bounds.connectTimeout * 3, signal, (done) =>
      this.#connection.connect((error) => done(error ?? null, true)),
    );
  }

  login(proof: Proof, signal: AbortSignal): Promise<Step<true>> {
    const data = 'password' in proof ? { user: proof.user, pass: proof.password } : { ...proof, method: 'BEARER' };
    return this.#step(this.#bounds.login, signal, (done) => this.#connection.login(data, (error) => done(error, true)));
  }

  /**
   * Hands one letter over. `progress` of its end is `handed` from the moment in which the last piece left our hands, which is a
   * little before the server can have the message.
   */
  async send(letter: Outgoing, signal: AbortSignal): Promise<Step<string> & { readonly progress: Progress }> {
    let progress: Progress = 'none';
    const { envelope, transfer, answer, grace, piece } = this.#bounds;
    const deadline = new Deadline(this.#clock, envelope);
    const stop = () => (progress === 'handed' ? deadline.restart(grace) : deadline.pass());
    const message = Readable.from(
      pieces(letter.raw, piece, (last) => {
        if (last) {
          progress = 'handed';
          deadline.restart(signal.aborted ? grace : answer);
        } else if (progress === 'none') {
          progress = 'begun';
          deadline.restart(transfer);
        }
      }),
      { objectMode: false, highWaterMark: 1 },
    );
    const way: SMTPEnvelope = {
      from: letter.from,
      to: letter.to,
      size: letter.raw.length,
      use8BitMime: letter.raw.some((octet) => octet > 127),
    };
    signal.addEventListener('abort', stop);
    const sent = await this.#until<SMTPConnectionSendInfo>(deadline, (done) => {
      if (signal.aborted) deadline.pass();
      else this.#connection.send(way, message, (error, info) => done(error, info));
    });
    signal.removeEventListener('abort', stop);
    return 'trouble' in sent ? { ...sent, progress } : { done: sent.done.response, progress };
  }

  /** Says goodbye, and does not wait for the answer. */
  quit(): void {
    if (this.open) this.#connection.quit();
    this.#connection.close();
  }

  /** Ends the connection now: what was written and has not left does not leave. */
  cut(): void {
    this.#connection.close();
    const socket = this.#connection._socket;
    if (socket) socket.destroy();
  }

  async #step<T>(most: number, signal: AbortSignal, run: (done: Done<T>) => void): Promise<Step<T>> {
    const deadline = new Deadline(this.#clock, most);
    const stop = () => deadline.pass();
    signal.addEventListener('abort', stop);
    const step = await this.#until<T>(deadline, (done) => (signal.aborted ? stop() : run(done)));
    signal.removeEventListener('abort', stop);
    return step;
  }

  /** The first of: the answer, the end of the connection, the deadline. Whatever is no answer ends the connection. */
  #until<T>(deadline: Deadline, run: (done: Done<T>) => void): Promise<Step<T>> {
    return new Promise((resolve) => {
      const connection = this.#connection;
      const end = (step: Step<T>) => {
        deadline.callOff();
        connection.off('error', broken);
        connection.off('end', closed);
        resolve(step);
      };
      const broken = (error: Error) => end({ trouble: error });
      // An answer that ends the connection, such as 421, is told right after the end.
      const closed = () => setImmediate(() => end({ trouble: new Error('the connection ended') }));
      connection.on('error', broken);
      connection.on('end', closed);
      deadline.passed = () => {
        end({ trouble: Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }) });
        this.cut();
      };
      if (this.#ended) closed();
      else
        run((error, value) => {
          if (error !== null) end({ trouble: error });
          else if (value !== undefined) end({ done: value });
        });
    });
  }
}

type Done<T> = (error: Error | null, value?: T) => void;

/** A deadline that moves as a letter gets on. */
class Deadline {
  readonly #clock: Clock;
  #callOff: () => void;
  #over = false;
  passed: () => void = () => {};

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#callOff = clock.after(ms, () => this.pass());
  }

  restart(ms: number): void {
    this.#callOff();
    if (!this.#over) this.#callOff = this.#clock.after(ms, () => this.pass());
  }

  pass(): void {
    if (this.#over) return;
    this.callOff();
    this.passed();
  }

  callOff(): void {
    this.#over = true;
    this.#callOff();
  }
}

/** The message in pieces; `taken` is told of each right before it is given away, so nothing can be sent that it did not hear of. */
function* pieces(raw: Buffer, size: number, taken: (last: boolean) => void): Generator<Buffer> {
  for (let start = 0; start === 0 || start < raw.length; start += size) {
    taken(start + size >= raw.length);
    yield raw.subarray(start, start + size);
  }
}

/** XOAUTH2, which is what Google and Microsoft take. A refusal comes as a challenge, and an empty answer ends it. */
async function bearer({ auth, sendCommand }: SMTPConnectionCustomAuthContext): Promise<void> {
  const words = `user=${auth.user}\x01auth=Bearer ${auth['token']}\x01\x01`;
  const answer = await sendCommand(`AUTH XOAUTH2 ${Buffer.from(words).toString('base64')}`);
  const last = answer.status === 334 ? await sendCommand('') : answer;
  if (last.status !== 235) throw new Error('no login');
}

import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';
import { no, type Refusal } from './refusal.ts';
import type { RawCommand } from './syntax.ts';

/** What the client sent: a command, one whose literal was refused before it was sent, or too much of something. */
export type Received =
  | { readonly kind: 'command'; readonly command: RawCommand }
  | { readonly kind: 'refused'; readonly text: string; readonly refusal: Refusal }
  | { readonly kind: 'flood'; readonly text: string };

/**
 * Reads commands with their literals (RFC 3501 4.3) and non-synchronizing literals (RFC 7888). It takes from the
 * socket only when asked, so a client that sends faster than we answer waits in its own kernel.
 */
export class CommandReader {
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #invite: () => void;
  #buffer: Buffer = Buffer.alloc(0);

  /** `invite` sends the `+` that a synchronizing literal waits for. */
  constructor(socket: Socket, invite: () => void) {
    this.#chunks = socket[Symbol.asyncIterator]();
    this.#invite = invite;
  }

  /** The next command; null when the client is gone. */
  async next(): Promise<Received | null> {
    let text = '';
    const literals: Buffer[] = [];
    for (;;) {
      const line = await this.line(limits.demo.line - text.length);
      if (line === null) return null;
      if (line === 'flood') return { kind: 'flood', text: 'Too long a command' };
      if (line.includes('\0')) return { kind: 'flood', text: 'NUL in a command' };
      const announced = /\{(\d{1,10})(\+?)\}$/.exec(line);
      if (announced === null) return { kind: 'command', command: { text: text + line, literals } };
      text += `${line.slice(0, announced.index)}\0`;
      const size = Number(announced[1]);
      const synchronizing = announced[2] === '';
      // Only APPEND carries a message; a name or a search text has no need for megabytes.
      const message = /^[^ ]+ APPEND /i.test(text);
      if (size > (message ? limits.demo.literal : limits.demo.line)) {
        // RFC 7888 4: what is already on its way can only be refused by closing.
        if (!synchronizing) return { kind: 'flood', text: 'Too large a literal' };
        return { kind: 'refused', text, refusal: no('Too large a literal', 'TOOBIG') };
      }
      if (literals.length >= limits.demo.literals) return { kind: 'flood', text: 'Too many literals' };
      if (synchronizing) this.#invite();
      const literal = await this.#take(size);
      if (literal === null) return null;
      literals.push(literal);
    }
  }

  /** One line without its end, one octet a character; null when the client is gone, `flood` beyond `max` octets. */
  async line(max: number = limits.demo.line): Promise<string | 'flood' | null> {
    let text = '';
    for (;;) {
      const end = this.#buffer.indexOf(0x0a);
      const piece = this.#buffer.toString('latin1', 0, end < 0 ? this.#buffer.length : end);
      this.#buffer = this.#buffer.subarray(end < 0 ? this.#buffer.length : end + 1);
      text += piece;
      if (text.length > max) return 'flood';
      // RFC 3501 wants CRLF; people who type into netcat send LF.
      if (end >= 0) return text.endsWith('\r') ? text.slice(0, -1) : text;
      if (!(await this.#more())) return null;
    }
  }

  async #take(size: number): Promise<Buffer | null> {
    const pieces: Buffer[] = [];
    let missing = size;
    for (;;) {
      const piece = this.#buffer.subarray(0, missing);
      this.#buffer = this.#buffer.subarray(piece.length);
      pieces.push(piece);
      missing -= piece.length;
      if (missing === 0) return Buffer.concat(pieces, size);
      if (!(await this.#more())) return null;
    }
  }

  async #more(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      this.#buffer = value;
      return true;
    } catch {
      // A reset or a socket that we destroyed: the client is gone either way.
      return false;
    }
  }
}

/** Gathers answers and writes them in large pieces. Strings are one octet a character. */
export class AnswerWriter {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];
  #size = 0;
  #held = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  line(text: string): void {
    this.write(`${text}\r\n`);
  }

  write(piece: string | Buffer): void {
    const octets = typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece;
    this.#pieces.push(octets);
    this.#size += octets.length;
    if (this.#size >= limits.demo.chunk) this.send();
  }

  /** Hands what was gathered to the socket. */
  send(): void {
    if (this.#held || this.#size === 0) return;
    const gathered = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces, this.#size);
    this.#pieces = [];
    this.#size = 0;
    if (gathered !== undefined && this.#socket.writable) this.#socket.write(gathered);
  }

  /** Resolves when the socket takes more, or is gone: a slow reader of a large mailbox does not fill our memory. */
  async ready(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writableNeedDrain || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Keeps answers back until `release`. */
  hold(): void {
    this.send();
    this.#held = true;
  }

  release(): void {
    this.#held = false;
    this.send();
  }
}

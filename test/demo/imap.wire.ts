import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that says exactly what a test wants said, and shows exactly what came back. */
export class Wire {
  readonly #socket: Socket;
  #received = '';
  #ended = false;
  #news: () => void = () => undefined;
  #serial = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      this.#received += text;
      this.#news();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      this.#news();
    });
  }

  /** Connected and greeted. */
  static async open(server: { readonly host: string; readonly port: number }): Promise<Wire> {
    const socket = connect({ host: server.host, port: server.port });
    await once(socket, 'connect');
    const wire = new Wire(socket);
    await wire.until(/^\* OK .*\r\n/);
    return wire;
  }

  /** Logged in besides; the password of every test account is `secret`. */
  static async login(server: { readonly host: string; readonly port: number }, user: string): Promise<Wire> {
    const wire = await Wire.open(server);
    await wire.ask(`LOGIN ${user} secret`);
    return wire;
  }

  send(octets: string): void {
    this.#socket.write(octets, 'latin1');
  }

  /** Sends a command and returns its whole answer; the tag is shown as `A`. */
  async ask(command: string): Promise<string> {
    const tag = `t${++this.#serial}`;
    this.send(`${tag} ${command}\r\n`);
    const answer = await this.until(new RegExp(`(^|\\r\\n)${tag} (OK|NO|BAD)[^\\r\\n]*\\r\\n`));
    return answer.replace(new RegExp(`(^|\\r\\n)${tag} `), '$1A ');
  }

  /** Takes what came, up to the end of the first match. Rejects when the server hung up before. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const taken = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return taken;
      }
      if (this.#ended) throw new Error(`the server hung up after ${JSON.stringify(this.#received.slice(-200))}`);
      await this.#more();
    }
  }

  /** What comes until the server hangs up. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#received;
  }

  /** Sends nothing more. */
  end(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#news = resolve;
    });
  }
}

/** A message with LF, as a test writes it, and CRLF, as IMAP has it. */
export function crlf(text: string): string {
  return text.replace(/\r?\n/g, '\r\n');
}

export function appendCommand(folder: string, text: string, before = ''): string {
  const message = crlf(text);
  return `APPEND ${folder} ${before}{${Buffer.byteLength(message, 'latin1')}+}\r\n${message}`;
}

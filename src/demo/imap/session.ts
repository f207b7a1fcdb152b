import type { Socket } from 'node:net';
import { limits } from '../../base/limits.ts';
import type { Account } from './account.ts';
import { capabilityWords, greetingWords } from './capabilities.ts';
import type { Hooks, SessionInfo, Verdict } from './hooks.ts';
import type { Mailbox } from './mailbox.ts';
import { Names } from './names.ts';
import { bad } from './refusal.ts';
import type { MailStore } from './store.ts';
import type { RawCommand } from './syntax.ts';
import { View } from './view.ts';
import { AnswerWriter, CommandReader } from './wire.ts';

/** One client, from greeting to goodbye: the states of RFC 3501 3. Commands are carried out one after the other. */
export class Session implements SessionInfo {
  readonly id: number;
  readonly store: MailStore;
  readonly reader: CommandReader;
  readonly writer: AnswerWriter;
  account: Account | null = null;
  view: View | null = null;
  /** RFC 6855. */
  utf8 = false;
  #idling = false;
  readonly #socket: Socket;
  readonly #hooks: Hooks;
  readonly #closed: Promise<void>;

  constructor(id: number, socket: Socket, store: MailStore, hooks: Hooks) {
    this.id = id;
    this.store = store;
    this.#socket = socket;
    this.#hooks = hooks;
    this.writer = new AnswerWriter(socket);
    this.reader = new CommandReader(socket, () => {
      this.writer.line('+ OK');
      this.writer.send();
    });
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // A reset is a way to go; `close` follows it.
    socket.on('error', () => undefined);
    socket.setNoDelay(true);
    socket.setTimeout(limits.demo.inactivity, () => this.bye('Inactive for too long'));
  }

  get user(): string | null {
    return this.account?.user ?? null;
  }

  /** How folders are called here, once a user is known. */
  get names(): Names {
    const { capabilities, names } = this.account ?? {};
    if (capabilities === undefined || names === undefined) throw bad('Log in first');
    return this.utf8 ? new Names(capabilities, true) : names;
  }

  get folder(): string | null {
    return this.view?.mailbox.name ?? null;
  }

  get idling(): boolean {
    return this.#idling;
  }

  /** Resolves when the connection is over. `execute` carries out one command, writes its answer and never rejects. */
  async run(execute: (session: Session, command: RawCommand) => Promise<void>): Promise<void> {
    this.writer.line(`* OK [CAPABILITY ${greetingWords}] siftd demo server ready`);
    this.writer.send();
    while (!this.#socket.destroyed && this.#socket.writable) {
      const received = await this.reader.next();
      if (received === null) break;
      switch (received.kind) {
        case 'command':
          await execute(this, received.command);
          break;
        case 'refused': {
          const { text, refusal } = received;
          this.writer.line(
            `${text.split(' ', 1)[0] ?? '*'} ${refusal.status} [${refusal.code ?? 'LIMIT'}] ${refusal.message}`,
          );
          this.writer.send();
          break;
        }
        case 'flood':
          this.bye(received.text);
          break;
      }
    }
    this.#socket.destroySoon();
    await this.#closed;
    this.unselect();
    this.account?.sessions.delete(this);
  }

  capabilities(): string {
    return this.account === null ? greetingWords : capabilityWords(this.account.capabilities);
  }

  select(mailbox: Mailbox, examined: boolean): View {
    this.unselect();
    this.view = new View(
      mailbox,
      examined,
      () => this.#push(),
      (reason) => this.bye(reason),
    );
    return this.view;
  }

  unselect(): void {
    this.view?.close();
    this.view = null;
  }

  /** IDLE (RFC 2177): news is told as it happens, until the client sends a line. Null when it is gone. */
  async idle(mute: boolean): Promise<string | null> {
    this.writer.line('+ idling');
    this.#idling = !mute;
    this.#push();
    this.writer.send();
    const line = await this.reader.line();
    this.#idling = false;
    return line;
  }

  tellNews(expunges: boolean): void {
    const newKeywords = this.account?.capabilities.keywords ?? false;
    for (const line of this.view?.news(expunges, newKeywords) ?? []) this.writer.line(line);
  }

  /** The hook's verdict; empty without a hook, and when the client went away meanwhile. */
  async ask(tag: string, name: string, args: string): Promise<Verdict> {
    const { onCommand } = this.#hooks;
    return onCommand === undefined ? {} : ((await this.unlessClosed(onCommand(this, tag, name, args))) ?? {});
  }

  /** Waits for this, but not longer than the connection lasts. */
  async unlessClosed<T>(work: T | Promise<T>): Promise<T | undefined> {
    return await Promise.race([work, this.#closed.then(() => undefined)]);
  }

  /** Says goodbye (RFC 3501 7.1.5) and hangs up. */
  bye(reason: string): void {
    this.writer.line(`* BYE ${reason}`);
    this.hangUp();
  }

  /** Hangs up when all was sent. */
  hangUp(): void {
    this.writer.release();
    this.unselect();
    this.#socket.destroySoon();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #push(): void {
    if (!this.#idling) return;
    this.tellNews(true);
    this.writer.send();
  }
}

import { startRelay } from '../servers/relay.ts';
import { type Boundary, type Fate, type Judge, Numbering } from './boundary.ts';

export interface ImapWire {
  readonly port: number;
  judge: Judge;
  /** Called at each command, after its boundary passed. */
  onCommand: (what: string) => void;
  /** Ends every connection now, without a word. */
  cut(): void;
  stop(): Promise<void>;
}

/** Between siftd and a plain-text IMAP server: numbers every command and every tagged answer, and obeys the judge. */
export async function startImapWire(target: { readonly host: string; readonly port: number }): Promise<ImapWire> {
  const numbers = new Numbering('imap');
  const wire: { judge: Judge; onCommand: (what: string) => void } = { judge: () => 'pass', onCommand: () => {} };

  const relay = await startRelay(target, (link) => {
    const { client, upstream, end } = link;
    const reach = (when: Boundary['when'], what: string): Fate => {
      const fate = wire.judge(numbers.next(when, what));
      if (fate === 'cut' || fate === 'killed') end();
      if (fate === 'mute') link.muted = true;
      return fate;
    };

    /** Commands that have no answer yet, by tag. */
    const open = new Map<string, string>();
    const sent = new Lines((line) => {
      const [, tag = '', words = ''] = /^([0-9A-Z]+) (.*)\r\n$/s.exec(line.toString('latin1')) ?? [];
      // DONE has no tag and ends IDLE; its answer is the one to IDLE.
      const what = tag === '' ? (line.toString('latin1') === 'DONE\r\n' ? 'DONE' : null) : nameOf(words);
      if (what !== null) {
        if (reach('before', what) !== 'pass') return false;
        if (tag !== '') open.set(tag, what);
        wire.onCommand(what);
      }
      return upstream.write(line) || true;
    });
    const answers = new Lines((line) => {
      const tag = /^([0-9A-Z]+) (OK|NO|BAD)/.exec(line.subarray(0, 40).toString('latin1'))?.[1] ?? '';
      const what = open.get(tag);
      if (what !== undefined) {
        open.delete(tag);
        if (reach('after', what) !== 'pass') return false;
      }
      return client.write(line) || true;
    });
    client.on('data', (data) => void (link.muted || sent.take(data)));
    upstream.on('data', (data) => void (link.muted || answers.take(data)));
  });
  return Object.assign(wire, { port: relay.port, cut: () => relay.cut(), stop: () => relay.stop() });
}

/** `UID MOVE`, `SELECT`: what is done, not to what. */
function nameOf(words: string): string {
  return /^(UID )?\S+/.exec(words)?.[0].toUpperCase() ?? '';
}

/** Lines of a stream, a literal (RFC 9051 4.3) being part of the line that announces it. `take` of them returns false to stop. */
class Lines {
  readonly #each: (line: Buffer) => boolean;
  #pending: Buffer = Buffer.alloc(0);
  #stopped = false;

  constructor(each: (line: Buffer) => boolean) {
    this.#each = each;
  }

  take(data: Buffer): void {
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data]);
    for (let end = this.#end(); end > 0 && !this.#stopped; end = this.#end()) {
      const line = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      this.#stopped = !this.#each(line);
    }
  }

  /** Where the first line ends, 0 while it is not whole. */
  #end(): number {
    for (let from = 0; ; ) {
      const at = this.#pending.indexOf('\n', from);
      if (at < 0) return 0;
      const tail = this.#pending.subarray(Math.max(from, at - 24), at + 1).toString('latin1');
      const literal = /\{(\d+)\+?\}\r\n$/.exec(tail)?.[1];
      if (literal === undefined) return at + 1;
      from = at + 1 + Number(literal);
    }
  }
}

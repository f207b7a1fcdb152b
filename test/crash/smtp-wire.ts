import { startRelay } from '../servers/relay.ts';
import { type Boundary, type Judge, Numbering } from './boundary.ts';

export interface SmtpWire {
  readonly port: number;
  judge: Judge;
  /** Letters that the server said to have taken, whoever heard it. */
  accepted(): number;
  /** Resolves when the server has ended what was begun with it: nothing is accepted any more. */
  quiet(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Between siftd and a plain-text SMTP server: numbers what a letter is made of, and obeys the judge.
 * `forward MAIL`, `reply RCPT`, `reply DATA`: before the server sees it, after it answered. `MIDDLE`: it has seen the first
 * half of what siftd has handed over. `.`: before the server has the end, after its answer. `ANSWER`: it has the end, and
 * has not answered. To the server a siftd that was killed is one that sends no more; what it has to say is still counted.
 */
export async function startSmtpWire(target: { readonly host: string; readonly port: number }): Promise<SmtpWire> {
  const numbers = new Numbering('smtp');
  const wire: { judge: Judge } = { judge: () => 'pass' };
  let accepted = 0;
  let links = 0;
  let told = () => {};

  const relay = await startRelay(target, (link) => {
    const { client, upstream } = link;
    // The ends are told below.
    link.muted = true;
    links++;
    let over = false;
    const leave = () => {
      over = true;
      client.destroy();
      upstream.end();
    };
    client.on('close', leave);
    upstream.on('close', () => {
      leave();
      links--;
      told();
    });

    /** The letters of ours from the null reverse-path are answers. */
    let kind = '';
    let greeted = false;
    /** What has no answer yet; siftd pipelines (RFC 2920) where the server lets it. */
    const open: string[] = [];
    const reach = (when: Boundary['when'], what: string): boolean => {
      const passes = wire.judge(numbers.next(when, `${kind} ${what}`.trim())) === 'pass';
      if (!passes) leave();
      return passes;
    };

    let pending: Buffer = Buffer.alloc(0);
    /** How much of a letter has gone on; null: no letter is under way. */
    let letter: 'none of it' | 'some of it' | null = null;
    const halfway = (data: Buffer): Buffer | null => {
      if (letter === 'some of it') return data;
      letter = 'some of it';
      const half = data.length >> 1;
      upstream.write(data.subarray(0, half));
      return reach('before', 'MIDDLE') ? data.subarray(half) : null;
    };
    client.on('data', (data) => {
      pending = Buffer.concat([pending, data]);
      while (!over && pending.length > 0) {
        if (letter !== null) {
          const at = pending.indexOf('\r\n.\r\n');
          // What may be the beginning of the end waits for the rest.
          const size = at < 0 ? pending.length - 4 : at + 2;
          if (size <= 0) return;
          const rest = halfway(pending.subarray(0, size));
          if (rest === null) return;
          upstream.write(rest);
          pending = pending.subarray(size);
          if (at < 0) return;
          if (!reach('before', '.')) return;
          upstream.write(pending.subarray(0, 3));
          pending = pending.subarray(3);
          letter = null;
          open.push('.');
          if (!reach('before', 'ANSWER')) return;
        } else {
          const end = pending.indexOf('\n') + 1;
          if (end === 0) return;
          const line = pending.subarray(0, end);
          pending = pending.subarray(end);
          const text = line.toString('latin1');
          const what = /^[A-Za-z]+/.exec(text)?.[0].toUpperCase() ?? '';
          if (what === 'MAIL') kind = /^MAIL FROM:<>/i.test(text) ? 'reply' : 'forward';
          if (!reach('before', what)) return;
          open.push(what);
          upstream.write(line);
        }
      }
    });

    let said = '';
    upstream.on('data', (data: Buffer) => {
      said += data.toString('latin1');
      for (;;) {
        const [answer] = /^(\d{3}-.*\r\n)*\d{3}(?!-).*\r\n/.exec(said) ?? [];
        if (answer === undefined) return;
        said = said.slice(answer.length);
        // The greeting is the answer to nothing.
        const what = greeted ? (open.shift() ?? '') : '';
        greeted = true;
        if (what === '.' && answer.startsWith('250')) accepted++;
        if (over || (what !== '' && !reach('after', what))) continue;
        if (what === 'DATA' && answer.startsWith('354')) letter = 'none of it';
        client.write(Buffer.from(answer, 'latin1'));
      }
    });
  });
  return Object.assign(wire, {
    port: relay.port,
    accepted: () => accepted,
    async quiet() {
      while (links > 0) {
        await new Promise<void>((resolve) => {
          told = resolve;
        });
      }
    },
    stop: () => relay.stop(),
  });
}

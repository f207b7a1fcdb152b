import { startRelay } from '../servers/relay.ts';

/** What happens to one command line on its way to the server. */
export type Verdict =
  | 'pass'
  /** The connection ends before the server sees it. */
  | 'cut-before'
  /** The server carries it out and answers, and the connection ends before the client sees that. */
  | 'cut-after'
  /** Half-open: from here on nothing passes either way, and nobody is told. */
  | 'mute'
  /** The server never sees it; the client gets this. `TAG` in it becomes the command's tag. */
  | { readonly answer: string }
  /** The server gets this command in its place. */
  | { readonly instead: string }
  /** It is passed on when the promise resolves; with `answers` the client gets that instead, as above. */
  | { readonly after: Promise<void>; readonly answers?: string };

export interface ImapProxy {
  readonly port: number;
  /** Every command line that a client sent, without its tag; passwords too, so never print them. */
  readonly commands: readonly string[];
  /** Decides on each command line, which it gets without its tag. */
  judge: (command: string) => Verdict;
  stop(): Promise<void>;
}

/** A TCP proxy before a plain-text IMAP server that can do to a connection what networks and servers do. */
export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<ImapProxy> {
  const commands: string[] = [];
  const proxy: { judge: (command: string) => Verdict } = { judge: () => 'pass' };

  const relay = await startRelay(target, (link) => {
    const { client, upstream, end } = link;
    /** The tag whose answer ends the connection. */
    let fatal: string | null = null;
    let answered = '';
    let pending = '';
    let turn = Promise.resolve();
    const handle = async (line: string): Promise<void> => {
      const [, tag, command] = /^([0-9A-Z]+) (.*)\r\n$/s.exec(line) ?? [];
      if (tag === undefined || command === undefined) {
        upstream.write(line, 'latin1');
        return;
      }
      commands.push(command);
      const verdict = proxy.judge(command);
      if (verdict === 'cut-before') end();
      else if (verdict === 'mute') link.muted = true;
      else if (verdict === 'pass') upstream.write(line, 'latin1');
      else if (verdict === 'cut-after') {
        fatal = tag;
        upstream.write(line, 'latin1');
      } else if ('instead' in verdict) upstream.write(`${tag} ${verdict.instead}\r\n`, 'latin1');
      else if ('answer' in verdict) client.write(verdict.answer.replaceAll('TAG', tag));
      else {
        await verdict.after;
        if (verdict.answers === undefined) upstream.write(line, 'latin1');
        else client.write(verdict.answers.replaceAll('TAG', tag));
      }
    };
    client.on('data', (data) => {
      if (link.muted) return;
      pending += data.toString('latin1');
      for (let at = pending.indexOf('\n'); at >= 0; at = pending.indexOf('\n')) {
        const line = pending.slice(0, at + 1);
        pending = pending.slice(at + 1);
        turn = turn.then(() => (link.muted ? undefined : handle(line)));
      }
    });
    upstream.on('data', (data) => {
      if (link.muted) return;
      if (fatal === null) {
        client.write(data);
        return;
      }
      answered += data.toString('latin1');
      if (new RegExp(`^${fatal} (OK|NO|BAD)`, 'm').test(answered)) end();
    });
  });
  return Object.assign(proxy, { port: relay.port, commands, stop: () => relay.stop() });
}

import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';

/** One connection through a relay: whoever joins its two ends decides what passes. */
export interface Link {
  readonly client: Socket;
  readonly upstream: Socket;
  /** Half-open from here on: when one side goes the other is not told. Whoever joined the ends lets nothing pass. */
  muted: boolean;
  /** Both ends, without a word. */
  end(): void;
}

export interface Relay {
  readonly port: number;
  /** Ends every connection now. */
  cut(): void;
  stop(): Promise<void>;
}

/** A TCP relay on a port of its own before a server. */
export async function startRelay(
  target: { readonly host: string; readonly port: number },
  join: (link: Link) => void,
): Promise<Relay> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = dial({ ...target, noDelay: true });
    const link: Link = {
      client,
      upstream,
      muted: false,
      end() {
        client.destroy();
        upstream.destroy();
      },
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // 'close' follows.
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        if (!link.muted) link.end();
      });
    }
    join(link);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut,
    async stop() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** As far away as a round trip of so many milliseconds, without a limit of what passes. Ends are told at once. */
export function startFar(target: { readonly host: string; readonly port: number }, roundTrip: number): Promise<Relay> {
  return startRelay(target, ({ client, upstream }) => {
    const carry = (from: Socket, to: Socket) =>
      // Timers of one length fire in the order in which they were set.
      from.on('data', (data) => setTimeout(() => to.writable && to.write(data), roundTrip / 2));
    carry(client, upstream);
    carry(upstream, client);
  });
}

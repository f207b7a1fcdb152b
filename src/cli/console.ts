import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Config, ConsoleConfig } from '../config/config.ts';
import { newSecret } from '../console/gate.ts';
import type { ConsoleParts } from '../console/parts.ts';
import { serveConsole } from '../console/server.ts';
import { Letters } from '../daemon/letters.ts';
import type { Abilities, Mailboxes, Parser } from '../daemon/ports.ts';
import { openAsking } from '../store/asking.ts';
import { openReading } from '../store/reading.ts';
import type { Store } from '../store/store.ts';
import { printed } from './check.ts';
import { readReports } from './report.ts';

/** The daemon as far as its console sees it. */
export interface Inside {
  /** In force. */
  readonly config: () => Config;
  readonly store: Store;
  readonly mailboxes: Mailboxes;
  readonly parser: Parser;
  /** What the servers can do, by account; null while there is no connection. */
  readonly abilities: () => ReadonlyMap<string, Abilities | null>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
}

export interface Opened {
  /** Logs in whoever opens it; without the token where the configuration gives one. */
  readonly link: string;
  /** It shows another configuration from now on. Who is logged in stays so, unless the token is another one. */
  adopt(config: Config): Promise<void>;
  close(): Promise<void>;
}

/** The console of a running daemon. A port that another program has is no reason to sort no mail: then there is none. */
export async function openConsole(inside: Inside): Promise<Opened | null> {
  const { store, clock, log, stopping } = inside;
  const { state, console: first } = inside.config();
  if (first === null) return null;
  const made = newSecret();
  const journal = join(state, 'siftd.db');
  const letters = new Letters({ mailboxes: inside.mailboxes, parser: inside.parser, signal: stopping });
  let resting = new AbortController();
  /** Connections that nobody has used for a while are given back. */
  const rest = () => {
    resting.abort();
    resting = new AbortController();
    const { signal } = resting;
    void clock.sleep(limits.console.peekIdle, AbortSignal.any([signal, stopping])).then(async () => {
      if (!signal.aborted) await letters.close();
    });
  };
  const reading = openReading(journal);
  const asking = openAsking(journal);
  const shut = async () => {
    resting.abort();
    await letters.close();
    asking.close();
    reading.close();
  };
  const partsOf = (config: Config, { listen, host, token, trustProxy }: ConsoleConfig): ConsoleParts => ({
    token: token?.reveal() ?? made,
    reach: { names: host === null ? [listen.host] : [listen.host, host], trustProxy },
    store,
    reading,
    asking,
    settings: {
      file: config.file,
      yaml: () => printed(config),
      warnings: config.warnings,
      async examine() {
        // Loaded when somebody wants to know.
        const { checkup } = await import('./checkup.ts');
        await letters.close();
        return await checkup({ file: config.file, write: false, inForce: printed(config), clock, signal: stopping });
      },
    },
    accounts: new Map(
      [...config.accounts.values()].map(({ name, user, host: server, port, folders, policy }) => [
        name,
        { name, address: `${user} at ${server}:${port}`, folders, policy },
      ]),
    ),
    reports: (since) =>
      readReports(config, { since }).map(({ accounts, report }) => ({
        accounts: accounts.map(({ name }) => name),
        report,
      })),
    abilities: () =>
      new Map([...inside.abilities()].map(([name, can]) => [name, can === null ? [] : abilitiesInWords(can)])),
    async peek({ account, place, identity }) {
      const read = await letters.read(account, place, identity.size);
      rest();
      return read;
    },
    clock,
    random: { below: (below) => randomInt(below) },
    log,
  });
  try {
    const config = inside.config();
    const served = await serveConsole(partsOf(config, config.console ?? first), first.listen);
    const { url } = served;
    const linkOf = ({ token }: ConsoleConfig) => (token === null ? `${url}/login#${made}` : url);
    log.info({ url: linkOf(first) }, 'console');
    return {
      link: linkOf(first),
      async adopt(next) {
        if (next.console === null) return;
        served.adopt(partsOf(next, next.console));
        // Their connections were opened as it was before.
        await letters.close();
      },
      async close() {
        await served.close(limits.http.grace);
        await shut();
      },
    };
  } catch (error) {
    await shut();
    if (!(error instanceof UserError)) throw error;
    log.warn(`no console: ${error.message}`);
    return null;
  }
}

/** By the names that the standards give them. */
function abilitiesInWords({ move, uidplus, idle, objectId, gmail }: Abilities): string[] {
  const words = { MOVE: move, UIDPLUS: uidplus, IDLE: idle, OBJECTID: objectId, 'X-GM-EXT-1': gmail };
  return Object.entries(words).flatMap(([word, can]) => (can ? [word] : []));
}

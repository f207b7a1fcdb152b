import { type Clock, systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import type { Config } from '../config/config.ts';
import { newSecret } from '../console/gate.ts';
import { serveConsole } from '../console/server.ts';
import type { Store } from '../store/store.ts';
import { printed } from './check.ts';

export interface Opened {
  /** Logs in whoever opens it; without the token where the configuration gives one. */
  readonly link: string;
  close(): Promise<void>;
}

/** The console of a running daemon. A port that another program has is no reason to sort no mail: then there is none. */
export async function openConsole(
  config: Config,
  store: Store,
  log: Logger,
  clock: Clock = systemClock,
): Promise<Opened | null> {
  if (config.console === null) return null;
  const { listen, host, token, trustProxy } = config.console;
  const secret = token?.reveal() ?? newSecret();
  try {
    const listening = await serveConsole(
      {
        token: secret,
        store,
        reach: { names: host === null ? [listen.host] : [listen.host, host], trustProxy },
        settings: { file: config.file, yaml: printed(config), warnings: config.warnings },
        clock,
        log,
      },
      listen,
    );
    const link = token === null ? `${listening.url}/login#${secret}` : listening.url;
    log.info({ url: link }, 'console');
    return { link, close: () => listening.close(limits.http.grace) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warn(`no console: ${error.message}`);
    return null;
  }
}

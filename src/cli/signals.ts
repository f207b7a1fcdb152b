import type { Logger } from '../base/log.ts';

/** Aborts at the first SIGTERM or SIGINT. The second SIGINT ends the process at once: a person insists. */
export function stopSignal(log: Logger | null): AbortSignal {
  const stop = new AbortController();
  const stopping = (signal: NodeJS.Signals) => {
    if (stop.signal.aborted && signal === 'SIGINT') process.exit(130);
    log?.info({ signal }, 'stopping');
    stop.abort();
  };
  process.on('SIGTERM', stopping);
  process.on('SIGINT', stopping);
  return stop.signal;
}

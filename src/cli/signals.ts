import { isatty } from 'node:tty';
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

/**
 * SIGHUP asks for the configuration to be read again, unless it comes because the terminal that siftd was started in has
 * gone: then it ends siftd, as everybody expects. Resolves true once it came, since the last call or from now on; false once
 * `stopping` has aborted.
 */
export function hangups(): (stopping: AbortSignal) => Promise<boolean> {
  const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor));
  let asked = false;
  let heard = () => {};
  process.on('SIGHUP', () => {
    if (terminals.some((descriptor) => !isatty(descriptor))) process.kill(process.pid, 'SIGTERM');
    asked = true;
    heard();
  });
  return (stopping) =>
    new Promise((resolve) => {
      heard = () => {
        if (!asked && !stopping.aborted) return;
        stopping.removeEventListener('abort', heard);
        resolve(!stopping.aborted);
        asked = false;
        heard = () => {};
      };
      stopping.addEventListener('abort', heard);
      heard();
    });
}

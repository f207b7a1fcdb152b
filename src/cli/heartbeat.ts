import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/log.ts';
import { notifySystemd } from '../base/notify.ts';
import type { Vitals } from '../daemon/vitals.ts';

/**
 * Feeds systemd's watchdog while the daemon is alive, and tells systemd in words how it fares, for `systemctl status`.
 * sd_watchdog_enabled(3): the unit's WatchdogSec stands in $WATCHDOG_USEC, and half of it is the pace to keep. Answers what
 * is to be called at every beat.
 */
export function heartbeat({ clock, log }: { readonly clock: Clock; readonly log: Logger }): (vitals: Vitals) => void {
  if (!process.env['NOTIFY_SOCKET']) return () => {};
  const micros = Number(process.env['WATCHDOG_USEC'] ?? 0);
  const pace = Math.min(limits.vitals.told, micros > 0 ? micros / 1000 / 2 - limits.vitals.every : limits.vitals.told);
  let last = Number.NEGATIVE_INFINITY;
  let starved = false;
  return (vitals) => {
    const now = clock.now();
    if (now - last < pace) return;
    last = now;
    const alive = vitals.alive();
    if (!alive && !starved) log.error('nothing moves any more: systemd is not told that siftd is alive');
    starved = !alive;
    void notifySystemd(`STATUS=${vitals.sentence()}`, ...(alive && micros > 0 ? (['WATCHDOG=1'] as const) : []));
  };
}

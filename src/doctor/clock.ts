import { limits } from '../base/limits.ts';
import { broken, type Check, doubtful, passed } from './check.ts';

/** `ahead`: how far the other clock is ahead of ours, in milliseconds; both are told in whole seconds. */
export function clockCheck(whose: string, ahead: number): Check {
  const off = Math.abs(ahead);
  const detail = `it is ${span(off)} ${ahead > 0 ? 'ahead of' : 'behind'} ours`;
  const remedy = 'set whichever is wrong: on this machine, timedatectl set-ntp true';
  // After a change of UIDVALIDITY old mail would count as new, or new mail as old.
  if (off > limits.daemon.resyncMargin) return broken('clock', detail, remedy, whose);
  if (off > limits.doctor.skew) return doubtful('clock', detail, remedy, whose);
  return passed('clock', off < 2000 ? 'it agrees with ours' : detail, whose);
}

function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

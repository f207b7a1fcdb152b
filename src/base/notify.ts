import { execFile } from 'node:child_process';

/** What systemd is told, see sd_notify(3). WATCHDOG=1 says that we are alive, where the unit has WatchdogSec. */
export type ServiceState =
  | 'READY=1'
  | 'RELOADING=1'
  | 'STOPPING=1'
  | 'WATCHDOG=1'
  | `MONOTONIC_USEC=${bigint}`
  | `STATUS=${string}`;

/** The program answers in milliseconds; a service manager that hangs must not hold up our stop. */
const timeout = 5000;

/**
 * Tells systemd about the service, where systemd asked for it ($NOTIFY_SOCKET). Node cannot send datagrams to a unix
 * socket, so the program systemd-notify does; it is not the main process, hence NotifyAccess=all in the unit.
 * Resolves once systemd has read it. Never throws; false: systemd asked, and could not be told.
 */
export function notifySystemd(...states: readonly ServiceState[]): Promise<boolean> {
  if (!process.env['NOTIFY_SOCKET']) return Promise.resolve(true);
  // A state is one line of the protocol: what follows a line break would be the next field.
  const fields = states.map((state) => state.replace(/[\r\n\0]+/g, ' '));
  return new Promise((resolve) => {
    execFile('systemd-notify', fields, { timeout }, (error) => resolve(error === null));
  });
}

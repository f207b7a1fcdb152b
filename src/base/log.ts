import { fstatSync } from 'node:fs';
import { type DestinationStream, destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LogOptions {
  readonly level?: string | undefined;
  /** Where lines go; stderr, so that stdout stays one JSON document. */
  readonly to?: DestinationStream | undefined;
}

/**
 * JSON lines on stderr. At level info no line holds a subject, a body or an address: lines name jobs by id.
 * Secrets never reach a logger; the redaction is the second lock on that door.
 */
export function createLog(options: LogOptions = {}): Logger {
  return pino(
    {
      base: null,
      level: options.level ?? 'info',
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['password', 'token', 'authorization', '*.password', '*.token', '*.authorization', '*.pass'],
    },
    options.to ?? standardError(),
  );
}

function standardError(): DestinationStream {
  const to = destination({ fd: 2, sync: true });
  return isJournal(2) ? withPriorities(to) : to;
}

/** Whether systemd's journal reads it (systemd.exec(5), $JOURNAL_STREAM). */
function isJournal(descriptor: number): boolean {
  const { dev, ino } = fstatSync(descriptor);
  return process.env['JOURNAL_STREAM'] === `${dev}:${ino}`;
}

/** sd-daemon(3): the journal takes a priority from the front of a line, and leaves it out of the message. */
function withPriorities(to: DestinationStream): DestinationStream {
  const stream = {
    // pino writes down the level of each line before it writes the line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 30,
    write(line: string): void {
      const { lastLevel: level } = stream;
      to.write(`<${level >= 60 ? 2 : level >= 50 ? 3 : level >= 40 ? 4 : level >= 30 ? 6 : 7}>${line}`);
    },
  };
  return stream;
}

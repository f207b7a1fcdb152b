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
    options.to ?? destination({ fd: 2, sync: true }),
  );
}

import type { ConnectionOptions } from 'node:tls';
import type { Outcome } from '../base/errors.ts';
import type { limits } from '../base/limits.ts';

/** Every wait of a session; a test may shorten them. */
export type SmtpLimits = { readonly [K in keyof typeof limits.smtp]: number };

/** Where mail is handed in. `none` is for loopback hosts: everything crosses in the clear. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  /** How we log in; `refused` is a token that the server has just not taken, however long it was said to last. */
  readonly login:
    | null
    | { readonly user: string; readonly password: () => string }
    | {
        readonly user: string;
        readonly token: (signal: AbortSignal, refused: string | null) => Promise<Outcome<string>>;
      };
  /** A private authority (PEM), the name in its certificate, or, for tests alone, no verification at all. */
  readonly tlsOptions?: Pick<ConnectionOptions, 'ca' | 'servername' | 'rejectUnauthorized'> | undefined;
}

/** How we say who we are: resolved, unlike the server's `login`. */
export type Proof = { readonly user: string } & ({ readonly password: string } | { readonly token: string });

/** One letter as it goes over the wire. */
export interface Outgoing {
  /** The reverse path; empty: the null one (RFC 5321 4.5.5). */
  readonly from: string;
  readonly to: string;
  /** The message, whole. */
  readonly raw: Buffer;
}

/** How far a letter came before its trouble: what of it may have reached the server. */
export type Progress = 'none' | 'begun' | 'handed';

/** An error of nodemailer's connection. `code` is its own word, `originalCode` the system's. */
export type Trouble = Error & {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly command?: string;
};

import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { signingFault } from '../triage/sending.ts';
import type { SecretSource } from './values.ts';

/**
 * A password or a token. It can be passed about, printed, logged and sent through JSON without being shown: only
 * `reveal`, at the edge that sends it, gives it away.
 */
export class Secret {
  /** Where it came from, which is no secret. */
  readonly source: SecretSource;
  readonly #value: string | null;

  /** `null`: it was not read, because this command has no use for it, or could not be. */
  constructor(source: SecretSource, value: string | null) {
    this.source = source;
    this.#value = value;
  }

  /** Whether there is anything to reveal. */
  get known(): boolean {
    return this.#value !== null;
  }

  reveal(): string {
    if (this.#value === null) throw new Error('this secret was not read: the configuration was loaded without secrets');
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}

export interface SecretPlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start: the folder of the configuration. */
  readonly folder: string;
}

/**
 * A `header` is sent in one (RFC 9110 5.5: visible ASCII and single spaces within), a `login` in the IMAP login. A `gate` is
 * typed by a person and may be guessed at. `signing`: a key, as Standard Webhooks writes it.
 */
export type SecretUse = 'login' | 'header' | 'gate' | 'signing';

export type SecretRead =
  | { readonly ok: true; readonly secret: Secret; readonly warning: string | null }
  /** What was found and what to do about it; never holds the secret. */
  | { readonly ok: false; readonly why: string };

/** Reads a secret. One line break at its end is no part of it: editors and `echo` put it there. */
export function readSecret(source: SecretSource, use: SecretUse, places: SecretPlaces): SecretRead {
  const found = fetchSecret(source, places);
  if ('why' in found) return { ok: false, why: found.why };
  const value = found.value.replace(/\r?\n$/, '');
  const flaw = flawOf(value, use);
  if (flaw !== null) return { ok: false, why: `${nameOf(source)} ${flaw}` };
  return { ok: true, secret: new Secret(source, value), warning: found.warning };
}

type Fetched = { readonly value: string; readonly warning: string | null } | { readonly why: string };

function fetchSecret(source: SecretSource, { env, folder }: SecretPlaces): Fetched {
  if ('env' in source) {
    const value = env[source.env];
    return value === undefined
      ? { why: `the environment variable ${source.env} is not set; set it where siftd is started` }
      : { value, warning: null };
  }
  if ('file' in source) {
    const path = resolve(folder, source.file);
    const read = readSmall(path, nameOf(source));
    if ('why' in read || !read.worldReadable) return read;
    return { value: read.value, warning: `everybody on this machine can read ${path}; chmod 600 it` };
  }
  const credentials = env['CREDENTIALS_DIRECTORY'];
  if (credentials === undefined || credentials === '') {
    return {
      why: `the credential ${source.credential} is given by systemd, and siftd was not started by it; use LoadCredential=${source.credential}:PATH in the unit, or {file: PATH} here`,
    };
  }
  const read = readSmall(resolve(credentials, source.credential), nameOf(source));
  if ('why' in read && read.missing) {
    return {
      why: `systemd gave no credential ${source.credential}; add LoadCredential=${source.credential}:PATH to the unit`,
    };
  }
  return read;
}

type Small =
  | { readonly value: string; readonly worldReadable: boolean; readonly warning: null }
  | { readonly why: string; readonly missing: boolean };

function readSmall(path: string, name: string): Small {
  try {
    const { size, mode } = statSync(path);
    if (size > limits.config.secretBytes) {
      return { why: `${name} has ${size} octets; a secret has up to ${limits.config.secretBytes}`, missing: false };
    }
    // The others' read bit: whoever has an account on this machine.
    return { value: readFileSync(path, 'utf8'), worldReadable: (mode & 0o004) !== 0, warning: null };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null;
    switch (code) {
      case 'ENOENT':
        return { why: `${name} does not exist (${path})`, missing: true };
      case 'EACCES':
        return { why: `${name} may not be read by this user (${path})`, missing: false };
      case 'EISDIR':
        return { why: `${name} is a folder (${path}); a file is needed`, missing: false };
      default:
        return { why: `${name} cannot be read: ${reasonOf(error)}`, missing: false };
    }
  }
}

function flawOf(value: string, use: SecretUse): string | null {
  if (value === '') return 'is empty';
  if (value.length > limits.config.secretBytes) return `is longer than ${limits.config.secretBytes} octets`;
  if (/[\r\n]/.test(value)) return 'has several lines; a secret is one line';
  switch (use) {
    case 'gate':
      if (value.length < limits.console.tokenChars)
        return `is short; at least ${limits.console.tokenChars} characters keep it from being guessed`;
      return /\p{Cc}|\ufffd/u.test(value) ? 'holds control characters or is not UTF-8' : null;
    case 'login':
      return /\p{Cc}|\ufffd/u.test(value) ? 'holds control characters or is not UTF-8' : null;
    case 'signing':
      return signingFault(value);
    case 'header':
      return /^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(value)
        ? null
        : 'cannot be sent in an HTTP header: printable ASCII is needed, without spaces around it';
  }
}

function nameOf(source: SecretSource): string {
  if ('env' in source) return `the environment variable ${source.env}`;
  return 'file' in source ? `the file ${source.file}` : `the credential ${source.credential}`;
}

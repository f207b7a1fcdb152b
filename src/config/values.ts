import { z } from 'zod';
import { limits } from '../base/limits.ts';

/** The kinds of values that stand in the configuration file. A message here is the second half of an error: see schema.ts. */

/** A map with these keys and no others. An unknown key's message is the list of the known ones. */
export function section<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : `a map of ${Object.keys(shape).join(', ')}`,
  });
}

export function whole(min: number, max: number) {
  const allowed = `a whole number from ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed);
}

export const share = (allowed: string) => z.number(allowed).min(0, allowed).max(1, allowed);

/** For names and words, which YAML takes for a number or a truth value if they look like one. */
export function worded(allowed: string) {
  return {
    error: ({ code, input }: { readonly code?: string | undefined; readonly input?: unknown }) =>
      code === 'invalid_type' && (typeof input === 'number' || typeof input === 'boolean')
        ? `${allowed}; in quotes, since it looks like a ${typeof input === 'number' ? 'number' : 'yes or no'}`
        : allowed,
  };
}

export const yesOrNo = z.boolean('true or false');

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m` and the like; milliseconds once it is read. */
export function duration(min: number, max: number) {
  const allowed = `a time such as 30s, 15m, 12h or 7d, from ${durationText(min)} to ${durationText(max)}`;
  return z
    .string(allowed)
    .regex(/^[1-9][0-9]{0,8}(ms|s|m|h|d)$/, allowed)
    .transform((text, context) => {
      const amount = Number.parseInt(text, 10);
      const ms = amount * (units[text.slice(String(amount).length)] ?? Number.NaN);
      if (ms >= min && ms <= max) return ms;
      context.addIssue({ code: 'custom', message: allowed });
      return z.NEVER;
    });
}

/** The shortest way to write so many milliseconds. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(units).findLast(([, size]) => ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

const noControls = /^[^\p{Cc}\p{Cs}\u2028\u2029]+$/u;

export function text(what: string, most: number) {
  const allowed = `${what}, up to ${most} characters in one line`;
  return z.string(worded(allowed)).max(most, allowed).regex(noControls, allowed);
}

/** A part of paths and log lines: no separators, no dot in front. */
export function pathSafe(what: string) {
  const allowed = `${what}: letters, digits, "_" and "-", up to ${limits.config.name}`;
  return z
    .string(worded(allowed))
    .regex(new RegExp(`^[A-Za-z0-9][A-Za-z0-9_-]{0,${limits.config.name - 1}}$`), allowed);
}

/* ---- secrets ---- */

/** Whoever writes a secret into the file must not find it again in a message or a log of that message. */
export const secretAllowed =
  'where the secret is, never the secret itself: {env: VARIABLE}, {file: PATH} or {credential: NAME}';
const envAllowed = 'the name of an environment variable: letters, digits and "_"';
const fileAllowed = 'the path of a file, relative to this configuration';
const credentialAllowed = 'the name of a systemd credential: letters, digits, ".", "_" and "-"';
export const urlAllowed = 'a URL such as https://classifier.example, without a user, a password, "?" or "#"';

/** Messages beside which what was found is never shown. */
export const masked: ReadonlySet<string> = new Set([
  secretAllowed,
  envAllowed,
  fileAllowed,
  credentialAllowed,
  urlAllowed,
]);

export const secretSchema = z
  .union(
    [
      section({
        env: z
          .string(envAllowed)
          .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, envAllowed)
          .describe('An environment variable.'),
      }),
      section({
        file: z
          .string(fileAllowed)
          .max(4096, fileAllowed)
          .regex(noControls, fileAllowed)
          .describe('A file that holds the secret and nothing else; a relative path starts at this configuration.'),
      }),
      section({
        credential: z
          .string(credentialAllowed)
          .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/, credentialAllowed)
          .describe('A systemd credential (LoadCredential=, LoadCredentialEncrypted=).'),
      }),
    ],
    secretAllowed,
  )
  .describe('Where a secret is: { env: VARIABLE }, { file: PATH } or { credential: NAME }.');

export type SecretSource = z.output<typeof secretSchema>;

/* ---- folders, labels, routes ---- */

/** RFC 6154, less \Flagged, which is a view of flagged messages and no place to move to. */
const specialUses = ['\\All', '\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'];

const folderAllowed = `a folder such as Support/Refunds: levels parted by "/", none of them empty, no "*" or "%", up to ${limits.config.folder} characters`;

/**
 * A "/" in front is the server's root (shared folders), a "\" a special use. Empty levels name no folder; "*" and "%"
 * are wildcards of LIST (RFC 9051 6.3.9).
 */
const folderPattern = /^(?!\\)\/?[^/*%\p{Cc}\p{Cs}\u2028\u2029]+(\/[^/*%\p{Cc}\p{Cs}\u2028\u2029]+)*$/u;

/** RFC 9051 5.1: INBOX in any case is the inbox, and names are Net-Unicode, which is NFC. */
function ownForm(name: string): string {
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : name.normalize('NFC');
}

export const folder = z
  .string(worded(folderAllowed))
  .max(limits.config.folder, folderAllowed)
  .regex(folderPattern, folderAllowed)
  .transform(ownForm);

const destinationAllowed = `${folderAllowed}; or a special use: ${specialUses.join(' ')}`;

export const destination = z
  .string(worded(destinationAllowed))
  .max(limits.config.folder, destinationAllowed)
  .regex(new RegExp(`${folderPattern.source}|^\\\\(All|Archive|Drafts|Junk|Sent|Trash)$`, 'u'), destinationAllowed)
  .transform(ownForm);

export const labelAllowed = `an IMAP keyword: printable ASCII without spaces and without ( ) { ] % * " \\, up to ${limits.config.label} characters; \\Flagged and \\Seen are "flag: true" and "seen: true"`;

/** On Gmail a label is a folder, and only there may it be more than a keyword: see meaning.ts. */
export const label = z
  .string(worded(labelAllowed))
  .max(limits.config.folder, labelAllowed)
  .regex(new RegExp(`^[!#$&'+-Z[^-z|}~]+$|${folderPattern.source}`, 'u'), labelAllowed)
  .transform((name) => name.normalize('NFC'));

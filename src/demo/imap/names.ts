import { limits } from '../../base/limits.ts';
import { fromServer, type Namespace, toServer } from '../../mail/mailbox.ts';
import { no } from './refusal.ts';

/**
 * Folder names. Inside the store, as everywhere in siftd, levels are parted by `/` and INBOX stands in capitals;
 * on the wire a server has its own delimiter, a namespace prefix (RFC 2342), and modified UTF-7, or UTF-8 for who has
 * enabled it (RFC 6855).
 */
export class Names {
  readonly #namespace: Namespace;
  readonly #utf8: boolean;

  constructor(namespace: Namespace, utf8 = false) {
    this.#namespace = namespace;
    this.#utf8 = utf8;
  }

  /** As it stands on the wire, one octet a character, not quoted yet. */
  toWire(name: string): string {
    const there = this.#toServer(name);
    return this.#utf8 ? Buffer.from(there, 'utf8').toString('latin1') : encodeUtf7(there);
  }

  /** Refuses what cannot be a name here: invalid modified UTF-7, empty levels, outside the namespace, too long. */
  fromWire(wire: Buffer): string {
    const decoded = this.#decoded(wire.toString('latin1'));
    if (decoded === null) throw no('Mailbox name is not valid modified UTF-7', 'CANNOT');
    const name = fromServer(decoded, this.#namespace);
    if (name === null || name.startsWith('/')) throw no('Mailbox name is not possible on this server', 'CANNOT');
    return this.checked(name);
  }

  /** A name that the store may keep. Refuses what no server has, or this one cannot say on the wire. */
  checked(name: string): string {
    const there = toServer(name, this.#namespace);
    if (!there.ok || name.startsWith('/')) throw no('Mailbox name is not possible on this server', 'CANNOT');
    if (/[*%]/.test(name)) throw no('Mailbox name holds a wildcard', 'CANNOT');
    if (name.length > limits.demo.folderName) throw no('Mailbox name is too long', 'CANNOT');
    return there.value === 'INBOX' ? 'INBOX' : name;
  }

  /** Whether a decoded LIST pattern (RFC 3501 6.3.8) matches; `%` stays within one level. */
  matcher(pattern: string): (name: string) => boolean {
    const decoded = this.#decoded(pattern);
    if (decoded === null) return () => false;
    const { delimiter } = this.#namespace;
    return (name) =>
      name === 'INBOX'
        ? matches(decoded.toUpperCase(), name, delimiter)
        : matches(decoded, this.#toServer(name), delimiter);
  }

  #decoded(wire: string): string | null {
    return this.#utf8 ? Buffer.from(wire, 'latin1').toString('utf8') : decodeUtf7(wire);
  }

  #toServer(name: string): string {
    const there = toServer(name, this.#namespace);
    // Names are checked when a folder is made, so this one was made past `checked`: a bug of ours.
    if (!there.ok) throw new Error(there.fault.message);
    return there.value;
  }
}

/** Keeps for each beginning of the name whether the pattern so far can end there: no pattern is slow. */
function matches(pattern: string, name: string, delimiter: string | null): boolean {
  let reached = [true, ...Array.from(name, () => false)];
  for (const symbol of pattern) {
    const next: boolean[] = [];
    for (const [end, here] of reached.entries()) {
      const last = end === 0 ? null : name[end - 1];
      if (symbol === '*') next.push(here || next[end - 1] === true);
      else if (symbol === '%') next.push(here || (next[end - 1] === true && last !== delimiter));
      else next.push(last === symbol && reached[end - 1] === true);
    }
    reached = next;
  }
  return reached.at(-1) === true;
}

/** RFC 3501 5.1.3: printable ASCII stands for itself, `&` is `&-`, all else is UTF-16BE in base64 with `,` for `/`. */
export function encodeUtf7(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-';
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/** Null where it is not the one valid encoding of a name. */
export function decodeUtf7(wire: string): string | null {
  if (/[^\x20-\x7e]/.test(wire)) return null;
  const name = wire.replace(/&([^-]*)-/g, (_, run: string) => {
    if (run === '') return '&';
    const octets = Buffer.from(run.replaceAll(',', '/'), 'base64');
    return octets.length % 2 === 0 ? octets.swap16().toString('utf16le') : '\ufffd';
  });
  return encodeUtf7(name) === wire ? name : null;
}

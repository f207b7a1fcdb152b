import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import {
  connect as connectTls,
  type DetailedPeerCertificate,
  checkServerIdentity as hostFault,
  type Certificate as Name,
} from 'node:tls';
import type { ImapFlow } from 'imapflow';
import { type Clock, systemClock } from '../base/clock.ts';
import { failed, type Outcome, ok, reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { type Account, dial } from './connect.ts';
import { Folders } from './folders.ts';
import { attempt, faultOf, ImapFault, type ImapLimits, Line } from './line.ts';
import { keepable } from './marks.ts';
import { Pace } from './pace.ts';
import { type Pushed, provePush } from './push.ts';

// As in connect.ts: what is loaded already.
const { encodePath } = createRequire(import.meta.url)(
  'imapflow/lib/tools.js',
) as typeof import('imapflow/lib/tools.js');

export interface Certificate {
  /** Common names, the server's own first, up to the authority. */
  readonly chain: readonly string[];
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly until: number;
  /** Why it is not trusted, by Node's code; null where it is, or nobody asked. */
  readonly fault: string | null;
}

/** What a folder is to whoever is logged in. */
export interface FolderFacts {
  /** siftd's name of it; null: there is none. */
  readonly name: string | null;
  /** Of RFC 4314, by letters; null where the server has no ACL. */
  readonly rights: string | null;
  /** As SELECT says; null: it was not opened. */
  readonly readOnly: boolean | null;
  /** Why it could not be opened; null: it was, or nobody tried. */
  readonly refused: string | null;
  /** Of the marks that were asked for, those that are not kept. */
  readonly unkept: readonly string[];
}

export interface SeenFolder {
  readonly name: string;
  /** Its special use (RFC 6154). */
  readonly use: string | null;
  readonly messages: number;
}

export interface InspectOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly limits?: Partial<ImapLimits>;
}

const missing: FolderFacts = { name: null, rights: null, readOnly: null, refused: null, unkept: [] };

/** Logs in to look, and changes nothing but by `push`. Faults are those of `dial`. */
export async function inspect(account: Account, options: InspectOptions): Promise<Outcome<Inspection>> {
  let certificate: Certificate | null = null;
  const checkServerIdentity: typeof hostFault = (host, cert) => {
    const fault = hostFault(host, cert);
    certificate = certificateOf(cert as DetailedPeerCertificate, fault === undefined ? null : fault.message);
    return fault;
  };
  const seen = { ...account, tlsOptions: { ...account.tlsOptions, checkServerIdentity } };
  const line = await lineTo(seen, options);
  return line.ok ? ok(new Inspection(line.value, certificate, () => lineTo(account, options))) : line;
}

async function lineTo(account: Account, options: InspectOptions): Promise<Outcome<Line>> {
  const { connectTimeout, commandTimeout } = limits.doctor;
  const bounds: ImapLimits = { ...limits.imap, connectTimeout, commandTimeout, ...options.limits };
  const clock = options.clock ?? systemClock;
  const dialled = await dial(account, bounds, clock, options.signal);
  if (!dialled.ok) return dialled;
  const paces = { read: new Pace(bounds.batch), act: new Pace(bounds.batch) };
  return ok(new Line(dialled.value, { bounds, clock, paces }));
}

/** One logged-in connection of somebody who looks. Calls come one after the other. */
export class Inspection {
  /** As the server names them, in capitals. */
  readonly capabilities: ReadonlySet<string>;
  /** The protocol's version; null: in the clear. */
  readonly tls: string | null;
  readonly certificate: Certificate | null;
  readonly #line: Line;
  readonly #folders: Folders;
  readonly #another: () => Promise<Outcome<Line>>;

  constructor(line: Line, certificate: Certificate | null, another: () => Promise<Outcome<Line>>) {
    const { client } = line;
    this.#line = line;
    this.#folders = new Folders(line);
    this.#another = another;
    const words = new Set([...client.capabilities.keys()].map((word) => word.toUpperCase()));
    for (const word of ['MOVE', 'UIDPLUS', 'IDLE'] as const) if (line.offers(word)) words.add(word);
    this.capabilities = words;
    this.tls = client.tls ? client.tls.version : null;
    this.certificate = certificate;
  }

  /** siftd's names of the folders that are there. */
  names(): Promise<Outcome<readonly string[]>> {
    return attempt(this.#line, () => this.#folders.real());
  }

  /** The folders as a mail program shows them, with how many messages each holds: STATUS, one after the other. */
  seen(): Promise<Outcome<readonly SeenFolder[]>> {
    return attempt(this.#line, async () => {
      const line = this.#line;
      const seen: SeenFolder[] = [];
      for (const folder of (await this.#folders.all()).slice(0, limits.imap.foldersSought)) {
        const path = this.#folders.path(folder.name);
        const told = await attempt(line, () => line.run(() => line.client.status(path, { messages: true })));
        if (!told.ok && !line.alive) throw new ImapFault(told.fault.kind, told.fault.code, told.fault.message);
        const status = told.ok ? told.value : false;
        seen.push({ ...folder, messages: status === false ? 0 : (status.messages ?? 0) });
      }
      return seen;
    });
  }

  /** `open`: it is opened too, as the daemon does; else only where the server has no ACL that says as much. */
  folder(target: string, { open, marks }: { open: boolean; marks: readonly string[] }): Promise<Outcome<FolderFacts>> {
    return attempt(this.#line, async () => {
      const line = this.#line;
      const name = await this.#folders.find(target);
      if (name === null) return missing;
      const path = this.#folders.path(name);
      const rights = await this.#rights(path);
      const facts = { ...missing, name, rights };
      if (!open && rights !== null) return facts;
      try {
        const { mailbox } = await line.open(path);
        const { unkept } = keepable(marks, mailbox.permanentFlags);
        // On Gmail labels are no keywords.
        const lost = line.gmail ? unkept.filter((mark) => mark.startsWith('\\')) : unkept;
        return { ...facts, readOnly: mailbox.readOnly === true, unkept: lost };
      } catch (error) {
        const fault = line.alive ? faultOf(line, error) : null;
        if (fault === null) throw error;
        return { ...facts, refused: fault.message };
      }
    });
  }

  /** Proves with a message in a folder of its own, which it takes away again, that IDLE pushes. */
  async push(folder: string): Promise<Outcome<Pushed>> {
    const writer = await this.#another();
    if (!writer.ok) return writer;
    try {
      return await attempt(writer.value, () => provePush(this.#line, writer.value, this.#folders.path(folder)));
    } finally {
      await writer.value.leave();
    }
  }

  close(): Promise<void> {
    return this.#line.leave();
  }

  /** MYRIGHTS (RFC 4314 3.5), which imapflow has no command for; null where it is not offered or not answered. */
  async #rights(path: string): Promise<string | null> {
    if (!this.capabilities.has('ACL')) return null;
    const client = this.#line.client as ImapFlow & Commands;
    let rights: string | null = null;
    const MYRIGHTS = async ({ attributes }: Untagged) => {
      const value = attributes?.[1]?.value;
      if (typeof value === 'string') rights = value;
    };
    try {
      await this.#line.run(async () => {
        const mailbox = { type: 'STRING', value: encodePath(client as never, path) };
        const answer = await client.exec('MYRIGHTS', [mailbox], { untagged: { MYRIGHTS } });
        answer.next();
      });
    } catch (error) {
      if (!this.#line.alive || faultOf(this.#line, error) === null) throw error;
    }
    return rights;
  }
}

interface Untagged {
  readonly attributes?: readonly ({ readonly value?: unknown } | null)[];
}

/** What every command of imapflow is made of; its types keep it to themselves. */
interface Commands {
  exec(
    command: string,
    attributes: readonly unknown[],
    options: { readonly untagged: Readonly<Record<string, (untagged: Untagged) => Promise<void>>> },
  ): Promise<{ next(): void }>;
}

/** The certificate of a server that wants TLS from the start, trusted or not. Nothing is sent to it. */
export function presented(
  { host, port, tlsOptions }: Account,
  clock: Clock = systemClock,
): Promise<Outcome<Certificate>> {
  return new Promise((resolve) => {
    const servername = isIP(host) === 0 ? host : undefined;
    const ca = tlsOptions?.ca;
    const socket = connectTls({
      ...{ host, port, rejectUnauthorized: false },
      ...(servername === undefined ? {} : { servername }),
      ...(ca === undefined ? {} : { ca }),
    });
    const end = (outcome: Outcome<Certificate>) => {
      callOff();
      socket.destroy();
      resolve(outcome);
    };
    const late = () => end(failed('temporary', 'connect-timeout', 'it showed no certificate in time'));
    const callOff = clock.after(limits.doctor.connectTimeout, late);
    socket.on('error', (error) => end(failed('temporary', 'tls', reasonOf(error))));
    socket.on('secureConnect', () => {
      const { authorizationError } = socket;
      // Typed as an Error, and by Node's own words a code.
      const fault = authorizationError ? String(authorizationError) : null;
      end(ok(certificateOf(socket.getPeerCertificate(true), fault)));
    });
  });
}

function certificateOf(certificate: DetailedPeerCertificate, fault: string | null): Certificate {
  const chain: string[] = [];
  const known = new Set<string>();
  for (let at: DetailedPeerCertificate | undefined = certificate; at !== undefined; at = at.issuerCertificate) {
    // The last one was issued by itself.
    if (known.has(at.fingerprint256)) break;
    known.add(at.fingerprint256);
    chain.push(nameIn(at.subject) ?? 'somebody without a name');
  }
  const { issuer, valid_from: from, valid_to: until } = certificate;
  if (chain.length === 1) chain.push(nameIn(issuer) ?? 'somebody without a name');
  return { chain, from: Date.parse(from), until: Date.parse(until), fault };
}

function nameIn(name: Name | undefined): string | null {
  const [first] = [name?.CN ?? name?.O].flat();
  return first ?? null;
}

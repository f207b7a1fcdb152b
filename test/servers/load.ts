import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { ImapFlow } from 'imapflow';

/** A message to be put into a folder as it is. */
export interface Letter {
  readonly raw: Buffer | string;
  readonly flags?: readonly string[];
  /** INTERNALDATE; default: the time of the APPEND. */
  readonly internalDate?: Date;
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly folder: string;
}

/**
 * Fills a folder within seconds: LITERAL+ (RFC 7888) spares the round trips and MULTIAPPEND (RFC 3502) the commits.
 * For servers that have both (Dovecot, Cyrus). Creates the folder.
 */
export async function loadAtOnce(target: Target, letters: readonly Letter[]): Promise<void> {
  const socket = connect(target.port, target.host);
  try {
    await once(socket, 'connect');
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await answer(lines, '*', 'greeting');
    await command(socket, lines, `LOGIN ${quote(target.user)} secret`);
    const folder = quote(modifiedUtf7(target.folder));
    if (target.folder.toUpperCase() !== 'INBOX') await command(socket, lines, `CREATE ${folder}`, /ALREADYEXISTS/);
    for (let from = 0; from < letters.length; from += 1000) {
      socket.write(`a APPEND ${folder}`);
      for (const letter of letters.slice(from, from + 1000)) {
        const raw = crlf(letter.raw);
        const date = letter.internalDate ? ` "${dateTime(letter.internalDate)}"` : '';
        socket.write(` (${(letter.flags ?? []).join(' ')})${date} {${raw.length}+}\r\n`);
        if (!socket.write(raw)) await once(socket, 'drain');
      }
      socket.write('\r\n');
      await answer(lines, 'a', `APPEND to ${target.folder}`);
    }
    await command(socket, lines, 'LOGOUT');
  } finally {
    socket.destroy();
  }
}

async function command(socket: Socket, lines: AsyncIterator<string>, text: string, allowed?: RegExp): Promise<void> {
  socket.write(`a ${text}\r\n`);
  await answer(lines, 'a', text, allowed);
}

async function answer(lines: AsyncIterator<string>, tag: string, to: string, allowed?: RegExp): Promise<void> {
  for (;;) {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${to}: the server closed the connection`);
    if (!value.startsWith(`${tag} `)) continue;
    if (value.startsWith(`${tag} OK`) || allowed?.test(value)) return;
    throw new Error(`${to}: ${value}`);
  }
}

/** Mail on the wire ends its lines with CRLF (RFC 5322 2.1); fixtures in source files may not. */
function crlf(raw: Buffer | string): Buffer {
  if (typeof raw !== 'string') return raw;
  return Buffer.from(raw.replace(/\r?\n/g, '\r\n'));
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 9051 appendix A.1: what mailbox names beyond ASCII look like to servers that speak IMAP4rev1. */
function modifiedUtf7(name: string): string {
  return name.replace(/&/g, '&-').replace(/[^\x20-\x7e]+/g, (run) => {
    const base64 = Buffer.from(run, 'utf16le').swap16().toString('base64');
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`;
  });
}

/** RFC 9051 date-time, in UTC. */
function dateTime(date: Date): string {
  const [, day, month, year, time] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString()) ?? [];
  return `${day}-${month}-${year} ${time} +0000`;
}

/** Fills a folder by one APPEND a message, on any server. Creates the folder. */
export async function loadOneByOne(target: Target, letters: readonly Letter[]): Promise<void> {
  const client = new ImapFlow({
    host: target.host,
    port: target.port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: target.user, pass: 'secret' },
    logger: false,
  });
  await client.connect();
  try {
    const path = target.folder.split('/').join(client.namespace?.delimiter ?? '/');
    if (path.toUpperCase() !== 'INBOX') await client.mailboxCreate(path);
    for (const letter of letters) {
      const done = await client.append(path, crlf(letter.raw), [...(letter.flags ?? [])], letter.internalDate);
      if (!done) throw new Error(`APPEND to ${path} was refused`);
    }
  } finally {
    await client.logout();
  }
}

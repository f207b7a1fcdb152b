import { startImapServer } from '../../src/demo/imap/server.ts';
import { startCourier } from '../servers/courier.ts';
import { startCyrus } from '../servers/cyrus.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { startImap4d } from '../servers/imap4d.ts';
import type { OverlayServer } from '../servers/overlay.ts';
import type { Theatre } from './enumerate.ts';
import type { Means } from './stage.ts';

export interface OpenTheatre extends Theatre {
  stop(): Promise<void>;
}

const plenty: Means = { flags: true, move: true, uidplus: true, keywords: true, gmail: false };

/** Each server that differs in what a crash or a cut may leave behind. */
export const theatres: Readonly<Record<string, () => Promise<OpenTheatre>>> = {
  Dovecot: () => onDovecot('Dovecot', 'full', plenty),
  'Dovecot without MOVE': () => onDovecot('Dovecot without MOVE', 'noMove', { ...plenty, move: false }),
  'Dovecot as bare IMAP4rev1': () =>
    onDovecot('Dovecot as bare IMAP4rev1', 'bare', { ...plenty, move: false, uidplus: false }),
  Cyrus: () => inOverlay('Cyrus', plenty, startCyrus()),
  'Courier without keywords': () =>
    inOverlay(
      'Courier without keywords',
      { ...plenty, move: false, keywords: false },
      startCourier({ keywords: false }),
    ),
  'GNU imap4d': () =>
    inOverlay(
      'GNU imap4d',
      { flags: false, move: false, uidplus: false, keywords: false, gmail: false },
      startImap4d(),
    ),
  'Gmail, in this process': onGmail,
};

async function onDovecot(name: string, profile: keyof Dovecot['hosts'], means: Means): Promise<OpenTheatre> {
  const { hosts, port, stop } = await startDovecot();
  const user = numbered();
  return { name, means, login: () => ({ host: hosts[profile], port, user: user() }), stop };
}

async function inOverlay(name: string, means: Means, starting: Promise<OverlayServer>): Promise<OpenTheatre> {
  const { host, port, user, stop } = await starting;
  return { name, means, login: () => ({ host, port, user: user() }), stop };
}

async function onGmail(): Promise<OpenTheatre> {
  const { host, port, store, close } = await startImapServer();
  const next = numbered();
  const login = () => {
    const user = next();
    store.addAccount({ user, password: 'secret', capabilities: { gmail: true }, folders: [] });
    return { host, port, user };
  };
  return { name: 'Gmail, in this process', means: { ...plenty, gmail: true }, login, stop: close };
}

function numbered(): () => string {
  let count = 0;
  return () => `siftd${++count}`;
}

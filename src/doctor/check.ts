/** `skipped`: it could not be tried, or there is nothing to look at; the detail says which. */
export type CheckState = 'ok' | 'warning' | 'failed' | 'skipped';

/** One thing that was looked at, in words for a person. Holds no secret, and nothing of a message. */
export interface Check {
  readonly id: CheckId;
  /** What of it, where an id has several: a folder, a capability, a secret's key. */
  readonly subject: string | null;
  readonly title: string;
  readonly state: CheckState;
  /** What was found. */
  readonly detail: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do; null: nothing. */
  readonly remedy: string | null;
}

/** What belongs together for whoever reads it. */
export interface Group {
  readonly name: string;
  /** null: it concerns all of them. */
  readonly account: string | null;
  readonly checks: readonly Check[];
}

interface Known {
  readonly title: string;
  readonly why: string;
}

/** Every check that there is, in the order of a visit. docs/doctor.md tells more of each. */
export const checks = {
  configuration: { title: 'Configuration', why: 'siftd does not start with a file that it cannot read to its end' },
  secret: {
    title: 'Secrets',
    why: 'what everybody on the machine can read is no secret, and what siftd cannot read opens no mailbox',
  },
  'state-folder': { title: 'State folder', why: 'the journal lies in it: without it siftd does not start' },
  disk: { title: 'Disk', why: 'siftd takes up nothing new while the journal could not be written' },
  journal: { title: 'Journal', why: 'a database of another version, or a damaged one, is refused as it is' },
  daemon: { title: 'Daemon', why: 'nothing is sorted while siftd run is not there' },
  unit: { title: 'systemd', why: 'systemd starts siftd at boot, restarts it, and gives it its secrets' },
  api: { title: 'API reached', why: 'no class is known of a message that nobody could be asked about' },
  token: { title: 'Token', why: 'an API that refuses us answers about no message: all of them wait' },
  answer: { title: 'Test message', why: 'that a message is answered at all is what everything else is for' },
  model: { title: 'Model', why: 'the service inside siftd answers by what it learned, and leaves the rest to people' },
  clock: { title: 'Clock', why: "what is new is told by the server's dates, and certificates are valid by ours" },
  dns: { title: 'DNS', why: 'a host without an address cannot be reached' },
  tcp: { title: 'Connection', why: 'without it no mail is seen' },
  tls: { title: 'TLS', why: 'password and mail cross the network in it' },
  certificate: { title: 'Certificate', why: 'siftd gives its password to nobody who cannot prove who they are' },
  greeting: { title: 'Greeting', why: 'what does not greet as an IMAP server is none, or wants TLS otherwise' },
  login: { title: 'Login', why: 'without it no mail is seen' },
  capabilities: { title: 'Capabilities', why: 'they tell by which commands siftd does its work' },
  capability: { title: 'Capability', why: 'siftd does without, and it costs something' },
  folder: { title: 'Folder', why: 'mail is found in it, or filed to it' },
  keywords: { title: 'Labels', why: 'a label is a keyword of IMAP, which not every server keeps' },
  push: { title: 'IDLE', why: 'some servers offer it and never speak: new mail then waits for the next look' },
  smtp: { title: 'Mail server', why: 'what its routes send on, and alerts, are handed in there' },
  standing: { title: 'Daemon says', why: 'it has the mailbox open, and knows how it fares' },
} as const satisfies Readonly<Record<string, Known>>;

export type CheckId = keyof typeof checks;

function check(id: CheckId, state: CheckState, detail: string, remedy: string | null, subject: string | null): Check {
  const { title, why } = checks[id];
  return { id, subject, title, state, detail, why, remedy };
}

export function passed(id: CheckId, detail: string, subject: string | null = null): Check {
  return check(id, 'ok', detail, null, subject);
}

export function doubtful(id: CheckId, detail: string, remedy: string, subject: string | null = null): Check {
  return check(id, 'warning', detail, remedy, subject);
}

export function broken(id: CheckId, detail: string, remedy: string, subject: string | null = null): Check {
  return check(id, 'failed', detail, remedy, subject);
}

export function untried(id: CheckId, detail: string, subject: string | null = null): Check {
  return check(id, 'skipped', detail, null, subject);
}

/** `what is the matter: what to do`, as the other rooms write it; where nothing is said of the latter, `otherwise`. */
export function parted(message: string, otherwise: string): readonly [detail: string, remedy: string] {
  const at = message.indexOf(': ');
  return at === -1 ? [message, otherwise] : [message.slice(0, at), message.slice(at + 2)];
}

export type Tally = Readonly<Record<CheckState, number>>;

export function tally(groups: readonly Group[]): Tally {
  const counts: Record<CheckState, number> = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { state } of groups.flatMap(({ checks: all }) => all)) counts[state]++;
  return counts;
}

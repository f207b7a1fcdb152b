import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { stringify } from 'yaml';
import { answerOf, letter } from '../daemon/world.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { freePorts } from '../servers/guard.ts';
import { type Link, startRelay } from '../servers/relay.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import type { Told } from './figures.ts';
import { type Siftd, startSiftd } from './siftd.ts';

/** A daemon that sorts mail of a real Dovecot, and what can be done to it. */
interface Patient {
  readonly siftd: Siftd;
  readonly vendor: Vendor;
  /** Where its journal is. */
  readonly journal: string;
  /** What passes between it and the server. */
  readonly wire: Wire;
  deliver(id: string): Promise<void>;
}

class Wire {
  /** Nothing passes any more, on new connections neither. Nobody is told. */
  dead: 'no' | 'all' = 'no';
  /** From IDLE on the server's words do not arrive. */
  muteInIdle = false;
  /** A command about messages gets no answer, nor does any other of that connection. */
  dieInCommand = false;
  /** Connections that were opened. */
  opened = 0;
  #idling = false;

  /** Resolves once siftd waits in IDLE. */
  async idle(): Promise<void> {
    while (!this.#idling) await delay(20);
  }

  readonly join = (link: Link): void => {
    this.opened++;
    const { client, upstream } = link;
    const own = { old: false, idled: false };
    this.#links.add(own);
    client.on('data', (octets) => {
      this.#idling = /\bIDLE\r\n/.test(octets.toString('latin1'));
      own.idled ||= this.#idling;
      if (this.dieInCommand && /^\S+ UID /.test(octets.toString('latin1'))) own.old = true;
      if (!this.#isDead(own, link)) upstream.write(octets);
    });
    upstream.on('data', (octets) => {
      if (this.#isDead(own, link) || (this.muteInIdle && own.idled)) return;
      client.write(octets);
    });
  };

  readonly #links = new Set<{ old: boolean }>();

  cutThoseOfNow(): void {
    for (const link of this.#links) link.old = true;
  }

  #isDead(own: { readonly old: boolean }, link: Link): boolean {
    const dead = this.dead === 'all' || own.old;
    if (dead) link.muted = true;
    return dead;
  }
}

interface Case {
  readonly name: string;
  /** Breaks it; what it answers mends it. */
  hurt(patient: Patient): Promise<() => void | Promise<void>>;
  /** It is to turn red within so many seconds; null: it is to be mended by siftd itself, and never be red. */
  readonly within: number | null;
  /** False: not within this run. */
  readonly mends?: boolean;
  /** How to see that siftd has mended it itself. */
  mended?(patient: Patient): boolean;
}

const cases: readonly Case[] = [
  {
    name: 'one connection is dead, new ones open',
    async hurt({ wire }) {
      wire.cutThoseOfNow();
      return () => {};
    },
    within: null,
    mended: ({ wire }) => wire.opened > 1,
  },
  {
    name: 'the connection dies in the middle of a command',
    async hurt({ wire, deliver }) {
      wire.dieInCommand = true;
      await deliver('unheard');
      return () => {
        wire.dieInCommand = false;
      };
    },
    within: 70,
    // A command has limits.imap.commandTimeout, as a large move may take minutes.
    mends: false,
  },
  {
    name: 'the network is dead',
    async hurt({ wire }) {
      wire.dead = 'all';
      return () => {
        wire.dead = 'no';
      };
    },
    within: 70,
  },
  {
    name: 'the server is mute from IDLE on, on every connection',
    async hurt({ wire }) {
      wire.muteInIdle = true;
      return () => {
        wire.muteInIdle = false;
      };
    },
    within: null,
    mended: ({ wire }) => wire.opened > 2,
  },
  {
    name: 'another program keeps the database locked',
    async hurt({ journal }) {
      const other = new Database(journal);
      other.exec('BEGIN IMMEDIATE');
      return () => void other.close();
    },
    within: 20,
  },
  {
    name: 'the event loop is stuck',
    async hurt({ siftd }) {
      siftd.signal('SIGSTOP');
      return () => siftd.signal('SIGCONT');
    },
    within: 3,
  },
  {
    name: 'the API refuses the token',
    async hurt({ vendor, siftd, deliver }) {
      const { token } = vendor;
      vendor.admit('another');
      await deliver('refused');
      return () => {
        vendor.admit(token);
        // Else it is asked again after limits.api.authRetry.
        siftd.signal('SIGHUP');
      };
    },
    within: 75,
  },
];

interface Row {
  readonly name: string;
  readonly red: number | null;
  readonly why: string;
  readonly green: number | null;
  readonly within: number | null;
}

/** What /healthz says of a daemon that only looks alive: seconds until it is red, and green again. All cases at a time. */
export async function health(): Promise<Told & { readonly rows: readonly Row[] }> {
  const dovecot = await startDovecot();
  try {
    const rows = await Promise.all(cases.map((one, index) => examine(dovecot, one, index)));
    const figures = rows.map(({ name, red, green, within, why }) => ({
      what: within === null ? `${name}: siftd has another one` : `${name}: /healthz is red`,
      value: (within === null ? (red === null ? green : null) : red) ?? Number.POSITIVE_INFINITY,
      goal: { most: within ?? 110 },
      unit: 's' as const,
      digits: 1,
      beside:
        within === null
          ? 'never red'
          : `${green === null ? 'not green in this run' : `green ${green.toFixed(1)} s after it was mended`}${why === '' ? '' : `; ${why}`}`,
    }));
    return { figures, rows };
  } finally {
    await dovecot.stop();
  }
}

async function examine(
  dovecot: Dovecot,
  { name, hurt, within, mended, mends = true }: Case,
  index: number,
): Promise<Row> {
  const user = `patient${index}`;
  const wire = new Wire();
  const [relay, vendor, port] = await Promise.all([
    startRelay({ host: dovecot.host, port: dovecot.port }, wire.join),
    startVendor({ classify: answerOf }),
    freePorts(1),
  ]);
  const dir = join(dovecot.dir, user);
  mkdirSync(dir);
  const { url, company, orchestrator, token } = vendor;
  const config = {
    state: join(dir, 'state'),
    console: { listen: 'off' },
    metrics: { listen: `127.0.0.1:${port}` },
    classifier: { url, company, orchestrator, token: { env: 'VENDOR_TOKEN' } },
    accounts: {
      support: { host: '127.0.0.1', port: relay.port, tls: 'none', user, password: { env: 'MAIL_PASSWORD' } },
    },
    routes: { refund_request: { move: 'Support/Refunds' } },
  };
  writeFileSync(join(dir, 'siftd.yaml'), stringify(config));
  const siftd = startSiftd(['run', '-c', join(dir, 'siftd.yaml')], { VENDOR_TOKEN: token, MAIL_PASSWORD: 'secret' });
  try {
    const ask = async (path: string) => {
      try {
        const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(1000) });
        const said = (await answer.json()) as { readonly troubles?: readonly { readonly why: string }[] };
        return { red: answer.status !== 200, why: said.troubles?.[0]?.why ?? '' };
      } catch {
        return { red: true, why: 'nobody answers' };
      }
    };
    while ((await ask('readyz')).red) await delay(100);
    const patient: Patient = {
      ...{ siftd, vendor, wire, journal: join(dir, 'state', 'siftd.db') },
      deliver: (id) => dovecot.deliver(user, letter(id, 'refund_request 0.92')),
    };
    await patient.deliver('first');
    await siftd.line(({ state }) => state === 'done');
    await wire.idle();
    const heal = await hurt(patient);
    let began = performance.now();
    const since = () => (performance.now() - began) / 1000;
    let said = await ask('healthz');
    while (!said.red && !mended?.(patient) && since() < 120) {
      await delay(100);
      said = await ask('healthz');
    }
    const red = said.red ? since() : null;
    const { why } = said;
    console.log(
      `${name}: ${red === null ? `mended by itself, ${since().toFixed(1)} s` : `red after ${red.toFixed(1)} s: ${why}`}`,
    );
    if (within !== null) began = performance.now();
    await heal();
    if (!mends) return { name, red, why, green: null, within };
    while ((await ask('healthz')).red && since() < 120) await delay(100);
    const green = since() < 120 ? since() : null;
    console.log(`${name}: ${green === null ? 'not green' : `green after ${green.toFixed(1)} s`}`);
    // It is as it was: mail is sorted.
    await patient.deliver('last');
    const done = new Set<number>();
    await siftd.line(({ job, state }) => job !== undefined && state === 'done' && done.add(job).size > 1);
    return { name, red, why, green, within };
  } finally {
    await siftd.stop();
    await vendor.close();
    await relay.stop();
  }
}

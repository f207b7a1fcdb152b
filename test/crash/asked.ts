import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { startVendor } from '../vendor/vendor.ts';
import { type Boundary, springs, type Trap } from './boundary.ts';
import { type Child, type Program, startChild } from './child.ts';
import type { Theatre } from './enumerate.ts';
import { startImapWire } from './imap-wire.ts';
import { type Asked, type Delivered, violationsOf } from './invariant.ts';
import { readJournal } from './journal.ts';
import { clear, fill, survey, visit } from './mailbox.ts';
import { answerOf, configOf, endingOf, idOf, labels, letter, shortTimes } from './stage.ts';

export interface AskedTally {
  /** Where siftd was killed. */
  readonly killed: readonly string[];
  readonly violations: readonly string[];
}

/** A scenario in which nothing more is logged for so long is stuck. */
const patience = 120_000;

const date = new Date('2026-11-02T10:00:05Z');
const letters = [
  { name: 'complaint', answer: '[complaint 0.95]', flags: ['\\Answered'] },
  { name: 'unsure', answer: '[complaint 0.50]', flags: ['\\Seen', 'mine'] },
];

/** How the two stand: as siftd left them, or after one was taken back and a person has filed the other. */
const endings = (theatre: Theatre, acted: boolean): Delivered[] =>
  letters.map(({ name, answer, flags }) => ({
    key: name,
    messageId: idOf(name),
    folder: 'INBOX',
    flags,
    date: date.getTime(),
    classification: 'complaint',
    endings: [
      acted
        ? { folder: name === 'complaint' ? 'INBOX' : 'Support/Refunds', flags, states: ['done'] }
        : endingOf(answer, 'INBOX', flags, theatre.means),
    ],
  }));

/**
 * kill -9 at every commit, and after every command that changes a mailbox, while siftd does what a person asked: to take
 * one message back and to file another. Each scenario begins where the last one ended, so every second one is the undo of
 * both: an undo of an undo, and the undo of what a person filed.
 */
export async function everyKillOfAsked(program: Program, theatre: Theatre): Promise<AskedTally> {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-asked-'));
  const login = theatre.login();
  const vendor = await startVendor({ classify: answerOf });
  const imap = await startImapWire(login);
  const file = join(folder, 'siftd.yaml');
  const db = join(folder, 'state', 'siftd.db');
  const { url, company, orchestrator } = vendor;
  writeFileSync(
    file,
    configOf(folder, { ...login, host: '127.0.0.1', port: imap.port }, { url, company, orchestrator }),
  );
  const env = { VENDOR_TOKEN: vendor.token, MAIL_PASSWORD: 'secret' };
  const killed: string[] = [];
  const violations: string[] = [];
  let acted = false;

  /** Runs siftd until nothing is left to do; answers whether the trap sprang. */
  const run = async (trap: Trap | null, isOver: () => boolean): Promise<string | null> => {
    let where: string | null = null;
    for (let start = 0; ; start++) {
      const kill = trap?.on === 'commit' && start === 0 ? { kill: trap } : {};
      const child = startChild(program, file, env, { limits: { ...shortTimes, daemon: { eventPoll: 20 } }, ...kill });
      imap.judge = (boundary: Boundary) => {
        if (trap === null || where !== null || !springs(trap, boundary)) return 'pass';
        where = boundary.what;
        child.kill();
        return 'killed';
      };
      const over = await untilOver(child, isOver);
      if (over === 'SIGKILL' && start === 0) {
        where ??= `commit ${trap?.at}`;
        continue;
      }
      if (over !== 0) {
        const lines = child.lines.slice(-20).map((line) => JSON.stringify(line));
        throw new Error(`siftd, killed at ${where}, ended with ${over}:\n${lines.join('\n')}`);
      }
      return where;
    }
  };
  const check = async (name: string) => {
    const mailbox = await visit(login, (client) => survey(client, labels));
    const { jobs } = readJournal(db);
    const { uidplus } = theatre.means;
    const found = violationsOf({
      delivered: endings(theatre, acted),
      foreign: [],
      mailbox,
      journal: jobs,
      asked,
      uidplus,
    });
    violations.push(...found.map(({ text }) => `${name}: ${text}`));
  };

  try {
    await visit(login, clear);
    await visit(login, (client) =>
      fill(
        client,
        letters.map(({ name, answer, flags }) => ({ folder: 'INBOX', raw: letter(name, answer), flags, date })),
      ),
    );
    await run(null, () => readJournal(db).ended.length === letters.length);
    await check('before');
    const numbers = { beyond: false };
    for (const trap of traps(numbers, theatre.means.move)) {
      ask(db, acted);
      acted = !acted;
      const where = await run(trap, () => isDone(db));
      await check(where ?? `${trap.at} was not reached`);
      if (where !== null) killed.push(where);
      else if (typeof trap.at === 'number') numbers.beyond = true;
    }
    return { killed, violations };
  } finally {
    await Promise.all([imap.stop(), vendor.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Commits one after the other until a run has no more of them, then commands by name. */
function* traps(numbers: { readonly beyond: boolean }, move: boolean): Generator<Trap> {
  for (let at = 1; !numbers.beyond; at++) yield { on: 'commit', when: 'after', at, fate: 'killed' };
  for (const command of ['UID STORE', ...(move ? ['UID MOVE'] : ['UID COPY', 'UID EXPUNGE'])]) {
    // Twice, as the two directions differ: each time at the next such command, as the wire goes on counting.
    for (const at of [command, command]) yield { on: 'imap', when: 'after', at, fate: 'killed' };
  }
}

/** As the command line does, beside siftd. */
function ask(file: string, acted: boolean): void {
  const db = new Database(file);
  const job = (name: string) =>
    db.prepare('SELECT id FROM jobs WHERE message_id = ?').pluck().get(idOf(name)) as number;
  const put = db.prepare('INSERT INTO requests (at, kind, payload) VALUES (0, ?, ?)');
  const undo = (...jobs: number[]) => put.run('undo', JSON.stringify({ account: 'support', kind: 'undo', jobs }));
  db.transaction(() => {
    if (acted) undo(job('complaint'), job('unsure'));
    else {
      undo(job('complaint'));
      const filing = { account: 'support', kind: 'file', job: job('unsure'), route: 'refund_request' };
      put.run('file', JSON.stringify(filing));
    }
  })();
  db.close();
}

function isDone(file: string): boolean {
  const db = new Database(file, { readonly: true });
  try {
    const left = `SELECT (SELECT count(*) FROM requests WHERE finished_at IS NULL)
      + (SELECT count(*) FROM jobs WHERE state IN ('found', 'submitted', 'decided'))`;
    return db.prepare(left).pluck().get() === 0;
  } finally {
    db.close();
  }
}

/** Both were asked about once, long before. */
const asked: ReadonlyMap<string, Asked> = new Map(
  letters.map(({ name }) => [idOf(name), { posts: 1, excused: 0, keys: new Set(['k']), lost: 0 }]),
);

/** Waits until all is done, stops it, and answers how it ended. */
async function untilOver(child: Child, isOver: () => boolean): Promise<number | NodeJS.Signals | 'stuck'> {
  let timer: NodeJS.Timeout | undefined;
  let stuck = false;
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      stuck = true;
      child.kill();
    }, patience);
  };
  wait();
  let over = false;
  child.onLine = () => {
    wait();
    if (over || !isOver()) return;
    over = true;
    // A second signal would end it at once.
    child.stop();
  };
  const ended = await child.ended;
  clearTimeout(timer);
  return stuck ? 'stuck' : ended;
}

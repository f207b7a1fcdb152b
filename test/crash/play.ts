import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startVendor } from '../vendor/vendor.ts';
import { startApiWire } from './api-wire.ts';
import { type Boundary, springs, type Trap } from './boundary.ts';
import { type Child, type Line, type Orders, type Program, startChild } from './child.ts';
import { type Deed, meddle } from './deed.ts';
import { startImapWire } from './imap-wire.ts';
import { type Standing, violationsOf } from './invariant.ts';
import { readJournal } from './journal.ts';
import { clear, fill, type Login, survey, visit } from './mailbox.ts';
import { answerOf, cast, configOf, labels, type Means, type Roles, shortTimes } from './stage.ts';

export interface Played {
  /** False: the run was over before it came there. */
  readonly reached: boolean;
  /** What stood at the boundary. */
  readonly where: string;
  readonly violations: readonly string[];
  /** The deed found nothing that it could be done to. */
  readonly idle: boolean;
  /** How many of the traps sprang on the wires. */
  readonly sprung: number;
  /** What was reached on the wires. */
  readonly boundaries: readonly Boundary[];
}

/** A scenario that makes no progress for so long is stuck: some ten times the longest of its deadlines. */
const patience = 30_000;

/**
 * One scenario: a mailbox is filled, siftd started, killed or cut at the trap, started again until everything is done,
 * ended by SIGTERM, and the invariant checked.
 */
export async function play(
  program: Program,
  login: Login,
  means: Means,
  roles: Roles,
  traps: readonly Trap[],
  deed: Deed | null = null,
): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'siftd-crash-'));
  const vendor = await startVendor({ classify: answerOf });
  const [api, imap] = await Promise.all([startApiWire(vendor.url, { gather: 30 }), startImapWire(login)]);
  const { puts, delivered: sent } = cast(means, roles);
  let delivered = sent;
  const config = join(folder, 'siftd.yaml');
  const db = join(folder, 'state', 'siftd.db');
  const { company, orchestrator } = vendor;
  const near = { host: '127.0.0.1', port: imap.port, user: login.user };
  writeFileSync(config, configOf(folder, near, { url: api.url, company, orchestrator }));
  const env = { VENDOR_TOKEN: vendor.token, MAIL_PASSWORD: 'secret' };

  let child: Child | null = null;
  /** The first is the one that the scenario is about; the others spring after it, each in its turn. */
  const [trap = null] = traps;
  let sprung = 0;
  let where = '';
  const boundaries: Boundary[] = [];
  const judge = (boundary: Boundary) => {
    boundaries.push(boundary);
    const next = traps[sprung];
    if (next === undefined || !springs(next, boundary)) return 'pass';
    sprung++;
    where ||= boundary.what;
    if (next.fate === 'killed') child?.kill();
    return next.fate;
  };
  imap.judge = judge;
  api.judge = judge;
  const violations: string[] = [];
  try {
    // One visit each: GNU imap4d forgets what was appended to the folder that is open.
    await visit(login, clear);
    await visit(login, (client) => fill(client, puts));
    const before = await visit(login, (client) => survey(client, labels));
    const ended = new Set<number>();
    for (let start = 0; ; start++) {
      const orders: Orders = {
        limits: shortTimes,
        ...(trap?.on === 'commit' && start === 0 ? { kill: trap } : {}),
      };
      child = startChild(program, config, env, orders);
      const over = await untilDone(child, ended, delivered.length, (done) => {
        imap.onCommand = done;
      });
      if (over === 'SIGKILL' && trap?.fate === 'killed' && start === 0) {
        if (trap.on === 'commit') where = 'COMMIT';
        const { jobs, ended: already, submitting } = readJournal(db);
        for (const id of already) ended.add(id);
        api.killed(submitting);
        if (deed === null) continue;
        const touched = await meddle(login, means, deed, delivered, jobs, before);
        if (touched === null) return { reached: true, where, violations: [], boundaries, sprung, idle: true };
        delivered = delivered.map((one) => (one.messageId === touched.messageId ? touched : one));
        continue;
      }
      if (over !== 0)
        violations.push(`stuck: siftd ${over === 'stuck' ? 'does not get on' : `ended with ${over}`}:\n${tail(child)}`);
      break;
    }
    const mailbox = await visit(login, (client) => survey(client, labels));
    const { jobs } = readJournal(db);
    const foreign = before.filter((one) => isForeign(one, before, delivered));
    const { uidplus } = means;
    const found = violationsOf({
      delivered,
      foreign,
      mailbox,
      journal: jobs,
      asked: api.asked(),
      uidplus,
    });
    violations.push(...found.map(({ text }) => text));
    if (found.length > 0) violations.push(`log: ${tail(child)}`);
    return { reached: where !== '', where, violations, boundaries, sprung, idle: false };
  } finally {
    child?.kill();
    await child?.ended;
    await Promise.all([api.stop(), imap.stop(), vendor.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of what was there before, that which was not delivered for siftd. */
function isForeign(
  one: Standing,
  before: readonly Standing[],
  delivered: readonly { key: string; folder: string }[],
): boolean {
  return !delivered.some(({ key, folder }) => key === one.key && folder === one.folder) && before.includes(one);
}

/** Waits until `count` jobs have ended and siftd has looked at the mailbox once more, stops it, and answers how it ended. */
async function untilDone(
  child: Child,
  ended: Set<number>,
  count: number,
  listen: (done: (what: string) => void) => void,
): Promise<number | NodeJS.Signals | 'stuck'> {
  let timer: NodeJS.Timeout | undefined;
  let giveUp = () => {};
  const stuck = new Promise<'stuck'>((resolve) => {
    giveUp = () => resolve('stuck');
  });
  const wait = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience);
  };
  wait();
  let looks = 0;
  const see = () => {
    if (ended.size >= count && ++looks === 2) child.stop();
  };
  child.onLine = ({ job, state }: Line) => {
    wait();
    if (job !== undefined && ['done', 'failed', 'gone'].includes(state ?? '')) ended.add(job);
  };
  listen((what) => {
    if (['NOOP', 'SELECT', 'EXAMINE', 'IDLE'].includes(what)) see();
  });
  const over = await Promise.race([child.ended, stuck]);
  clearTimeout(timer);
  listen(() => {});
  if (over === 'stuck') {
    child.kill();
    await child.ended;
  }
  return over;
}

function tail({ lines }: Child): string {
  return lines
    .slice(-25)
    .map((line) => JSON.stringify(line))
    .join('\n');
}

import Table from 'cli-table3';
import pc from 'picocolors';
import { limits } from '../base/limits.ts';
import type { SampleMessage } from '../demo/inbox/index.ts';
import { identityFromHeader } from '../mail/identity.ts';
import type { Job } from '../triage/job.ts';

/** Everything that the screen shows at one moment. */
export interface Scene {
  readonly address: string;
  readonly user: string;
  readonly password: string;
  /** The link that logs in to the console; null: there is none. */
  readonly console: string | null;
  readonly folder: string;
  readonly seconds: number;
  readonly folders: readonly { readonly name: string; readonly team: number; readonly messages: number }[];
  readonly delivered: number;
  readonly coming: readonly SampleMessage[];
  readonly open: number;
  readonly review: number;
  /** Jobs that ended, newest first. */
  readonly ended: readonly Job[];
}

const shown = 8;

/** A terminal is painted over; anything else gets a line a decision. */
export function screen(out: NodeJS.WriteStream, once: boolean): { draw(scene: Scene): void; end(): void } {
  let told = 0;
  const terminal = out.isTTY === true;
  if (terminal) out.write('\x1b[?25l\x1b[2J');
  return {
    draw(scene) {
      if (terminal) {
        out.write(`\x1b[H${paint(scene, once).replaceAll('\n', '\x1b[K\n')}\x1b[J`);
        return;
      }
      if (told === 0 && scene.ended.length > 0) out.write(`${greeting(scene)}\n`);
      for (const job of scene.ended.slice(0, scene.ended.length - told).toReversed())
        out.write(`${line(job, scene)}\n`);
      told = scene.ended.length;
    },
    end() {
      if (terminal) out.write('\x1b[?25h\n');
    },
  };
}

function greeting(scene: Scene): string {
  return [
    `${pc.bold('siftd demo')}  the inbox of an invented shop. The team sorted ${scene.folders.reduce((sum, { team }) => sum + team, 0)} messages by hand;`,
    'siftd learned from those folders and now sorts what arrives.',
    `Look in with any mail program: IMAP ${pc.cyan(scene.address)} (no TLS),`,
    `user ${pc.cyan(scene.user)}, password ${pc.cyan(scene.password)}`,
    ...(scene.console === null ? [] : [`Or in a browser: ${pc.cyan(scene.console)}`]),
  ].join('\n');
}

function paint(scene: Scene, once: boolean): string {
  const most = Math.max(1, ...scene.folders.map(({ messages, team }) => messages - team));
  const folders = scene.folders
    .filter(({ name, team, messages }) => name !== 'INBOX' && (team > 0 || messages > 0))
    .map(({ name, team, messages }) => {
      const bar = '█'.repeat(Math.round((20 * (messages - team)) / most));
      return `  ${name.padEnd(24)}${String(team).padStart(5)} ${pc.green(`+${String(messages - team).padEnd(4)}${bar}`)}`;
    });
  const inbox = scene.folders.find(({ name }) => name === 'INBOX');
  const left = scene.coming.length - scene.delivered;
  return [
    greeting(scene),
    '',
    `  ${pc.bold('folder'.padEnd(24))}${pc.bold('by hand')}${pc.bold(' by siftd')}`,
    ...folders,
    `  ${'INBOX'.padEnd(24)}${String(inbox?.messages ?? 0).padStart(5)} ${pc.dim('newsletters are labelled here; what needs a person stays')}`,
    '',
    pc.bold('  last decisions'),
    ...scene.ended.slice(0, shown).map((job) => line(job, scene)),
    ...Array.from({ length: Math.max(0, shown - scene.ended.length) }, () => ''),
    '',
    `  ${pc.bold(String(scene.delivered))} arrived, ${pc.bold(String(scene.ended.length))} dealt with, ${pc.yellow(`${scene.review} wait for a person`)} (label needs-review)`,
    left > 0
      ? pc.dim(`  ${left} more to come`)
      : pc.dim(
          once
            ? '  all have arrived'
            : `  all have arrived; Ctrl-C ends it. Its configuration, journal and log: ${scene.folder}`,
        ),
    '',
  ].join('\n');
}

function line(job: Job, scene: Scene): string {
  if (job.state !== 'done' && job.state !== 'failed') return pc.dim(`  ${job.state}`);
  const { way, classification, confidence } = job.decision;
  const sample = sampleOf(job, scene.coming);
  const where =
    way === 'routed' ? pc.green(`-> ${job.place.folder}`.padEnd(26)) : pc.yellow('?  left for a person'.padEnd(26));
  const subject = sample === undefined ? '' : subjectOf(sample);
  return `  ${(classification ?? '-').padEnd(17)}${confidence === null ? '    ' : confidence.toFixed(2)}  ${where}${subject}`;
}

/** The sample's own subject, as it was written; nothing else of it reaches the terminal. */
function subjectOf(sample: SampleMessage): string {
  const text = sample.subject.replace(/\p{Cc}/gu, ' ');
  return text.length > limits.demo.subject ? `${text.slice(0, limits.demo.subject - 1)}…` : text;
}

const hashes = new WeakMap<SampleMessage, string>();

function sampleOf(job: Job, coming: readonly SampleMessage[]): SampleMessage | undefined {
  return coming.find((sample) => {
    const hash = hashes.get(sample) ?? identityFromHeader(sample.raw).headerHash;
    hashes.set(sample, hash);
    return hash === job.identity.headerHash;
  });
}

/** Right, wrong and unsure against the truth, and whether every message stands in the mailbox once. */
export function verdict(scene: Scene, places: ReadonlyMap<string, number>): string {
  const jobs = new Map(scene.ended.map((job) => [sampleOf(job, scene.coming)?.id, job]));
  const rows = new Map<string, { right: number; wrong: number; unsure: number }>();
  const total = { right: 0, wrong: 0, unsure: 0 };
  for (const sample of scene.coming) {
    const name = sample.class ?? 'fits no route';
    const row = rows.get(name) ?? { right: 0, wrong: 0, unsure: 0 };
    rows.set(name, row);
    const job = jobs.get(sample.id);
    const routed = job?.state === 'done' && job.decision.way === 'routed' ? job.decision.route : null;
    // For mail that fits no route, leaving it to a person is right.
    const outcome = routed === sample.class ? 'right' : routed === null ? 'unsure' : 'wrong';
    row[outcome]++;
    total[outcome]++;
  }
  const table = new Table({ head: ['class', 'arrived', 'right', 'wrong', 'unsure'], style: { head: [], border: [] } });
  for (const [name, { right, wrong, unsure }] of rows) table.push([name, right + wrong + unsure, right, wrong, unsure]);
  const all = scene.coming.length;
  table.push(['all', all, `${total.right} (${share(total.right, all)})`, total.wrong, total.unsure]);
  const lost = scene.coming.filter(({ id }) => !places.has(id)).length;
  const twice = scene.coming.filter(({ id }) => (places.get(id) ?? 0) > 1).length;
  return `${table.toString()}\n${all} messages in ${scene.seconds.toFixed(1)} s; lost ${lost}, twice ${twice}. Unsure: left in the inbox for a person.`;
}

function share(part: number, all: number): string {
  return `${((100 * part) / all).toFixed(1)}%`;
}

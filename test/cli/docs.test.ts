import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { examples } from '../../src/cli/examples.ts';
import { main, programFor } from '../../src/cli/program.ts';
import { type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { answerOf, letter, World } from '../daemon/world.ts';
import { checkout } from '../servers/guard.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';

/* Every command that README.md, docs/ and the help show is one that siftd takes; those that can be run here are run. */

/** Not run here, and why. */
const onlyParsed: readonly (readonly [RegExp, string])[] = [
  [/^(run|serve|demo)\b/, 'until it is stopped: test/e2e, test/server/serve.test.ts'],
  [/^init\b/, 'asks, or asks DNS: test/cli/init.test.ts'],
  [/^(un)?install-service\b/, 'changes the machine: test/systemd/package.test.ts'],
  [/^review( --sample \d+)?$/, 'asks at a terminal: test/cli/persons.test.ts'],
  [/^review --job \d+ --judge/, 'of a message that siftd filed: test/cli/persons.test.ts'],
  [/^backfill (--pause|--resume)/, 'of a backfill that is under way: test/daemon/backfill.test.ts'],
  [/^doctor .*--unit/, 'of a machine under systemd: test/systemd/service.test.ts'],
  [/^preview -( |$)/, 'reads its input'],
  [/^auth (login|logout)/, 'of a mailbox that is opened by OAuth: test/auth/login.test.ts'],
];

interface Shown {
  readonly where: string;
  readonly line: string;
}

const pages = [
  'README.md',
  ...readdirSync(join(checkout, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Lines of code blocks: those within fences, and those that four spaces indent. */
function blocksOf(page: string): Shown[] {
  let fenced = false;
  return readFileSync(join(checkout, page), 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('```')) fenced = !fenced;
      return fenced || line.startsWith('    ') ? [{ where: page, line: line.trim() }] : [];
    });
}

/** What follows `siftd`, word by word, without what is the shell's. */
function wordsOf(line: string): string[] | null {
  const [command = ''] = line.replace('$(date +%F)', '2026-11-28').split(/ {2,}(?=\S)| # | \| | [<>] |\)/);
  const typed = /^(?:source <\(|sudo |\w+=\w+ )*siftd (.*)$/.exec(command)?.[1];
  if (typed === undefined) return null;
  return [...typed.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** An example may go on in the next line. */
const joined = (text: string) => text.replace(/ \\\n\s*/g, ' ').split('\n');
const shown: Shown[] = [
  ...pages.flatMap(blocksOf),
  ...Object.entries(examples).flatMap(([name, text]) =>
    joined(text)
      .filter((line) => line.startsWith('  '))
      .map((line) => ({ where: `siftd help ${name}`, line: line.trim().replace('\\\\', '') })),
  ),
];
const commands = shown.flatMap(({ where, line }) => {
  const words = wordsOf(line);
  return words === null ? [] : [{ where, line, words, typed: words.join(' ') }];
});

describe('every command that is shown', () => {
  it('is one that siftd takes, with its options', async () => {
    expect(commands.length).toBeGreaterThan(60);
    const wrong: string[] = [];
    const program = quiet(await programFor());
    for (const { where, line, words } of commands) {
      await program
        .parseAsync(words, { from: 'user' })
        .catch((error: Error) => wrong.push(`${where}: ${line}: ${error.message}`));
    }
    expect(wrong).toEqual([]);
  });

  it('in a sentence too: its name and its options are there', async () => {
    const program = await programFor();
    const wrong: string[] = [];
    for (const page of pages) {
      for (const [, typed = ''] of readFileSync(join(checkout, page), 'utf8').matchAll(/`siftd ([a-z][^`]*)`/g)) {
        const [name, ...words] = typed.split(/[\s[\]|\\]+/);
        const command = program.commands.find((one) => one.name() === name);
        const unknown = words.filter(
          (word) => word.startsWith('--') && !command?.options.some(({ long }) => long === word),
        );
        if (name !== 'help' && (command === undefined || unknown.length > 0)) wrong.push(`${page}: ${typed}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('of npm is a script that is there', () => {
    const { scripts } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')) as { scripts: object };
    const lines = shown.flatMap(({ line }) => [...line.matchAll(/\bnpm (run )?([\w-]+)/g)]);
    expect(lines.length).toBeGreaterThan(10);
    for (const [, run, name = ''] of lines)
      expect(run ? Object.keys(scripts) : ['ci', 'test', 'install', 'uninstall']).toContain(name);
  });
});

describe('every command that can be run here', () => {
  let server: ImapServer;
  let vendor: Vendor;
  let world: World;
  const before = process.cwd();

  beforeAll(async () => {
    const user = 'support@example.com';
    server = await startImapServer({ accounts: [{ user, password: 'secret' }] });
    vendor = await startVendor({ classify: answerOf });
    const mailbox = server.store.account(user);
    const sorted = { 'Support/Refunds': 'money back please', 'Support/Complaints': 'broken and late' };
    for (const [folder, text] of Object.entries({ ...sorted, 'Archive/2025': 'hello' })) {
      mailbox.create(folder);
      for (let n = 0; n < 12; n++)
        mailbox.append(
          folder,
          letter(`${folder.length}${n}`, 'refund_request 0.9', '').replace('Hello', `${text} ${n}`),
        );
    }
    const deliver = async (raw: string) => void mailbox.append('INBOX', raw);
    world = new World({ host: server.host, port: server.port, user, password: 'secret', deliver }, vendor);
    world.configure({ classifier: undefined, threshold: 0.1 });
    writeFileSync(join(world.folder, 'siftd.yaml'), world.yaml);
    for (const [name, value] of Object.entries(world.env)) vi.stubEnv(name, value);
    process.chdir(world.folder);
    mkdirSync('backups');
    await world.start();
    await world.logged(({ msg }) => msg === 'learned from the sorted folders');
    await world.deliver(
      ...['a', 'b', 'c'].map((id) => letter(id, 'refund_request 0.9').replace('Hello', 'money back please')),
    );
    await world.ended(3);
    const example = (label: string, n: number) =>
      JSON.stringify({ subject: `order ${n}`, body: label === 'a' ? `money ${n}` : `broken ${n}`, label });
    const lines = Array.from({ length: 40 }, (_, n) => example(n % 2 === 0 ? 'a' : 'b', n)).join('\n');
    for (const name of ['examples.jsonl', 'test.jsonl']) writeFileSync(name, `${lines}\n`);
    writeFileSync('message.eml', letter('x', 'refund_request 0.9'));
  });
  afterAll(async () => {
    process.chdir(before);
    vi.unstubAllEnvs();
    await world.close();
    await vendor.close();
    await server.close();
  });

  /** What stands in the docs, and what it is here. */
  const here = (word: string): string =>
    word
      .replace(/^\/var\/(backups|lib\/siftd)\//, (_, at) => `${world.folder}/${at === 'backups' ? at : 'state'}/`)
      .replace(/^\/etc\/siftd\/.*\.yaml$/, join(world.folder, 'siftd.yaml'))
      .replace(/^381$/, '2')
      .replace('<CAF0x7@mail.example.com>', '<a@example.com>');

  async function siftd(words: readonly string[]): Promise<string> {
    const said: unknown[] = [];
    const spies = [
      vi.spyOn(console, 'log').mockImplementation((text) => void said.push(text)),
      vi.spyOn(console, 'error').mockImplementation((text) => void said.push(text)),
      vi.spyOn(process.stdout, 'write').mockImplementation(() => true),
      vi.spyOn(process.stderr, 'write').mockImplementation(() => true),
    ];
    process.exitCode = undefined;
    try {
      const code = await main(['node', 'siftd', ...words]);
      return code === 0 ? 'ok' : `exit code ${code}: ${said.join(' ').slice(0, 300)}`;
    } finally {
      process.exitCode = undefined;
      for (const spy of spies) spy.mockRestore();
    }
  }

  const runnable = [...new Map(commands.map((one) => [one.typed, one])).values()].filter(
    ({ typed }) => !onlyParsed.some(([pattern]) => pattern.test(typed)),
  );
  const alone = (name: string | undefined) => name === 'restore' || name === 'rebuild';

  it('does what it is for, beside a daemon', { timeout: 120_000 }, async () => {
    for (const [pattern] of onlyParsed)
      expect(
        commands.some(({ typed }) => pattern.test(typed)),
        `${pattern}`,
      ).toBe(true);
    const said: Record<string, string> = {};
    for (const { words, typed } of runnable.filter(({ words }) => !alone(words[0])))
      said[typed] = await siftd(words.map(here));
    expect(Object.entries(said).filter(([, end]) => end !== 'ok')).toEqual([]);
    expect(Object.keys(said).length).toBeGreaterThan(30);
  });

  it('does what it is for, while no daemon runs', async () => {
    await world.stop();
    const said: Record<string, string> = {};
    for (const { words, typed } of runnable.filter(({ words }) => alone(words[0]))) {
      const file = here(words.at(-1) ?? '');
      if (/\.gz$/.test(file) && file !== 'siftd.tar.gz') copyFileSync('siftd.tar.gz', file);
      if (/schema-\d+$/.test(file)) copyFileSync(join(world.folder, 'state', 'siftd.db'), file);
      if (words[0] === 'restore' && !words.includes('--replace'))
        renameSync('state', `state-${Object.keys(said).length}`);
      mkdirSync(dirname(file), { recursive: true });
      said[typed] = await siftd(words.map(here));
    }
    expect(Object.entries(said).filter(([, end]) => end !== 'ok')).toEqual([]);
    expect(Object.keys(said).length).toBeGreaterThan(4);
  });
});

/** Takes what is typed, and does nothing. */
function quiet(program: Command): Command {
  program.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  for (const command of program.commands) quiet(command).action(() => {});
  return program;
}

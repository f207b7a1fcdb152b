import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it, test, vi } from 'vitest';
import { programFor } from '../../src/cli/program.ts';
import { checkout } from '../servers/guard.ts';

/* What siftd says of itself: help, the manual page, and what shells complete. */

let program: Command;
let commands: Command[];

beforeAll(async () => {
  program = await programFor();
  commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help') as Command[];
});

/** What a command prints. */
async function printed(...args: string[]): Promise<string> {
  let text = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    text += part;
    return true;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
  } finally {
    out.mockRestore();
  }
  return text;
}

test('siftd help COMMAND ends with examples, for every command', async () => {
  // As it is called.
  const { stdout } = await promisify(execFile)(process.execPath, [join(checkout, 'dist', 'main.js'), 'help', 'undo']);
  expect(stdout).toMatch(/Usage: siftd undo[\s\S]*\nExamples:\n {2}siftd undo/);
  for (const command of commands) {
    let shown = '';
    command
      .configureOutput({
        writeOut: (text) => {
          shown += text;
        },
      })
      .outputHelp();
    expect(shown).toContain(`\n\nExamples:\n`);
    expect(shown).toMatch(new RegExp(`\\bsiftd ${command.name()}\\b`));
  }
});

test('the manual page is that of these commands, in requests that man knows', async () => {
  const page = join(checkout, 'man', 'siftd.1');
  const stdout = await printed('manual');
  expect(readFileSync(page, 'utf8'), 'node dist/main.js manual > man/siftd.1').toBe(stdout);
  for (const command of commands) expect(stdout).toContain(`.SS siftd ${command.name().replaceAll('-', '\\-')}`);
  for (const macro of stdout.matchAll(/^\.(\w+)/gm))
    expect(['TH', 'SH', 'SS', 'TP', 'B', 'I', 'RI', 'BR', 'PP', 'nf', 'fi']).toContain(macro[1]);
});

describe('completion', () => {
  const scriptOf = (shell: string) => printed('completion', shell);

  it('completes commands, options, and what an option takes, in a real bash', async () => {
    const asked = [
      're',
      'show --s',
      'show --state d',
      'restore --treat-as ',
      'completion ',
      'show --limit ',
      'help rep',
    ];
    const lines = asked.map(
      (typed) =>
        `COMP_WORDS=(siftd ${typed.replace(/ $/, " ''")}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _siftd; echo "\${COMPREPLY[*]}"`,
    );
    const script = `set -u\ncompopt() { :; }\n${await scriptOf('bash')}\n${lines.join('\n')}`;
    expect(execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' }).split('\n')).toEqual([
      'review report restore rebuild',
      '--state --since',
      'decided done',
      'old new',
      'bash zsh fish',
      '',
      'report',
      '',
    ]);
  });

  it.each(['bash', 'zsh', 'fish'])('in %s knows every option of every command', async (shell) => {
    const script = await scriptOf(shell);
    for (const command of commands) {
      expect(script).toContain(command.name());
      for (const { long } of command.options)
        expect(script).toContain(shell === 'fish' ? `-l ${long?.slice(2)} ` : long);
    }
  });
});

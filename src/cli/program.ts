import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { UserError } from '../base/errors.ts';
import { ConfigError } from '../config/problems.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { evaluateCommand } from './evaluate.ts';
import { previewCommand } from './preview.ts';
import { runCommand } from './run.ts';
import { serveCommand } from './serve.ts';
import { statusCommand } from './status.ts';
import { trainCommand } from './train.ts';

/**
 * The command line. Answers the exit code: 0 ok, 1 failed, 2 usage or configuration, 75 try again later (sysexits
 * EX_TEMPFAIL). An error that is meant for a person is printed as one line; a fault of ours keeps its stack.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('siftd')
    .description('sorts a mailbox by what a classification API says of each message')
    .version(version())
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError();
  const commands = [
    runCommand(),
    serveCommand(),
    demoCommand(),
    checkCommand(),
    previewCommand(),
    statusCommand(),
    trainCommand(),
    evaluateCommand(),
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program));
  try {
    await program.parseAsync(argv);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof UserError) {
      // Errors of a file begin with its name and line, as editors read them.
      console.error(error instanceof ConfigError ? error.message : `siftd: ${error.message}`);
      return error.exitCode;
    }
    throw error;
  }
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

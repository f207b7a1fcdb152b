import { Command, CommanderError } from 'commander';
import { UserError } from '../base/errors.ts';
import { keepHeapSmall } from '../base/heap.ts';
import { ConfigError } from '../config/problems.ts';
import { completionCommand } from './completion.ts';
import { examples } from './examples.ts';
import { manualCommand } from './manual.ts';
import { version } from './version.ts';

/** In the order of the help. Each is loaded when it is called for: a start of one need not wait for what the others use. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./run.ts')).runCommand(),
  serve: async () => (await import('./serve.ts')).serveCommand(),
  demo: async () => (await import('./demo.ts')).demoCommand(),
  init: async () => (await import('./init.ts')).initCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  auth: async () => (await import('./auth.ts')).authCommand(),
  preview: async () => (await import('./preview.ts')).previewCommand(),
  status: async () => (await import('./status.ts')).statusCommand(),
  show: async () => (await import('./show.ts')).showCommand(),
  undo: async () => (await import('./undo.ts')).undoCommand(),
  review: async () => (await import('./review.ts')).reviewCommand(),
  report: async () => (await import('./report.ts')).reportCommand(),
  backfill: async () => (await import('./backfill.ts')).backfillCommand(),
  train: async () => (await import('./train.ts')).trainCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  backup: async () => (await import('./backup.ts')).backupCommand(),
  restore: async () => (await import('./restore.ts')).restoreCommand(),
  rebuild: async () => (await import('./rebuild.ts')).rebuildCommand(),
  'install-service': async () => (await import('./install.ts')).installCommand(),
  'uninstall-service': async () => (await import('./uninstall.ts')).uninstallCommand(),
};

/** These are the service, or have nothing to do with it. The doctor looks for itself. */
const standalone: ReadonlySet<string> = new Set(['run', 'serve', 'demo', 'init', 'doctor', 'completion', 'manual']);

/**
 * The command line. Answers the exit code: 0 ok, 1 failed, 2 usage or configuration, 75 try again later (sysexits
 * EX_TEMPFAIL). An error that is meant for a person is printed as one line; a fault of ours keeps its stack.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    // Before the command is loaded: what it consists of is what the heap grows by first.
    if (argv[2] === 'run' || argv[2] === 'serve') keepHeapSmall();
    const program = await programFor(argv[2]);
    // An administrator at a shell means what the service has: its state folder, its credentials.
    program.hook('preAction', async (_, action) => {
      const { config } = action.opts<{ config?: string }>();
      if (!standalone.has(action.name())) await (await import('./surroundings.ts')).standBeside(config);
    });
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

/** With the one command that is named; with all of them for help, and for a name that is mistyped or not given. */
export async function programFor(name?: string): Promise<Command> {
  const program = new Command('siftd')
    .description('sorts a mailbox by what a classification API says of each message')
    .version(version())
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    .showSuggestionAfterError();
  const add = (command: Command, hidden = false) =>
    program.addCommand(
      command.copyInheritedSettings(program).addHelpText('after', `\n${examples[command.name()] ?? ''}`),
      { hidden },
    );
  const load = name === undefined ? undefined : commands[name];
  if (load !== undefined) return add(await load());
  for (const each of Object.values(commands)) add(await each());
  add(completionCommand(program));
  return add(manualCommand(program), true);
}

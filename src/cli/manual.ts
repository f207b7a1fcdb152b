import { Command } from 'commander';
import { examples } from './examples.ts';
import { version } from './version.ts';

/** `siftd manual`: prints the manual page, which the build keeps in man/. Not for people, who have man and help. */
export function manualCommand(program: Command): Command {
  return new Command('manual').description('print the manual page, in roff').action(() => {
    process.stdout.write(manualOf(program));
  });
}

/** siftd(1), made of the same commands and options that are parsed (man-pages(7), groff_man(7)). */
function manualOf(program: Command): string {
  const help = program.createHelp();
  const commands = help.visibleCommands(program).filter((command) => command.name() !== 'help');
  const page = (command: Command) => [
    `.SS ${roff(help.commandUsage(command).replace(' [options]', ' [OPTIONS]'))}`,
    roff(sentence(command.description())),
    ...help.visibleArguments(command).flatMap((argument) => entry(argument.name(), help.argumentDescription(argument))),
    ...help
      .visibleOptions(command)
      .filter((option) => option.long !== '--help')
      .flatMap((option) => entry(option.flags, help.optionDescription(option))),
  ];
  const pages = commands.flatMap((command) => [
    ...page(command),
    ...examplesOf(command.name()),
    ...command.commands.flatMap(page),
  ]);
  return `${[
    `.TH SIFTD 1 "" "siftd ${version()}" "siftd manual"`,
    '.SH NAME',
    `siftd \\- ${roff(program.description())}`,
    '.SH SYNOPSIS',
    '.B siftd\n.I COMMAND\n.RI [ OPTIONS ]',
    '.SH DESCRIPTION',
    roff(
      'siftd watches IMAP folders, asks a mail classification API about every new message, and moves, labels or flags the message by the answer. The API can be somebody else’s, or siftd’s own, which learns from the folders that people have sorted already.',
    ),
    '.SH COMMANDS',
    ...pages,
    '.SH FILES',
    ...entry('./siftd.yaml, /etc/siftd/siftd.yaml', 'the configuration, unless -c or SIFTD_CONFIG names another'),
    ...entry('/etc/siftd/credentials', 'secrets of the systemd service'),
    ...entry('/var/lib/siftd', 'the state folder of the systemd service: siftd.db, models'),
    '.SH ENVIRONMENT',
    ...entry('SIFTD_CONFIG', 'the configuration'),
    ...entry('SIFTD_LOG_LEVEL', 'trace, debug, info, warn or error; info is the default'),
    ...entry('STATE_DIRECTORY, CREDENTIALS_DIRECTORY', 'given by systemd'),
    '.SH EXIT STATUS',
    ...entry('0', 'it is done'),
    ...entry('1', 'it failed'),
    ...entry('2', 'usage or configuration is wrong'),
    ...entry('75', 'not now: try again later'),
    '.SH SEE ALSO',
    '.BR systemctl (1),\n.BR journalctl (1)',
  ].join('\n')}\n`;
}

function entry(what: string, description: string): string[] {
  return ['.TP', `.B ${roff(what)}`, roff(description)];
}

function examplesOf(name: string): string[] {
  const text = examples[name]?.trim();
  if (text === undefined) return [];
  const [shown = '', ...more] = text.replace(/^Examples:\n/, '').split('\n\n');
  return [
    '.PP',
    'Examples:',
    '.PP',
    '.nf',
    roff(shown),
    '.fi',
    ...more.flatMap((words) => ['.PP', roff(words.trim())]),
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** A backslash begins an escape, a dot or an apostrophe at the beginning of a line a request; a hyphen is no minus. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

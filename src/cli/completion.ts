import { Argument, Command, type Help, type Option } from 'commander';

/*
 * Shell completion, made of the same commands and options that are parsed. It is text for the shell alone: nothing is started at
 * a key, and nothing that was typed is evaluated.
 */

/** `siftd completion`: prints it. */
export function completionCommand(program: Command): Command {
  const shells = { bash, zsh, fish } as const;
  return new Command('completion')
    .description('print what bash, zsh or fish need to complete commands and options')
    .addArgument(new Argument('<shell>', 'for which shell').choices(Object.keys(shells)))
    .action((shell: keyof typeof shells) => {
      process.stdout.write(shells[shell](spokenOf(program)));
    });
}

interface Flag {
  /** `-c` and `--config`, as far as it has both. */
  readonly names: readonly string[];
  readonly description: string;
  /** null: it is a switch. */
  readonly value: { readonly name: string; readonly optional: boolean; readonly choices: readonly string[] } | null;
}

interface Spoken {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly Flag[];
  /** Its arguments are files. */
  readonly files: boolean;
  readonly words: readonly string[];
}

function spokenOf(program: Command): Spoken[] {
  const help = program.createHelp();
  return help.visibleCommands(program).map((command) => ({
    name: command.name(),
    description: command.description(),
    flags: optionsOf(help, command).map(flagOf),
    files: command.registeredArguments.some((argument) => argument.name() === 'file'),
    words:
      command.name() === 'help'
        ? help.visibleCommands(program).map((one) => one.name())
        : [
            ...command.commands.map((one) => one.name()),
            ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
          ],
  }));
}

/** Its own and those of its parts, each once. */
function optionsOf(help: Help, command: Command): Option[] {
  const all = [command, ...command.commands].flatMap((one) => help.visibleOptions(one));
  return [...new Map(all.map((option) => [option.flags, option])).values()];
}

function flagOf({ short, long, flags, description, required, optional, argChoices }: Option): Flag {
  const name = /[<[]([^\]>]+)[\]>]/.exec(flags)?.[1] ?? '';
  return {
    names: [short, long].filter((one) => one !== undefined),
    description,
    value: required || optional ? { name, optional, choices: argChoices ?? [] } : null,
  };
}

const takesFile = (value: Flag['value']): boolean => value?.name === 'file';
const unquotable = (text: string) => text.replaceAll("'", '’');

function bash(commands: readonly Spoken[]): string {
  const cases = commands.map(({ name, flags, files, words }) => {
    const valued = flags.filter(({ value }) => value !== null && !value.optional);
    const free = valued.filter(({ value }) => !takesFile(value) && value?.choices.length === 0);
    const asked = valued
      .filter((flag) => !free.includes(flag))
      .map(({ names, value }) => {
        const words = `COMPREPLY=($(compgen -W '${value?.choices.join(' ')}' -- "$cur"))`;
        return `        ${names.join('|')}) ${takesFile(value) ? 'compopt -o default' : words}; return ;;`;
      });
    if (free.length > 0) asked.push(`        ${free.flatMap(({ names }) => names).join('|')}) return ;;`);
    const all = flags.flatMap(({ names }) => names.filter((one) => one.startsWith('--')));
    return [
      `    ${name})`,
      '      case $prev in',
      ...asked,
      '      esac',
      `      if [[ $cur == -* ]]; then COMPREPLY=($(compgen -W '${all.join(' ')}' -- "$cur"))`,
      files ? '      else compopt -o default' : `      else COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$cur"))`,
      '      fi ;;',
    ].join('\n');
  });
  return `# bash completion of siftd
_siftd() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')} --help --version' -- "$cur"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
  esac
}
complete -F _siftd siftd
`;
}

function zsh(commands: readonly Spoken[]): string {
  /** In _arguments a bracket ends the description, and a colon what stands before it. */
  const told = (text: string) => unquotable(text).replaceAll(/[[\]\\:]/g, '\\$&');
  const argumentOf = (value: Flag['value']) => {
    if (value === null) return '';
    const action = takesFile(value) ? '_files' : value.choices.length > 0 ? `(${value.choices.join(' ')})` : ' ';
    return `${value.optional ? '::' : ':'}${told(value.name)}:${action}`;
  };
  const cases = commands.map(({ name, flags, files, words }) => {
    const specs = flags.flatMap(({ names, description, value }) =>
      names.map((one) => `'(${names.join(' ')})${one}[${told(description)}]${argumentOf(value)}'`),
    );
    const rest = files ? ["'*:file:_files'"] : words.length > 0 ? [`'1:which:(${words.join(' ')})'`] : [];
    return `    ${name}) _arguments ${[...specs, ...rest].join(' \\\n        ')} ;;`;
  });
  return `#compdef siftd
_siftd() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    '${name}:${told(description)}'`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local chosen=$words[2]
  shift words
  ((CURRENT--))
  case $chosen in
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _siftd ]]; then _siftd "$@"; else compdef _siftd siftd; fi
`;
}

function fish(commands: readonly Spoken[]): string {
  const lines = commands.flatMap(({ name, description, flags, files, words }) => [
    `complete -c siftd -n __fish_use_subcommand -a ${name} -d '${unquotable(description)}'`,
    ...flags.map(({ names, description: what, value }) => {
      const parts = names.map((one) => (one.startsWith('--') ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`));
      if (takesFile(value)) parts.push('-r -F');
      else if (value !== null && !value.optional) parts.push(`-x -a '${value.choices.join(' ')}'`);
      return `complete -c siftd -n '__fish_seen_subcommand_from ${name}' ${parts.join(' ')} -d '${unquotable(what)}'`;
    }),
    ...(files ? [`complete -c siftd -n '__fish_seen_subcommand_from ${name}' -F`] : []),
    ...(words.length > 0 ? [`complete -c siftd -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`] : []),
  ]);
  return `# fish completion of siftd\ncomplete -c siftd -f\n${lines.join('\n')}\n`;
}

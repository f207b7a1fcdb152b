import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { reasonOf, UserError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { parseTemplate } from '../triage/template.ts';
import { type Config, configOf } from './config.ts';
import { meaningOf, type Purpose } from './meaning.ts';
import { ConfigError, type Path, type Problem, problemsOf, problemText } from './problems.ts';
import { fileSchema } from './schema.ts';
import { readSecret, Secret, type SecretUse } from './secrets.ts';
import { type SecretSource, secretSchema } from './values.ts';
import { readYaml } from './yaml.ts';

export interface LoadOptions {
  /** What `-c` named. */
  readonly file?: string | undefined;
  readonly purpose: Purpose;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where ./siftd.yaml and a relative `file` are looked for. */
  readonly cwd?: string;
}

const common = ['siftd.yaml', '/etc/siftd/siftd.yaml'] as const;

/**
 * The file that is meant: `-c`, else $SIFTD_CONFIG, else ./siftd.yaml, else /etc/siftd/siftd.yaml; as it was named,
 * so that messages show what the person knows. null: none was named, and neither of the two is there.
 */
export function findConfig(options: Omit<LoadOptions, 'purpose'> = {}): string | null {
  const { file, env = process.env, cwd = process.cwd() } = options;
  const named = file ?? (env['SIFTD_CONFIG'] || undefined);
  return named ?? common.find((path) => existsSync(resolve(cwd, path))) ?? null;
}

/**
 * Finds, reads and checks the configuration. Throws a UserError (exit code 2) that names everything that is wrong
 * with it at once; no message of it holds a secret.
 */
export function loadConfig(options: LoadOptions): Config {
  const { text, ...place } = locate(options);
  return parseConfig(text, place);
}

/** `loadConfig` for whoever wants to know all that can be known of a file, right or not. Throws where there is none to read. */
export function examineConfig(options: LoadOptions): Examined {
  const { text, ...place } = locate(options);
  return examine(text, place);
}

function locate(options: LoadOptions): ParseOptions & { readonly text: string } {
  const { env = process.env, cwd = process.cwd(), purpose } = options;
  const name = findConfig(options);
  if (name === null) {
    throw new UserError(
      `no configuration: neither ./${common[0]} nor ${common[1]} is there; name one with -c FILE or $SIFTD_CONFIG (config/siftd.example.yaml is a start)`,
      2,
    );
  }
  const file = resolve(cwd, name);
  return { text: textOf(file, name), name, file, env, purpose };
}

function textOf(file: string, name: string): string {
  let bytes: Uint8Array;
  try {
    const stat = statSync(file);
    if (stat.isDirectory()) throw new UserError(`${name}: this is a folder; a file is needed`, 2);
    if (stat.size > limits.config.fileBytes) throw new UserError(tooLong(name), 2);
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'ENOENT') throw new UserError(`${name}: there is no such file`, 2);
    if (code === 'EACCES') throw new UserError(`${name}: this user may not read it`, 2);
    throw new UserError(`${name}: cannot be read: ${reasonOf(error)}`, 2);
  }
  if (bytes.byteLength > limits.config.fileBytes) throw new UserError(tooLong(name), 2);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UserError(`${name}: this is not UTF-8 text; save it as UTF-8`, 2);
  }
}

function tooLong(name: string): string {
  return `${name}: it has more than ${limits.config.fileBytes} octets; that is no configuration`;
}

export interface ParseOptions {
  /** As messages show it. */
  readonly name: string;
  /** Absolute; relative paths in the text start at its folder. */
  readonly file: string;
  readonly purpose: Purpose;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `loadConfig` for a text that was read already. Reads the files of secrets, where the purpose needs them. */
export function parseConfig(text: string, options: ParseOptions): Config {
  const { config, problems, secrets } = examine(text, options);
  const unread = secrets.flatMap(({ line, path, why }) => (why === null ? [] : [{ line, path, text: why }]));
  if (config === null || unread.length > 0) throw new ConfigError(options.name, [...problems, ...unread]);
  return config;
}

/** What is known of a configuration, whether or not siftd would start with it. */
export interface Examined {
  /** As messages show it. */
  readonly name: string;
  /** null: it has problems. A secret that could not be read is in it, and cannot be revealed. */
  readonly config: Config | null;
  /** Those of secrets are with them. */
  readonly problems: readonly Problem[];
  readonly secrets: readonly ExaminedSecret[];
  /** What is allowed and doubtful, but for what concerns one secret alone. */
  readonly warnings: readonly Problem[];
}

export interface ExaminedSecret {
  readonly path: Path;
  readonly line: number;
  readonly source: SecretSource;
  /** Why it cannot be had; null: it was read. */
  readonly why: string | null;
  readonly warning: string | null;
}

function examine(text: string, { name, file, env, purpose }: ParseOptions): Examined {
  const source = readYaml(text);
  const problems: Problem[] = [...source.problems];
  if (source.value === undefined) return { name, config: null, problems, secrets: [], warnings: [] };

  const parsed = fileSchema.safeParse(source.value);
  if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, source.value, source.line));
  const placed = ({ path, text, at }: { path: Path; text: string; at: 'key' | 'value' }): Problem => ({
    path,
    text,
    line: source.line(path, at),
  });
  const meaning = meaningOf(source.value, purpose);
  problems.push(...meaning.problems.map(placed));
  const warnings = meaning.warnings.map(placed);

  const templates = templatesIn(source.value, dirname(file));
  for (const { at, why } of templates) if (why !== null) problems.push(placed({ path: at, text: why, at: 'value' }));

  const opened = new Map<string, Secret>();
  const secrets: ExaminedSecret[] = [];
  for (const { path, raw, use } of secretsOf(source.value, purpose)) {
    const known = secretSchema.safeParse(raw);
    if (!known.success) continue;
    const read = readSecret(known.data, use, { env, folder: dirname(file) });
    if (read.ok) opened.set(JSON.stringify(known.data), read.secret);
    const found = read.ok ? { why: null, warning: read.warning } : { why: read.why, warning: null };
    secrets.push({ path, line: source.line(path, 'key'), source: known.data, ...found });
  }

  if (!parsed.success || problems.length > 0) return { name, config: null, problems, secrets, warnings };
  const open = (from: SecretSource) => opened.get(JSON.stringify(from)) ?? new Secret(from, null);
  const doubtful = secrets.flatMap(({ line, path, warning: text }) => (text === null ? [] : [{ line, path, text }]));
  const config = configOf(parsed.data, open, {
    file,
    templates: new Map(templates.flatMap(({ path, text }) => (text === null ? [] : [[path, text]]))),
    state: stateFolder(parsed.data.state, file, env),
    warnings: [...warnings, ...doubtful].map((warning) => problemText(name, warning)),
  });
  return { name, config, problems, secrets, warnings };
}

/** The same from every working directory, so that `siftd status` finds what the daemon writes. */
function stateFolder(state: string | undefined, file: string, env: ParseOptions['env']): string {
  // systemd names several folders parted by ":" where a unit has several (systemd.exec(5)).
  const given = state ?? env['STATE_DIRECTORY']?.split(':')[0];
  return resolve(dirname(file), given || 'state');
}

/** Where ways can stand. `*` is every entry of a map or a list. */
const wayPlaces = [[], ['accounts', '*']].flatMap((base) => [
  [...base, 'routes', '*'],
  [...base, 'unsure'],
  [...base, 'failed'],
]);

/** Where secrets can stand. `*` is every entry of a map or a list. */
const secretPlaces: readonly {
  readonly of: 'run' | 'serve';
  readonly use: SecretUse;
  readonly at: readonly string[];
}[] = [
  { of: 'run', use: 'login', at: ['accounts', '*', 'password'] },
  { of: 'run', use: 'login', at: ['accounts', '*', 'oauth', 'client_secret'] },
  { of: 'run', use: 'gate', at: ['seal'] },
  { of: 'run', use: 'login', at: ['smtp', 'password'] },
  { of: 'run', use: 'login', at: ['accounts', '*', 'smtp', 'password'] },
  ...wayPlaces.map((at) => ({ of: 'run' as const, use: 'signing' as const, at: [...at, 'webhook', 'secret'] })),
  { of: 'run', use: 'header', at: ['accounts', '*', 'classifier', 'token'] },
  { of: 'run', use: 'header', at: ['classifier', 'token'] },
  { of: 'run', use: 'header', at: ['classifier', 'headers', '*'] },
  { of: 'run', use: 'gate', at: ['console', 'token'] },
  { of: 'run', use: 'header', at: ['metrics', 'token'] },
  { of: 'serve', use: 'header', at: ['service', 'companies', '*', 'tokens', '*'] },
  { of: 'serve', use: 'header', at: ['service', 'companies', '*', 'orchestrators', '*', 'llm', 'token'] },
  { of: 'serve', use: 'header', at: ['service', 'metrics', 'token'] },
];

interface TemplateAt {
  readonly at: Path;
  /** Absolute. */
  readonly path: string;
  readonly text: string | null;
  readonly why: string | null;
}

/** The templates of answers, read: a daemon that finds one missing when a message is answered would find it too late. */
function templatesIn(value: unknown, folder: string): TemplateAt[] {
  return wayPlaces
    .flatMap((at) => matches(value, [...at, 'reply'], []))
    .flatMap(({ path: at, raw }) => {
      if (typeof raw !== 'string') return [];
      const path = resolve(folder, raw);
      const read = readTemplate(path);
      return [{ at, path, ...read }];
    });
}

function readTemplate(path: string): Pick<TemplateAt, 'text' | 'why'> {
  try {
    const { size } = statSync(path);
    const most = limits.reply.templateBytes;
    if (size > most) return { text: null, why: `found a file of ${size} octets; allowed: up to ${most}` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
    const template = parseTemplate(text);
    return template.ok ? { text, why: null } : { text: null, why: template.fault.message };
  } catch (error) {
    return { text: null, why: `it cannot be read: ${reasonOf(error)}` };
  }
}

interface SecretAt {
  readonly path: Path;
  readonly raw: unknown;
  readonly use: SecretUse;
}

function secretsOf(value: unknown, purpose: Purpose): SecretAt[] {
  return secretPlaces
    .filter((place) => purpose === 'check' || purpose === place.of)
    .flatMap(({ use, at }) => matches(value, at, []).map((match) => ({ ...match, use })));
}

function matches(value: unknown, at: readonly string[], path: Path): { path: Path; raw: unknown }[] {
  const [part, ...rest] = at;
  if (part === undefined) return value === undefined ? [] : [{ path, raw: value }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value))
    return part === '*' ? value.flatMap((each, index) => matches(each, rest, [...path, index])) : [];
  return Object.entries(value)
    .filter(([key]) => part === '*' || part === key)
    .flatMap(([key, each]) => matches(each, rest, [...path, key]));
}

import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import type { Choice, LearnedExample } from '../daemon/learn.ts';
import type { AccountSetup } from '../daemon/scribe.ts';
import { createParser } from '../mail/pool.ts';
import { openStore } from '../store/store.ts';
import { examplesOf, modelId, modelPath } from './embedded.ts';
import { modelFile } from './engines.ts';
import { setupOf } from './gateway.ts';
import { mailboxesOf } from './mailboxes.ts';

/** What one model is to be made of: the sorted folders of all accounts with the same set of routes. */
export interface FolderLesson {
  readonly accounts: readonly string[];
  readonly path: string;
  readonly examples: readonly LearnedExample[];
  /** One line a class that nothing could be learned from, and why. */
  readonly left: readonly string[];
}

export interface LessonOptions {
  /** Where the model goes, instead of where the configuration has it. */
  readonly path?: string | undefined;
  readonly choice?: Choice;
  readonly signal: AbortSignal;
  readonly onRead?: (account: string, folder: string, read: number, of: number) => void;
}

export interface LearnedModel {
  readonly accounts: readonly AccountSetup[];
  readonly path: string;
}

/**
 * The models of a configuration and whose folders each is made of: for each distinct set of routes that of the service
 * inside siftd; for accounts that ask `siftd serve` of the same file, that of their orchestrator. Throws a UserError
 * where all ask somebody else.
 */
export function modelsOf(config: Config): LearnedModel[] {
  const models = grouped(config, (account) => ownPath(account, config));
  if (models.length > 0 || config.accounts.size === 0) return models;
  throw new UserError(
    'the accounts ask a classifier elsewhere (classifier.url), which has its own model; --model FILE makes one all the same',
    2,
  );
}

/** The one model that all accounts teach together. */
function modelAt(path: string, config: Config): LearnedModel[] {
  const models = grouped(config, (account) => modelId(account.policy));
  if (models.length <= 1) return models.map(({ accounts }) => ({ accounts, path }));
  const names = models.map(({ accounts }) => accounts.map(({ name }) => name).join(', ')).join('; ');
  throw new UserError(
    `the accounts have several sets of routes (${names}), which are several models: leave --model out`,
    2,
  );
}

function grouped(config: Config, pathOf: (account: AccountConfig) => string | null): LearnedModel[] {
  const accounts = [...config.accounts.values()];
  const paths = new Set(accounts.map(pathOf).filter((path) => path !== null));
  return [...paths].map((path) => ({
    path,
    accounts: accounts.filter((account) => pathOf(account) === path).map((account) => setupOf(account, config)),
  }));
}

function ownPath({ policy, classifier }: AccountConfig, config: Config): string | null {
  if (config.classifier.endpoint === null || classifier === null) return modelPath(config.state, modelId(policy));
  return modelFile(config, classifier);
}

/**
 * Reads what people already sorted, model by model, over IMAP. Beside a running daemon too: it takes no lock, changes
 * no mailbox and never sets \Seen. A running daemon takes the model that is made of it without a restart.
 */
export async function* folderLessons(config: Config, options: LessonOptions): AsyncGenerator<FolderLesson> {
  const { choice = {}, signal, onRead } = options;
  const models = options.path === undefined ? modelsOf(config) : modelAt(options.path, config);
  const mailboxes = mailboxesOf(() => config, { clock: systemClock });
  const parser = createParser(config.body);
  const database = join(config.state, 'siftd.db');
  // Before the first start there is none, and nothing that siftd filed.
  const store = existsSync(database) ? openStore(database, { readonly: true }) : null;
  const journal = store ?? { inFolder: () => [] };
  try {
    for (const { accounts, path } of models) {
      const now = systemClock.now();
      const room = { mailboxes, parser, journal, choice, now, signal, ...(onRead === undefined ? {} : { onRead }) };
      const lesson = await examplesOf(accounts, room);
      if (!lesson.ok) throw new UserError(lesson.fault.message, lesson.fault.kind === 'temporary' ? 75 : 1);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      yield { accounts: accounts.map(({ name }) => name), path, ...lesson.value };
    }
  } finally {
    store?.close();
    await parser.close();
  }
}

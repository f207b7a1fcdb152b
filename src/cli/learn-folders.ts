import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { AccountSetup } from '../daemon/lane.ts';
import type { Choice, LearnedExample } from '../daemon/learn.ts';
import { createMailboxes } from '../imap/session.ts';
import { createParser } from '../mail/pool.ts';
import { openStore } from '../store/store.ts';
import { examplesOf, modelId, modelPath } from './embedded.ts';
import { imapOf, setupOf } from './gateway.ts';

/** What one model is to be made of: the sorted folders of all accounts with the same set of routes. */
export interface FolderLesson {
  readonly accounts: readonly string[];
  readonly path: string;
  readonly examples: readonly LearnedExample[];
  /** One line a class that nothing could be learned from, and why. */
  readonly left: readonly string[];
}

export interface LessonOptions {
  readonly choice?: Choice;
  readonly signal: AbortSignal;
  readonly onRead?: (account: string, folder: string, read: number, of: number) => void;
}

/** The models of a configuration: for each distinct set of routes, its accounts and the file. */
export function modelsOf(config: Config): { readonly accounts: readonly AccountSetup[]; readonly path: string }[] {
  const sets = new Map<string, AccountSetup[]>();
  for (const account of config.accounts.values()) {
    const setup = setupOf(account, config);
    const id = modelId(setup.policy);
    sets.set(id, [...(sets.get(id) ?? []), setup]);
  }
  return [...sets].map(([id, accounts]) => ({ accounts, path: modelPath(config.state, id) }));
}

/**
 * Reads what people already sorted, model by model, over IMAP. Beside a running daemon too: it takes no lock, changes
 * no mailbox and never sets \Seen. A running daemon takes the model that is made of it without a restart.
 */
export async function* folderLessons(config: Config, options: LessonOptions): AsyncGenerator<FolderLesson> {
  const { choice = {}, signal, onRead } = options;
  const logins = new Map([...config.accounts.values()].map((account) => [account.name, imapOf(account)]));
  const mailboxes = createMailboxes((name) => logins.get(name), { clock: systemClock });
  const parser = createParser(config.body);
  const database = join(config.state, 'siftd.db');
  // Before the first start there is none, and nothing that siftd filed.
  const store = existsSync(database) ? openStore(database, { readonly: true }) : null;
  const journal = store ?? { inFolder: () => [] };
  try {
    for (const { accounts, path } of modelsOf(config)) {
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

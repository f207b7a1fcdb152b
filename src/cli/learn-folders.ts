import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import type { Config } from '../config/config.ts';
import type { AccountSetup } from '../daemon/lane.ts';
import type { LearnedExample } from '../daemon/learn.ts';
import { createMailboxes } from '../imap/session.ts';
import { createParser } from '../mail/pool.ts';
import { examplesOf, modelId, modelPath } from './embedded.ts';
import { imapOf, setupOf } from './gateway.ts';

/** What one model is to be made of: the sorted folders of all accounts with the same set of routes. */
export interface FolderLesson {
  readonly accounts: readonly string[];
  readonly path: string;
  readonly examples: readonly LearnedExample[];
}

/**
 * Reads what people already sorted, model by model, over IMAP. Beside a running daemon too: it takes no lock, changes
 * no mailbox and never sets \Seen. A running daemon takes the model that is made of it without a restart.
 */
export async function* folderLessons(config: Config, signal: AbortSignal): AsyncGenerator<FolderLesson> {
  const sets = new Map<string, AccountSetup[]>();
  for (const account of config.accounts.values()) {
    const setup = setupOf(account, config);
    const id = modelId(setup.policy);
    sets.set(id, [...(sets.get(id) ?? []), setup]);
  }
  const logins = new Map([...config.accounts.values()].map((account) => [account.name, imapOf(account)]));
  const mailboxes = createMailboxes((name) => logins.get(name), { clock: systemClock });
  const parser = createParser(config.body);
  try {
    for (const [id, accounts] of sets) {
      const examples = await examplesOf(accounts, { mailboxes, parser, signal });
      if (!examples.ok) throw new UserError(examples.fault.message, examples.fault.kind === 'temporary' ? 75 : 1);
      const path = modelPath(config.state, id);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      yield { accounts: accounts.map(({ name }) => name), path, examples: examples.value };
    }
  } finally {
    await parser.close();
  }
}

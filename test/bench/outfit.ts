import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { modelId, modelPath } from '../../src/cli/embedded.ts';
import { loadConfig } from '../../src/config/load.ts';
import { trainInWorker } from '../../src/engine/background.ts';
import { saveModel } from '../../src/engine/modelfile.ts';
import { createParser } from '../../src/mail/pool.ts';
import { openStore } from '../../src/store/store.ts';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';
import { folderOf, letters, subjectRules } from './letters.ts';

/** Examples of each class that the model learns from. */
const known = 100;
/** None of them is among the messages of the parts, whose seeds are others. */
const seed = 20260106;

/** A model of the ten classes. Answers its path. */
export async function learned(path: string): Promise<string> {
  const parser = createParser({ limit: 20_000, quotes: 'keep' });
  const examples = await Promise.all(
    [...letters(known * subjectRules.length, seed)].map(async ({ raw, label }) => {
      const readable = await parser.parse({ kind: 'whole', source: Uint8Array.from(Buffer.from(raw)) });
      if (!readable.ok) throw new Error(readable.fault.message);
      return { ...readable.value, label };
    }),
  );
  await parser.close();
  saveModel(path, await trainInWorker(examples));
  return path;
}

/** A real Dovecot, a folder that goes with it even if this process is killed, and a model of the ten classes. */
export async function onDovecot<T>(play: (dovecot: Dovecot, dir: string, model: string) => Promise<T>): Promise<T> {
  const dovecot = await startDovecot({ fsync: 'optimized' });
  const dir = join(dovecot.dir, 'bench');
  mkdirSync(dir);
  try {
    return await play(dovecot, dir, await learned(join(dir, 'model')));
  } finally {
    await dovecot.stop();
  }
}

export interface Outfit {
  /** The folder of its state and its configuration; made here. */
  readonly state: string;
  /** Of `learned`. */
  readonly model: string;
  readonly server: { readonly host: string; readonly port: number };
  /** One account each; all watch INBOX. */
  readonly users: readonly string[];
  /** What of the mailbox counts as new at the first start. */
  readonly since: 'all' | 'now';
  /** Another classifier than the one inside siftd, as the configuration has it. */
  readonly classifier?: object;
  /** The service's part of the configuration. */
  readonly service?: object;
}

/** Everything that `siftd run` needs to sort the ten classes. Answers the configuration's path. */
export function fitOut({ state, model, server, users, since, classifier, service }: Outfit): string {
  mkdirSync(join(state, 'models'), { recursive: true });
  const file = join(state, 'siftd.yaml');
  const password = join(state, 'password');
  writeFileSync(password, 'secret', { mode: 0o600 });
  const account = { ...server, tls: 'none', password: { file: password }, folders: ['INBOX'], since };
  const configuration = {
    state,
    ...(classifier === undefined ? {} : { classifier }),
    ...(service === undefined ? {} : { service }),
    accounts: Object.fromEntries(users.map((user) => [user, { ...account, user }])),
    threshold: 0.5,
    routes: Object.fromEntries(subjectRules.map(({ label }) => [label, { move: folderOf(label) }])),
  };
  writeFileSync(file, stringify(configuration, { aliasDuplicateObjects: false }));
  if (classifier === undefined) {
    const [first] = loadConfig({ file, purpose: 'run' }).accounts.values();
    if (first === undefined) throw new Error('the configuration has no account');
    // Accounts with the same routes share one model.
    copyFileSync(model, modelPath(state, modelId(first.policy)));
  }
  return file;
}

/** Resolves when every account is watched, as `siftd status` sees it beside the daemon. */
export async function allWatching(state: string, count: number): Promise<void> {
  for (let patience = 600; patience > 0; patience--) {
    await delay(500);
    const store = openStore(join(state, 'siftd.db'), { readonly: true });
    const { accounts } = store.overview();
    store.close();
    if (Object.values(accounts).filter(({ note }) => note?.state === 'watching').length === count) return;
  }
  throw new Error('not every account is watched after five minutes');
}

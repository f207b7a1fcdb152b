import type { ClassifierOptions } from '../api/client.ts';
import type { Keyring } from '../auth/keyring.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import type { Account } from '../imap/connect.ts';

/* How the mailbox and the API of an account are reached. */

/** `keyring` gives the access tokens of accounts without a password. */
export function imapOf({ name, host, port, tls, user, login }: AccountConfig, keyring: Keyring): Account {
  const address = { name, host, port, tls, user };
  if (login.by === 'password') return { ...address, password: login.password.reveal() };
  return { ...address, token: (signal, refused) => keyring.token(login.of, signal, refused) };
}

/** How an account's API is asked; null: it is the service inside siftd. */
export function apiOf(
  { classifier }: Config,
  { classifier: asked }: AccountConfig,
  parts: Pick<ClassifierOptions, 'fetch' | 'clock'>,
): ClassifierOptions | null {
  const { endpoint, concurrency, rate, words } = classifier;
  if (asked === null || endpoint === null) return null;
  return {
    ...parts,
    company: asked.company,
    orchestrator: asked.orchestrator,
    token: asked.token?.reveal(),
    headers: Object.fromEntries([...endpoint.headers].map(([name, secret]) => [name, secret.reveal()])),
    baseUrl: endpoint.url,
    concurrency,
    rate: rate === null ? undefined : { requests: rate.requests, perMs: rate.per },
    words,
  };
}

/** The same for accounts that ask the same orchestrator with the same token. */
export function addressId(account: AccountConfig | undefined): string {
  const { company, orchestrator, token } = account?.classifier ?? {};
  return JSON.stringify([company, orchestrator, token?.source]);
}

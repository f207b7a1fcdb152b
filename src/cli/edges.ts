import type { ClassifierOptions } from '../api/client.ts';
import type { AccountConfig, Config } from '../config/config.ts';

/* How the mailbox and the API of an account are reached. */

export function imapOf(account: AccountConfig) {
  const { name, host, port, tls, user } = account;
  return { name, host, port, tls, user, password: account.password.reveal() };
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

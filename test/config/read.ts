import { expect } from 'vitest';
import { UserError } from '../../src/base/errors.ts';
import type { Config } from '../../src/config/config.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { Purpose } from '../../src/config/meaning.ts';

export const env = { PASSWORD: 'correct horse', TOKEN: 'battery', GATE: 'horse battery staple' };

export function parsed(text: string, purpose: Purpose = 'check') {
  return parseConfig(text, { name: 'siftd.yaml', file: '/etc/siftd/siftd.yaml', purpose, env });
}

/** The lines of the error that a text gives. */
export function errors(text: string, purpose: Purpose = 'check'): string[] {
  try {
    parsed(text, purpose);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split('\n');
  }
  return [];
}

export const account = 'accounts: { a: { host: h.example, user: u, password: { env: PASSWORD } } }\n';
export const route = 'routes: { refund: { move: Refunds } }\n';

/** As it is when each account says itself what the file says for all of them: so it is printed. */
export function spelledOut(config: Config): Config {
  const accounts = [...config.accounts].map(
    ([name, account]) => [name, { ...account, own: { mode: true, routes: true } }] as const,
  );
  return { ...config, accounts: new Map(accounts) };
}

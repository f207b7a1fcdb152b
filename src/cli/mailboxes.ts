import { join } from 'node:path';
import type { Authority } from '../auth/authority.ts';
import { type ConsentBook, Keyring } from '../auth/keyring.ts';
import { google, microsoft, type Provider } from '../auth/provider.ts';
import { overNetwork } from '../base/ask.ts';
import type { Clock } from '../base/clock.ts';
import { UserError } from '../base/errors.ts';
import type { Config, OAuthLogin } from '../config/config.ts';
import { createMailboxes, type MailboxesOptions } from '../imap/session.ts';
import { Consents } from '../store/consents.ts';
import { imapOf } from './edges.ts';
import { giveToOwner, makePrivateFolder } from './until-stopped.ts';

/** The mailboxes of a configuration, which may be another one at every login. `keyring`: where others need its tokens too. */
export function mailboxesOf(
  config: () => Config,
  options: MailboxesOptions & { readonly clock: Clock },
  keyring: Keyring = keyringOf(config, options.clock),
) {
  return createMailboxes((name) => {
    const account = config().accounts.get(name);
    return account === undefined ? undefined : imapOf(account, keyring);
  }, options);
}

export function keyringOf(config: () => Config, clock: Clock): Keyring {
  const book: ConsentBook = {
    consent: (account) => withConsents(config(), (consents) => consents.consent(account)),
    renew: (account, from, to, at) => withConsents(config(), (consents) => consents.renew(account, from, to, at)),
  };
  return new Keyring({
    book,
    clock,
    async authorities(name) {
      const login = config().accounts.get(name)?.login;
      if (login?.by !== 'oauth') return null;
      return { authority: await authorityOf(login, clock), byItself: login.grant === 'application' };
    },
  });
}

/** Its code is loaded for who needs it. */
export async function authorityOf({ provider, clientId, clientSecret }: OAuthLogin, clock: Clock): Promise<Authority> {
  const { Authority } = await import('../auth/authority.ts');
  const application = { id: clientId, secret: clientSecret?.reveal() ?? null };
  return new Authority({ provider: providerOf(provider), application, fetch: overNetwork, clock });
}

/** Open for one look, as that is once an hour, and `siftd auth login` writes beside the daemon. */
export function withConsents<T>({ state, seal }: Config, look: (consents: Consents) => T): T {
  if (seal === null) throw new UserError('the configuration has no seal, which opens what people consented to', 2);
  makePrivateFolder(state);
  const file = join(state, 'consents.db');
  const consents = new Consents(file, seal.reveal());
  try {
    return look(consents);
  } finally {
    consents.close();
    giveToOwner(file, state);
  }
}

function providerOf(provider: OAuthLogin['provider']): Provider {
  switch (provider.kind) {
    case 'google':
      return google;
    case 'microsoft':
      return microsoft(provider.tenant);
    case 'other': {
      const { token, authorization, device, scope } = provider;
      const { origin, host } = new URL(token);
      return {
        name: host,
        issuer: origin,
        token,
        authorization,
        device,
        scope,
        applicationScope: null,
        loopback: 'http://127.0.0.1',
        ask: {},
      };
    }
  }
}

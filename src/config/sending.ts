import { resolve } from 'node:path';
import { z } from 'zod';
import { limits } from '../base/limits.ts';
import type { Sending } from '../triage/sending.ts';
import type { Secret } from './secrets.ts';
import { duration, durationText, type SecretSource, secretSchema, section, text, whole, yesOrNo } from './values.ts';

/* What siftd sends: the keys `forward`, `reply` and `webhook` of a way, `smtp`, `alerts` and `privacy`. */

const addressAllowed = 'an address such as refunds@example.com, without a name';

/** RFC 5321 4.1.2, less what only quotes allow: no such address was ever typed into a configuration on purpose. */
export const address = z
  .string(addressAllowed)
  .max(254, addressAllowed)
  .regex(
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/,
    addressAllowed,
  );

const addresses = z.union(
  [
    address.transform((one) => [one]),
    z.array(address, addressAllowed).min(1, addressAllowed).max(limits.config.recipients, addressAllowed),
  ],
  `${addressAllowed}; or a list of them`,
);

const hookUrlAllowed = 'a URL such as https://helpdesk.example/hooks/mail, without a user, a password or "#"';
const hookUrl = z
  .string(hookUrlAllowed)
  .max(2000, hookUrlAllowed)
  .refine((given) => {
    if (!/^https?:\/\/[^\s#]+$/i.test(given) || !URL.canParse(given)) return false;
    const { username, password } = new URL(given);
    return username === '' && password === '';
  }, hookUrlAllowed)
  .transform((given) => new URL(given).href);

export const sendingShape = {
  forward: z
    .union(
      [
        addresses.transform((to) => ({ to, as: 'attachment' as const })),
        section({
          to: addresses.describe('To whom.'),
          as: z
            .enum(['attachment', 'redirect'], '"attachment" or "redirect"')
            .default('attachment')
            .describe('attachment: in a new mail. redirect: as it is, from its sender, with Resent- fields.'),
        }),
      ],
      `${addressAllowed}, a list of them, or {to, as}`,
    )
    .optional()
    .describe('Sent on by mail, once, when it is filed.'),
  reply: text('the path of a template', 4096)
    .optional()
    .describe(
      'A template, relative to this file: sent to its sender, where RFC 3834 lets a machine answer, once a day.',
    ),
  webhook: section({
    url: hookUrl.describe('Where it is posted: class, confidence, Message-ID, thread and folder.'),
    secret: secretSchema.describe('Signs it, as the Standard Webhooks specification says: whsec_ and base64.'),
    allow_private: yesOrNo
      .default(false)
      .describe('true: also to an address of this machine or a private network, and by http.'),
  })
    .optional()
    .describe('Posted to a helpdesk when it is filed, at least once, always under the same id.'),
};

const hostAllowed = 'a host name or an IP address, without a port';

export const smtpSchema = section({
  host: z
    .string(hostAllowed)
    .max(255, hostAllowed)
    .regex(/^[A-Za-z0-9.:_-]+$/, hostAllowed)
    .describe('The mail server.'),
  port: whole(1, 65535).optional().describe('Default: 465 with tls: implicit, 587 with starttls, 25 with none.'),
  tls: z
    .enum(['implicit', 'starttls', 'none'], '"implicit", "starttls" or "none"')
    .default('implicit')
    .describe('none: only for a server on this machine.'),
  login: z
    .enum(['account', 'none'], '"account" or "none"')
    .optional()
    .describe(
      'account: as the mailbox does, also by oauth. none: no login. Default: account, or user and password below.',
    ),
  user: text('the login name', 320).optional().describe('By which name it logs in. Default: the user of the account.'),
  password: secretSchema.optional(),
  from: address.optional().describe('The address that it sends from. Default: the user of the account.'),
  bounces: address
    .optional()
    .describe(
      'The reverse-path of answers and alerts, where the server takes no null one, as Microsoft 365. Default: null.',
    ),
});

export const alertsSchema = section({
  to: addresses.describe('Who is told when something needs a person.'),
  every: duration(limits.config.alertsMin, limits.config.alertsMax)
    .prefault('1h')
    .describe('At most one mail in this time.'),
  account: text('the name of an account', limits.config.name)
    .optional()
    .describe('Whose smtp sends it. Default: the first account that has one.'),
});

export const privacySchema = section({
  subjects: yesOrNo.default(false).describe('true: webhooks say the subject of a message.'),
});

export type SmtpShape = z.output<typeof smtpSchema>;
export type AlertsShape = z.output<typeof alertsSchema>;
type SendingShape = { [K in keyof typeof sendingShape]?: z.output<(typeof sendingShape)[K]> };

/** Where an account hands in its mail. */
export interface SmtpConfig {
  readonly host: string;
  readonly port: number;
  readonly tls: 'implicit' | 'starttls' | 'none';
  /** The name by which it logs in. */
  readonly user: string;
  /** `account`: with what the mailbox proves itself by. */
  readonly login: 'account' | 'none' | Secret;
  readonly from: string;
  /** The reverse-path of what no bounce is wanted of; empty: the null one. */
  readonly bounces: string;
}

export interface HookConfig {
  readonly secret: Secret;
  readonly allowPrivate: boolean;
}

/** What an account needs to send what its routes ask for. */
export interface SendingConfig {
  /** null: it sends no mail. */
  readonly smtp: SmtpConfig | null;
  /** By their URLs. */
  readonly hooks: ReadonlyMap<string, HookConfig>;
  /** The texts of templates, by their absolute paths. */
  readonly templates: ReadonlyMap<string, string>;
  /** Webhooks say the subject. */
  readonly subjects: boolean;
}

export interface AlertsConfig {
  readonly to: readonly string[];
  /** Milliseconds. */
  readonly every: number;
  /** Whose smtp sends it. */
  readonly account: string;
}

/** What a way sends, in the order in which it is written down. */
export function sendsOf({ forward, reply, webhook }: SendingShape, folder: string): Sending[] {
  return [
    ...(forward?.to ?? []).map((to) => ({ kind: 'forward', to, as: forward?.as ?? 'attachment' }) as const),
    ...(reply === undefined ? [] : [{ kind: 'reply', template: resolve(folder, reply) } as const]),
    ...(webhook === undefined ? [] : [{ kind: 'webhook', url: webhook.url } as const]),
  ];
}

export function hooksOf(
  ways: readonly SendingShape[],
  open: (source: SecretSource) => Secret,
): ReadonlyMap<string, HookConfig> {
  const hooks = new Map<string, HookConfig>();
  for (const { webhook } of ways) {
    if (webhook === undefined) continue;
    hooks.set(webhook.url, { secret: open(webhook.secret), allowPrivate: webhook.allow_private });
  }
  return hooks;
}

const ports = { implicit: 465, starttls: 587, none: 25 } as const;

export function smtpOf(
  smtp: SmtpShape | undefined,
  user: string,
  open: (source: SecretSource) => Secret,
): SmtpConfig | null {
  if (smtp === undefined) return null;
  const { host, tls, password, login = 'account', from = smtp.user ?? user } = smtp;
  return {
    host,
    port: smtp.port ?? ports[tls],
    tls,
    user: smtp.user ?? user,
    login: password === undefined ? login : open(password),
    from,
    bounces: smtp.bounces ?? '',
  };
}

type Plain = Record<string, unknown>;

/** The same in the file's own words. */
export function sendingText(sends: readonly Sending[], { hooks }: Pick<SendingConfig, 'hooks'>): Plain {
  const forwards = sends.filter((one) => one.kind === 'forward');
  const reply = sends.find((one) => one.kind === 'reply');
  const webhook = sends.find((one) => one.kind === 'webhook');
  const hook = webhook === undefined ? undefined : hooks.get(webhook.url);
  return {
    ...(forwards.length === 0 ? {} : { forward: { to: forwards.map(({ to }) => to), as: forwards[0]?.as } }),
    ...(reply === undefined ? {} : { reply: reply.template }),
    ...(webhook === undefined || hook === undefined
      ? {}
      : { webhook: { url: webhook.url, secret: hook.secret.source, allow_private: hook.allowPrivate } }),
  };
}

export function smtpText({ login, bounces, ...rest }: SmtpConfig): Plain {
  const server = { ...rest, ...(bounces === '' ? {} : { bounces }) };
  const { user, ...known } = server;
  if (login === 'none') return { ...known, login };
  return { ...server, ...(login === 'account' ? { login } : { password: login.source }) };
}

export function alertsText({ to, every, account }: AlertsConfig): Plain {
  return { to: [...to], every: durationText(every), account };
}

interface Flaw {
  readonly key: string;
  readonly text: string;
}

/** What of `smtp` cannot be, beside its shape. `none` of TLS is for `loopback` alone. */
export function flawsOfSmtp({ tls, host, login, user, password }: SmtpShape, loopback: boolean): Flaw[] {
  const found: Flaw[] = [];
  if (tls === 'none' && !loopback) {
    const text = `found "none" with the host ${JSON.stringify(host)}; allowed: "implicit" or "starttls", since mail in clear text stays on this machine`;
    found.push({ key: 'tls', text });
  }
  if (password !== undefined && login !== undefined) {
    found.push({ key: 'login', text: 'found beside password; allowed: one of the two' });
  }
  if (user !== undefined && login === 'none') {
    found.push({ key: 'user', text: 'found with login: none; allowed: without it' });
  }
  return found;
}

/** What of a way's `webhook` cannot be, beside its shape. */
export function flawsOfSending({ webhook }: SendingShape): Flaw[] {
  if (webhook === undefined || webhook.allow_private || webhook.url.startsWith('https:')) return [];
  return [
    { key: 'webhook', text: 'found a url of http; allowed: https, or allow_private: true within your own network' },
  ];
}

/** The keys of a way that need a mail server. */
export function mailsOf({ forward, reply }: SendingShape): ('forward' | 'reply')[] {
  return [
    ...(forward === undefined ? [] : (['forward'] as const)),
    ...(reply === undefined ? [] : (['reply'] as const)),
  ];
}

import { basename } from 'node:path';
import type { Keyring } from '../auth/keyring.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { AccountConfig, Config } from '../config/config.ts';
import type { SmtpConfig } from '../config/sending.ts';
import type { Letter, Occasion, Post, Written } from '../daemon/ports.ts';
import { externalRef } from '../mail/identity.ts';
import { postingWebhookId, ticketOf } from '../mail/posting.ts';
import type { Mailer } from '../post/mailer.ts';
import type { SmtpServer } from '../post/smtp.ts';
import type { Digest } from '../triage/digest.ts';
import type { Posted } from '../triage/posted.ts';
import type { Posting } from '../triage/posting.ts';
import { parseTemplate } from '../triage/template.ts';

interface PostParts {
  /** The account as it is now, and what else stands in its file. */
  readonly account: AccountConfig;
  /** Addresses that are ours, of all accounts: no mail from one of them is answered. */
  readonly own: () => readonly string[];
  readonly keyring: Keyring;
  readonly clock: Clock;
}

/** What each account writes and sends with. The code that sends is loaded for who sends. */
export function postOf(config: Config, name: string, keyring: Keyring, clock: Clock): AccountPost {
  const account = config.accounts.get(name);
  if (account === undefined) throw new Error(`there is no account ${name}`);
  return new AccountPost({ account, own: () => addressesOf(config), keyring, clock });
}

/** Looked for where it is asked, as a thousand accounts that never answer begin with this too. */
function addressesOf({ accounts }: Config): string[] {
  const all = [...accounts.values()].flatMap(({ user, aliases, sending }) => [
    ...[user, ...aliases],
    sending.smtp?.from ?? user,
  ]);
  return [...new Set(all)].filter((one) => one.includes('@'));
}

export class AccountPost implements Post {
  readonly #parts: PostParts;
  #mailer: Mailer | null = null;

  constructor(parts: PostParts) {
    this.#parts = parts;
  }

  async write(occasion: Occasion): Promise<Written> {
    const { sending } = occasion;
    switch (sending.kind) {
      case 'forward':
        return await this.#forward(occasion, sending.to, sending.as);
      case 'reply':
        return await this.#reply(occasion, sending.template);
      case 'webhook':
        return {
          result: 'written',
          recipient: sending.url,
          sender: '',
          content: Buffer.from(await this.#body(occasion)),
        };
    }
  }

  async digest({ subject, text, to, key, at }: Digest & { to: string; key: string; at: number }): Promise<Letter> {
    const { notice } = await import('../post/letters.ts');
    const letter = await notice({ id: key, from: { name: 'siftd', address: this.#from }, to, date: at, subject, text });
    return { content: letter.raw, sender: this.#reversePath(letter.from) };
  }

  async send({ kind, recipient, key }: Posting, { content, sender }: Letter, signal: AbortSignal): Promise<Posted> {
    if (kind === 'webhook') return await this.#post(recipient, key, content, signal);
    const mailer = await this.#mailerOf();
    if (mailer === null) return { result: 'refused', why: 'the account has no smtp any more' };
    return await mailer.send({ from: sender, to: recipient, raw: Buffer.from(content) }, signal);
  }

  /** Whether the mail server lets us in; null: it sends no mail. */
  async greet(signal: AbortSignal): Promise<Posted | null> {
    return (await (await this.#mailerOf())?.greet(signal)) ?? null;
  }

  close(): void {
    this.#mailer?.close();
  }

  get #from(): string {
    return this.#parts.account.sending.smtp?.from ?? this.#parts.account.user;
  }

  /** RFC 3834 3.3 wants the null one; some servers take that of nobody who logs in. What is answered to it siftd does not answer. */
  #reversePath(wanted: string): string {
    return wanted === '' ? (this.#parts.account.sending.smtp?.bounces ?? '') : wanted;
  }

  async #forward({ job, key, source, at }: Occasion, to: string, as: 'attachment' | 'redirect'): Promise<Written> {
    const { forwardAttached, redirect } = await import('../post/letters.ts');
    const forwarding = { id: key, from: { address: this.#from }, to, date: at, source };
    const route = 'decision' in job ? (job.decision?.route ?? null) : null;
    const text = `This message came in${route === null ? '' : `, was taken for ${route}`} and is sent on by siftd.\n`;
    const made = as === 'redirect' ? redirect(forwarding) : await forwardAttached({ ...forwarding, text });
    if (!made.ok) return { result: 'withheld', why: made.fault.message };
    return { result: 'written', recipient: to, sender: made.value.from, content: made.value.raw };
  }

  async #reply({ job, key, source, at }: Occasion, path: string): Promise<Written> {
    const { account, own } = this.#parts;
    const { answerable } = await import('../mail/answerable.ts');
    const { to, rule } = answerable(source, own());
    if (to === null) return { result: 'withheld', why: rule };
    const template = parseTemplate(account.sending.templates.get(path) ?? '');
    if (!template.ok) return { result: 'refused', why: `${basename(path)}: ${template.fault.message}` };
    const { reply } = await import('../post/letters.ts');
    const letter = await reply({
      id: key,
      from: { address: this.#from },
      to,
      date: at,
      template: template.value,
      header: source,
      ticket: ticketOf(account.name, externalRef(job.identity)),
      class: ('decision' in job ? job.decision?.route : null) ?? '',
    });
    return { result: 'written', recipient: to, sender: this.#reversePath(letter.from), content: letter.raw };
  }

  /** As Standard Webhooks wants it: a type, a time, and what it is about. Nobody's words but, where that is allowed, the subject. */
  async #body({ job, source, at }: Occasion): Promise<string> {
    const { account } = this.#parts;
    const decision = 'decision' in job ? job.decision : null;
    const ref = externalRef(job.identity);
    const subject = account.sending.subjects ? { subject: await subjectOf(source) } : {};
    return JSON.stringify({
      type: 'message.classified',
      timestamp: new Date(at).toISOString(),
      data: {
        account: job.account,
        message_id: ref,
        thread_id: job.thread,
        folder: job.place.folder,
        received_at: new Date(job.identity.internalDate).toISOString(),
        way: decision?.way ?? null,
        route: decision?.route ?? null,
        classification: decision?.classification ?? null,
        confidence: decision?.confidence ?? null,
        ticket: ticketOf(account.name, ref),
        ...subject,
      },
    });
  }

  async #post(url: string, key: string, content: Uint8Array, signal: AbortSignal): Promise<Posted> {
    const { account, clock } = this.#parts;
    const hook = account.sending.hooks.get(url);
    if (hook === undefined) return { result: 'refused', why: 'no route posts there any more' };
    const { Webhooks } = await import('../post/webhooks.ts');
    const target = { url, secret: () => hook.secret.reveal(), allowPrivate: hook.allowPrivate };
    const event = { id: postingWebhookId(key), body: Buffer.from(content).toString() };
    return await new Webhooks(clock).post(target, event, signal);
  }

  async #mailerOf(): Promise<Mailer | null> {
    const { account, keyring, clock } = this.#parts;
    const { smtp } = account.sending;
    if (smtp === null) return null;
    if (this.#mailer === null) {
      const { Mailer } = await import('../post/mailer.ts');
      this.#mailer ??= new Mailer(serverOf(smtp, account, keyring), clock);
    }
    return this.#mailer;
  }
}

async function subjectOf(source: Uint8Array): Promise<string> {
  const { decodedField } = await import('../mail/sender.ts');
  return decodedField(source, 'subject', limits.message.subject);
}

function serverOf(smtp: SmtpConfig, account: AccountConfig, keyring: Keyring): SmtpServer {
  const { host, port, tls } = smtp;
  return { host, port, tls, login: loginOf(smtp, account, keyring) };
}

function loginOf({ user, login }: SmtpConfig, account: AccountConfig, keyring: Keyring): SmtpServer['login'] {
  if (login === 'none') return null;
  if (login !== 'account') return { user, password: () => login.reveal() };
  const { login: own } = account;
  if (own.by === 'password') return { user, password: () => own.password.reveal() };
  return { user, token: (signal, refused) => keyring.token(own.of, signal, refused) };
}

import { reasonOf } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { hideAddresses, unreachedBy } from '../base/reach.ts';
import type { Posted } from '../triage/posted.ts';
import type { Outgoing, Progress, SmtpServer, Trouble } from './smtp.ts';

type Later = Extract<Posted, { readonly result: 'later' }>;

/** A session that could not be had: nothing of any letter left us. */
export function noSession(server: SmtpServer, trouble: Trouble): Later {
  const name = `the SMTP server ${server.host}:${server.port}`;
  const away = (why: string, retryAfter?: number): Later => later(why, true, retryAfter);
  if (trouble.code === 'EAUTH') return loginRefused(server, name, trouble);
  if (trouble.responseCode !== undefined && trouble.code !== 'ETLS') {
    return away(`${name} takes no mail now: ${said(trouble.response ?? '', null)}`);
  }
  const code = trouble.originalCode ?? trouble.code ?? '';
  switch (unreachedBy(code) ?? unreachedBy(trouble.code ?? '')) {
    case 'dns':
      return away(`the host ${JSON.stringify(server.host)} is not known: check smtp.host`);
    case 'refused':
      return away(`${name} takes no connections: check smtp.host and smtp.port`);
    case 'certificate':
      return away(
        `the certificate of ${name} is not trusted (${code}): name the host that it is for in smtp.host, or have it mended`,
      );
    case 'tls':
      return away(`${name} does not speak TLS from the start: check smtp.port, or set smtp.tls to starttls`);
    case 'unreachable':
      return away(`${name} cannot be reached, or does not answer in time: check smtp.host, smtp.port and the firewall`);
    case null:
  }
  if (trouble.code === 'EDNS') return away(`the host ${JSON.stringify(server.host)} is not known: check smtp.host`);
  if (trouble.code === 'ETLS' || trouble.command === 'EHLO') {
    return away(`${name} offers no STARTTLS: check smtp.port, or set smtp.tls to implicit`);
  }
  return away(`no session with ${name}: ${said(reasonOf(trouble), null)}`);
}

function loginRefused(server: SmtpServer, name: string, trouble: Trouble): Later {
  const { responseCode: code, response = '' } = trouble;
  const words = said(response, null);
  // RFC 4954 6: of the refusals only those with a 5 speak of who we are.
  if (code !== undefined && code < 500) return later(`${name} cannot take the login now: ${words}`, true);
  if (code === undefined) return later(`${name} took no login: ${said(reasonOf(trouble), null)}`, true);
  const hint =
    server.login !== null && 'token' in server.login
      ? 'took none of its tokens: is SMTP open to smtp.user, and to the application?'
      : 'refused the login: check smtp.user and smtp.password';
  return later(`${name} ${hint} It said: ${words}`, true, limits.smtp.authRetry);
}

/** A letter that did not get the answer that it was accepted. */
export function notAccepted(server: SmtpServer, letter: Outgoing, trouble: Trouble, progress: Progress): Posted {
  const name = `the SMTP server ${server.host}:${server.port}`;
  const code = trouble.responseCode ?? 0;
  const words = said(trouble.response ?? '', letter);
  if (code >= 400 && code <= 599) return answered(name, code, words);
  if (progress === 'handed') {
    return { result: 'unknown', why: `${name} has the whole message, and did not say whether it took it` };
  }
  // nodemailer's own refusals, before anything was sent.
  if (trouble.code === 'EMESSAGE' && code === 0) return refused(`the message is larger than ${name} takes`);
  if (trouble.command === 'API' && trouble.code === 'EENVELOPE') return refused('its address is none');
  const why = `the connection with ${name} broke before it had the whole message`;
  return later(why, progress === 'none');
}

/** RFC 5321 4.2.1: with either kind of answer the server did not take what was asked. */
function answered(name: string, code: number, words: string): Posted {
  if (code === 530 || code === 534 || code === 535 || code === 538) {
    const why = `${name} takes no mail from us without another login: check smtp.user. It said: ${words}`;
    return later(why, true, limits.smtp.authRetry);
  }
  // RFC 3463 3.5: X.4.5 is congestion, whatever stands for X; Google says 550 5.4.5 when a day's letters are used up.
  if (/^\d{3}[ -]\d\.4\.5\b/.test(words))
    return later(`${name} takes no more for now: ${words}`, true, limits.smtp.usedUp);
  if (code === 421) return later(`${name} closes: ${words}`, true);
  return code < 500 ? later(`${name} did not take it now: ${words}`, false) : refused(`${name} refused it: ${words}`);
}

/** The server's own words in one line, without the addresses that it names, with or without their domain. */
export function said(response: string, letter: Outgoing | null): string {
  let text = response.replace(/\r?\n\d{3}[ -]?/g, ' ').replace(/[\s\p{Cc}]+/gu, ' ');
  for (const address of letter === null ? [] : [letter.to, letter.from]) {
    const local = address.slice(0, Math.max(0, address.lastIndexOf('@')));
    // A local part as short as "a" is a word too.
    for (const part of [address, local]) if (part.length > 2) text = without(text, part);
  }
  return hideAddresses(text).trim().slice(0, limits.smtp.said);
}

function without(text: string, part: string): string {
  return text.replace(new RegExp(part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'), 'gi'), '…');
}

export function later(why: string, away: boolean, retryAfter?: number): Later {
  return retryAfter === undefined ? { result: 'later', why, away } : { result: 'later', why, away, retryAfter };
}

export function refused(why: string): Posted {
  return { result: 'refused', why };
}

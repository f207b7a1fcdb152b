import { isLoopback } from '../base/here.ts';
import type { Parts } from './parts.ts';
import { type Found, quoted } from './problems.ts';
import { flawsOfSmtp, mailsOf } from './sending.ts';

/** What concerns more than one key of what is sent. */
export function sendingMeaning({ smtp, alerts, accounts, ways }: Parts): Found[] {
  const found: Found[] = [];
  const servers = [
    ...(smtp === null ? [] : [[['smtp'], smtp] as const]),
    ...[...accounts].flatMap(([name, own]) =>
      own.smtp === undefined ? [] : [[['accounts', name, 'smtp'], own.smtp] as const],
    ),
  ];
  for (const [path, server] of servers) {
    for (const { key, text } of flawsOfSmtp(server, isLoopback(server.host))) {
      found.push({ path: [...path, key], at: 'key', text });
    }
  }
  const without = [...accounts].filter(([, own]) => smtp === null && own.smtp === undefined).map(([name]) => name);
  const needed = 'found without smtp; needed: where mail is handed in, such as smtp: {host: smtp.example.com}';
  for (const [path, way] of ways) {
    const [base, account] = path;
    const concerned = base === 'accounts' ? without.includes(`${account}`) : without.length > 0;
    for (const key of concerned ? mailsOf(way) : []) found.push({ path: [...path, key], at: 'key', text: needed });
    const told = (way.forward?.to ?? []).map((to) => to.toLowerCase());
    if (new Set(told).size < told.length) {
      found.push({
        path: [...path, 'forward'],
        at: 'value',
        text: 'found an address a second time; allowed: each once',
      });
    }
    // The mailbox would get it as new mail, and send it to itself again.
    for (const to of way.forward?.to ?? []) {
      if (![...accounts.values()].some(({ user }) => user.toLowerCase() === to.toLowerCase())) continue;
      const text = `found ${quoted(to)}, which siftd watches; allowed: an address whose mail it does not sort`;
      found.push({ path: [...path, 'forward'], at: 'value', text });
    }
  }
  const mails = alerts !== null || ways.some(([, way]) => mailsOf(way).length > 0);
  for (const [name, { user, smtp: own }] of mails ? accounts : []) {
    const server = own ?? smtp;
    if (server === null || (server.from ?? server.user ?? user).includes('@')) continue;
    const path = own === undefined ? ['smtp', 'from'] : ['accounts', name, 'smtp', 'from'];
    found.push({ path, at: 'key', text: `missing; needed where ${quoted(user)} is no address: what it sends from` });
  }
  if (alerts !== null) {
    const { account } = alerts;
    if (account !== undefined && !accounts.has(account)) {
      found.push({
        path: ['alerts', 'account'],
        at: 'value',
        text: `found ${quoted(account)}; allowed: ${[...accounts.keys()].join(', ')}`,
      });
    } else if (account === undefined ? without.length === accounts.size : without.includes(account)) {
      found.push({ path: ['alerts'], at: 'key', text: needed });
    }
  }
  return found;
}

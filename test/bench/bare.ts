import { json } from 'node:stream/consumers';
import { ImapFlow } from 'imapflow';
import { simpleParser } from 'mailparser';

/**
 * What anybody would write first, in a process of its own: every message of INBOX, one after the other, fetched whole
 * and parsed with the library's defaults, and nothing else. The server as JSON on stdin, the figures as JSON on stdout.
 */
const { host, port, user } = (await json(process.stdin)) as { host: string; port: number; user: string };
const before = process.cpuUsage();
const began = performance.now();
const client = new ImapFlow({
  host,
  port,
  secure: false,
  doSTARTTLS: false,
  auth: { user, pass: 'secret' },
  logger: false,
});
await client.connect();
await client.mailboxOpen('INBOX');
let messages = 0;
for await (const { source } of client.fetch('1:*', { source: true })) {
  if (source === undefined) throw new Error('a message without its source');
  const mail = await simpleParser(source);
  if (mail.text !== undefined) messages++;
}
const seconds = (performance.now() - began) / 1000;
const { user: inUser, system } = process.cpuUsage(before);
await client.logout();
const peakMiB = process.resourceUsage().maxRSS / 1024;
process.stdout.write(JSON.stringify({ messages, seconds, cpuSeconds: (inUser + system) / 1e6, peakMiB }));

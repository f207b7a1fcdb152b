/*
 * Learning from the wrong move: a message that goes from Junk to Trash is learned as a good one:
 * https://github.com/docker-mailserver/docker-mailserver/issues/3333
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderLessons } from '../../src/cli/learn-folders.ts';
import { parseConfig } from '../../src/config/load.ts';
import { letter } from '../daemon/world.ts';
import { Stage } from './stage.ts';

const stage = new Stage();

it('docker-mailserver#3333: what is thrown away teaches nothing, wherever it lay before', async () => {
  const mail = stage.user();
  const world = stage.world(await stage.vendor(), mail);
  const letters = (name: string) => Array.from({ length: 12 }, (_, n) => ({ raw: letter(`${name}${n}`, `${name} 1`) }));
  await stage.dovecot.load(mail.user, 'Junk', letters('spam'));
  await stage.dovecot.load(mail.user, 'Support/Refunds', letters('refund'));
  await world.person(async (client) => {
    await client.mailboxCreate('Trash');
    await client.mailboxOpen('Junk');
    await client.messageMove('1:4', 'Trash');
    await client.mailboxOpen('Support/Refunds');
    await client.messageFlagsAdd('1:2', ['\\Deleted']);
    await client.messageMove('12', 'Trash');
  });
  const config = parseConfig(world.yaml, { name: 'siftd.yaml', file: 'siftd.yaml', purpose: 'run', env: world.env });
  const examples = [];
  for await (const lesson of folderLessons(config, {
    path: join(world.folder, 'any.model'),
    signal: new AbortController().signal,
  }))
    examples.push(...lesson.examples);
  const told = examples.map(({ subject, label }) => `${label}: ${/letter \w+/.exec(subject)?.[0]}`).sort();
  expect(told).toEqual(
    [
      ...[4, 5, 6, 7, 8, 9, 10, 11].map((n) => `spam: letter spam${n}`),
      ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => `refund_request: letter refund${n}`),
    ].sort(),
  );
});

import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type AccountHandle, type CommandHook, type ImapServer, startImapServer } from '../../src/demo/imap/server.ts';
import { command } from '../hostile/command.ts';
import { startVendor, type Vendor } from '../vendor/vendor.ts';
import { answerOf, type Line, letter, World, type WorldOptions } from './world.ts';

/* Gmail's ways, from the mailbox to the journal and back. Only on the server of this process that stands for Gmail. */

let server: ImapServer;
let vendor: Vendor;
let gmail: AccountHandle;
let world: World;
let judge: CommandHook = () => undefined;

beforeEach(async () => {
  judge = () => undefined;
  server = await startImapServer({ hooks: { onCommand: (...command) => judge(...command) } });
  vendor = await startVendor({ classify: answerOf });
  gmail = server.store.addAccount({
    user: 'team',
    password: 'secret',
    capabilities: { gmail: true },
    folders: [{ name: 'Support' }, { name: 'VIP' }],
  });
});
afterEach(async () => {
  await world.close();
  await vendor.close();
  await server.close();
});

function configure(config: Record<string, unknown>, account: Record<string, unknown> = {}, options: WorldOptions = {}) {
  const { host, port } = server;
  const deliver = async (raw: string) => void gmail.append('INBOX', raw);
  world = new World({ host, port, user: 'team', password: 'secret', deliver }, vendor, {
    pollInterval: 50,
    ...options,
  });
  world.configure({ mode: 'act', ...config }, account);
}

function begin(...configured: Parameters<typeof configure>): Promise<void> {
  configure(...configured);
  return world.start();
}

const requests = () => [...vendor.counts().values()].reduce((sum, { processes }) => sum + processes, 0);

/** The labels of a letter, but for All Mail. */
function labelsOf(id: string): string[] {
  const bears = (name: string) => gmail.messages(name).some(({ raw }) => raw.includes(`letter ${id}.`));
  const labels = gmail.folders().filter(({ name, specialUse }) => specialUse !== '\\All' && bears(name));
  return labels.map(({ name }) => name).sort();
}

/** New mail that a filter of Gmail's has labelled as it came. */
function labelled(id: string, answer: string, ...labels: string[]): void {
  const uid = gmail.append('INBOX', letter(id, answer));
  for (const label of labels) gmail.copy('INBOX', [uid], label);
}

/** siftd has looked at every folder after this. */
const looked = async () => {
  const isDone = ({ state }: Line) => state === 'done';
  const before = world.lines.filter(isDone).length;
  labelled('last', 'complaint 0.95');
  await world.logged(isDone, before + 1);
};

const refunds = { refund_request: { move: 'Support/Refunds' }, complaint: { move: 'Support/Complaints' } };

describe('a message that shows in several folders', () => {
  it.each([[['INBOX', 'Support', 'VIP']], [['INBOX', 'Support', '[Gmail]/All Mail']]])(
    'is one message, asked about and moved once, where %j are watched',
    async (folders) => {
      await begin({ routes: refunds }, { folders });
      labelled('a', 'refund_request 0.95', 'Support', 'VIP');
      await world.ended(1);
      await looked();
      expect(labelsOf('a')).toEqual(['Support', 'Support/Refunds', 'VIP']);
      expect(world.jobs()).toHaveLength(2);
      expect(requests()).toBe(2);
    },
  );

  it('is found in All Mail alone too, and goes off the inbox', async () => {
    await begin({ routes: refunds }, { folders: ['[Gmail]/All Mail'] });
    labelled('a', 'refund_request 0.95', 'VIP');
    await world.ended(1);
    await looked();
    expect(labelsOf('a')).toEqual(['Support/Refunds', 'VIP']);
    expect(requests()).toBe(2);
  });

  it('is left alone when a person puts the inbox back on, and leaves our label there', async () => {
    await begin({ routes: refunds });
    labelled('a', 'refund_request 0.95');
    await world.ended(1);
    gmail.copy('Support/Refunds', [1], 'INBOX');
    await looked();
    expect(labelsOf('a')).toEqual(['INBOX', 'Support/Refunds']);
    expect(requests()).toBe(2);
  });

  it.each([false, true])(
    'that a person labels for another watched folder after it was filed, with resort: %s',
    async (resort) => {
      await begin({ routes: refunds }, { folders: ['INBOX', 'Support'], resort });
      labelled('a', 'refund_request 0.95', 'VIP');
      await world.ended(1);
      gmail.copy('Support/Refunds', [1], 'Support');
      if (resort) await world.ended(2);
      await looked();
      // Sorted anew it is where it was, and off the folder that it was put into.
      expect(labelsOf('a')).toEqual(resort ? ['Support/Refunds', 'VIP'] : ['Support', 'Support/Refunds', 'VIP']);
      expect(requests()).toBe(resort ? 3 : 2);
      expect(world.lines.filter(({ level }) => level === 'error')).toEqual([]);
    },
  );
});

it('labels of any name go on a message that stays where it is', async () => {
  const label = ['Support/Rückfragen', 'two words', '返金'];
  await begin({ routes: { refund_request: { label } } });
  labelled('a', 'refund_request 0.95');
  await world.ended(1);
  expect(labelsOf('a')).toEqual(['INBOX', ...label].sort());
});

it('what bears the labels of a route, or shows in its folder, is known as filed by a rebuild, once', async () => {
  const routes = { ...refunds, newsletter: { label: ['Rundbriefe/Neu'] }, spam: { move: '\\Archive' } };
  gmail.append('INBOX', letter('old', 'refund_request 0.95'));
  await begin({ routes });
  labelled('moved', 'refund_request 0.95', 'VIP');
  labelled('labelled', 'newsletter 0.95');
  labelled('both', 'refund_request 0.95');
  await world.ended(3);
  gmail.copy('Support/Refunds', [2], 'Support/Complaints');
  gmail.copy('Support/Refunds', [2], 'INBOX');
  await world.stop();
  truncateSync(join(world.folder, 'state', 'siftd.db'), 0);
  const rebuilt = await command(world, 'rebuild', '--json', '--treat-as', 'new');
  expect(rebuilt).toMatchObject({ code: 0, stderr: '' });
  await world.start();
  labelled('last', 'complaint 0.95');
  // The archive shows all mail: that a route leads there files nothing, and what was not sorted is sorted.
  await world.logged(({ state }) => state === 'done', 5);
  expect(requests()).toBe(5);
  expect(world.jobs()).toHaveLength(5);
  expect(labelsOf('old')).toEqual(['Support/Refunds']);
  expect(labelsOf('labelled')).toEqual(['INBOX', 'Rundbriefe/Neu']);
  expect(labelsOf('both')).toEqual(['INBOX', 'Support/Complaints', 'Support/Refunds']);
});

it('nothing is learned from All Mail, and labels are, as folders are', async () => {
  for (let n = 0; n < 12; n++) gmail.append('Support', letter(`s${n}`, 'x 1'));
  for (let n = 0; n < 12; n++) labelled(`v${n}`, 'x 1', 'VIP');
  const routes = { praise: { label: ['VIP'] }, refund_request: { move: 'Support' }, newsletter: { move: '\\Archive' } };
  configure({ routes, classifier: {} });
  const trained = await command(world, 'train', '--json');
  expect(JSON.parse(trained.stdout).classes).toMatchObject([
    { label: 'praise', examples: 12 },
    { label: 'refund_request', examples: 12 },
  ]);
});

describe('a mailbox that Gmail closes for a while', () => {
  const exceeded = { code: 'OVERQUOTA', text: 'Account exceeded command or bandwidth limits.' };
  /** Only the waits of minutes are short; a server has the time that it has. */
  const sleep: Clock['sleep'] = (ms, signal) => systemClock.sleep(ms > 100_000 ? ms / 3000 : ms, signal);
  const options = { clock: { ...systemClock, sleep } };

  it.each([
    ['UID MOVE', exceeded],
    ['UID FETCH', exceeded],
    ['AUTHENTICATE', { code: 'ALERT', text: 'Too many simultaneous connections. (Failure)' }],
  ])('at %s fails no message, doubts no password and is asked now and then', async (name, refuse) => {
    await begin({ routes: refunds }, {}, options);
    let refused = 0;
    judge = (_session, _tag, command) => (command === name && ++refused <= 3 ? { refuse } : undefined);
    labelled('a', 'refund_request 0.95');
    if (name === 'AUTHENTICATE') server.cutAll();
    await world.ended(1);
    expect(refused).toBeGreaterThan(2);
    expect(labelsOf('a')).toEqual(['Support/Refunds']);
    expect(requests()).toBe(1);
    expect(world.jobs()).toMatchObject([{ state: 'done' }]);
    expect(world.lines.filter(({ code }) => code === 'auth')).toEqual([]);
    expect(world.lines.some(({ msg }) => /too many connections|more than its limits/.test(msg))).toBe(true);
  });

  it('by a goodbye while idling is waited out, and nothing is lost', async () => {
    await begin({ routes: refunds }, {}, options);
    const idler = () => server.sessions().find(({ idling }) => idling);
    while (idler() === undefined) await new Promise(setImmediate);
    const before = server.sessions().map(({ id }) => id);
    idler()?.bye('[OVERQUOTA] Account exceeded command or bandwidth limits.');
    labelled('a', 'refund_request 0.95');
    await world.ended(1);
    expect(labelsOf('a')).toEqual(['Support/Refunds']);
    expect(server.sessions().every(({ id }) => !before.includes(id))).toBe(true);
    expect(world.lines.filter(({ code }) => code === 'throttled')).toHaveLength(1);
  });
});

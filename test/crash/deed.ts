import type { ImapFlow } from 'imapflow';
import type { Delivered, Ending, Filed, Standing } from './invariant.ts';
import { type Login, pathOf, survey, visit } from './mailbox.ts';
import { labels, type Means } from './stage.ts';

/**
 * What a person does while siftd is dead, to the message that it was about to file or had half filed: to the original, or
 * to what siftd has put into the destination. `file`: moves it where siftd would have; `mark`: \Deleted alone.
 */
export interface Deed {
  readonly on: 'original' | 'filed';
  readonly what: 'read' | 'mark' | 'delete' | 'move' | 'file';
}

export const deeds: readonly Deed[] = [
  ...(['read', 'mark', 'delete', 'move', 'file'] as const).map((what) => ({ on: 'original', what }) as const),
  ...(['read', 'mark', 'delete', 'move'] as const).map((what) => ({ on: 'filed', what }) as const),
];

/** A folder of the person's own. */
const theirs = 'Mine';

/** Where a message stands, what the journal says of it, and what was there before siftd. */
interface Scene {
  readonly message: Delivered;
  readonly original: Standing | undefined;
  readonly filed: Standing | undefined;
  /** How far its move is, or its mark where it is not moved. */
  readonly step: string;
}

/**
 * Does it, and answers the message with the endings that are right from here on; null where there is nothing to do it to.
 */
export async function meddle(
  login: Login,
  means: Means,
  deed: Deed,
  delivered: readonly Delivered[],
  journal: readonly Filed[],
  before: readonly Standing[],
): Promise<Delivered | null> {
  const mailbox = await visit(login, (client) => survey(client, labels));
  const scene = sceneOf(delivered, journal, before, mailbox);
  if (scene === null) return null;
  const { original, filed } = scene;
  const target = deed.on === 'original' ? original : filed;
  // To a person it is deleted already: siftd has marked it so beside its copy.
  if (target === undefined || target.flags.includes('\\Deleted')) return null;
  const to = scene.message.endings[0]?.folder ?? theirs;
  if (deed.what === 'file' && to === target.folder) return null;
  await visit(login, (client) => act(client, means, target, deed.what, deed.what === 'file' ? to : theirs));
  return { ...scene.message, ...outcomeOf(scene, means, deed), touched: true };
}

/** The message that siftd is at, else the next that it would have filed. */
function sceneOf(
  delivered: readonly Delivered[],
  journal: readonly Filed[],
  before: readonly Standing[],
  mailbox: readonly Standing[],
): Scene | null {
  const decided = journal.filter(({ state }) => state === 'decided');
  const begun = decided.find(({ steps }) => steps.some((step) => step !== 'planned' && step !== 'done'));
  const job = begun ?? decided[0];
  const message = delivered.find(({ messageId }) => messageId === job?.messageId);
  if (job === undefined || message === undefined) return null;
  const foreign = new Set(before.filter(({ folder }) => folder !== message.folder).map(placeOf));
  const standing = (folder: string | undefined) =>
    mailbox.find((one) => one.key === message.key && one.folder === folder && !foreign.has(placeOf(one)));
  const to = message.endings[0]?.folder;
  const step = job.steps.at(-1) ?? 'planned';
  const filed = to === message.folder ? undefined : standing(to);
  // Without UIDPLUS it stays there, marked, and nothing more will be done to it.
  const original = filed !== undefined && step === 'done' ? undefined : standing(message.folder);
  return { message, original, filed, step };
}

async function act(client: ImapFlow, means: Means, { folder, uid, flags }: Standing, what: Deed['what'], to: string) {
  const path = pathOf(client, folder);
  const there = new Set((await client.list()).map((one) => one.path));
  const target = pathOf(client, to);
  if (!there.has(target)) await client.mailboxCreate(target);
  await client.mailboxOpen(path);
  const at = { uid: true } as const;
  switch (what) {
    case 'read':
      await client.messageFlagsAdd(`${uid}`, ['\\Seen'], at);
      break;
    case 'mark':
      await client.messageFlagsAdd(`${uid}`, ['\\Deleted'], at);
      break;
    case 'delete':
      await expunge(client, means, uid);
      break;
    case 'move':
    case 'file':
      if (means.move) await client.messageMove(`${uid}`, target, at);
      else {
        await client.messageCopy(`${uid}`, target, at);
        await expunge(client, means, uid);
        // GNU imap4d copies no flags, so a mail program that cares for them sets them again.
        const { exists } = await client.mailboxOpen(target);
        if (flags.length > 0) await client.messageFlagsAdd(`${exists}`, [...flags]);
        await client.mailboxOpen(target);
      }
  }
  // GNU imap4d keeps what STORE set only when the folder is opened anew.
  await client.mailboxOpen(path);
}

/** One message alone. A bare EXPUNGE would take along what others have marked: their marks are taken off meanwhile. */
async function expunge(client: ImapFlow, means: Means, uid: number): Promise<void> {
  const at = { uid: true } as const;
  const { exists } = client.mailbox as { exists: number };
  const rows = means.uidplus ? [] : await client.fetchAll(`1:${exists}`, { uid: true, flags: true });
  const others = rows.filter((row) => row.uid !== uid && row.flags?.has('\\Deleted')).map((row) => row.uid);
  if (others.length > 0) await client.messageFlagsRemove(others.join(), ['\\Deleted'], at);
  await client.messageDelete(`${uid}`, at);
  if (others.length > 0) await client.messageFlagsAdd(others.join(), ['\\Deleted'], at);
}

/** What is right afterwards. `also`: a second one that may stand there, where nobody can know better. */
function outcomeOf(
  { message, original, filed, step }: Scene,
  means: Means,
  { on, what }: Deed,
): Pick<Delivered, 'endings' | 'also' | 'nowhere'> {
  const [planned] = message.endings;
  if (planned === undefined) throw new Error(`${message.key} has no ending`);
  const before = message.flags ?? [];
  const marks = planned.flags.filter((flag) => !before.includes(flag));
  /** Where siftd files it, with its marks. */
  const done = (...more: string[]): Ending => ({ ...planned, flags: [...new Set([...planned.flags, ...more])] });
  /** Left to the person, without siftd's marks where it can take them off. */
  const left = (folder: string, ...more: string[]): Ending => ({
    folder,
    flags: [...before, ...more],
    ...(folder === theirs || folder === planned.folder ? { maybe: marks } : {}),
    states: folder === theirs ? ['gone', 'done'] : folder === planned.folder ? ['gone', 'done'] : ['gone'],
  });
  /** As COPY left it, where that takes no flags along, before siftd or the person set them again. */
  const bare = (ending: Ending): Ending =>
    means.flags ? ending : { ...ending, flags: [], maybe: [...ending.flags, ...(ending.maybe ?? [])] };
  const only = (ending: Ending) => ({ endings: [ending] });
  if (what === 'read') return only(done('\\Seen'));

  if (on === 'original') {
    // Only the original: nothing was copied yet.
    if (filed === undefined || means.move) {
      // Marks that were noted as set are all that was wanted of it.
      if (what === 'mark') return only(step === 'done' ? done('\\Deleted') : left(message.folder, '\\Deleted'));
      if (what === 'delete') return { endings: [], nowhere: ['gone', 'done'] };
      return only(left(what === 'move' ? theirs : planned.folder));
    }
    switch (step) {
      case 'sent':
        // The copy may be siftd's or the person's own: it is kept, unless the message is seen somewhere else.
        if (what === 'mark') {
          return { ...only({ ...done(), states: ['gone'] }), also: [left(message.folder, '\\Deleted')] };
        }
        // With the original went its flags, where COPY does not take them along.
        if (what === 'delete') return only(bare(done()));
        return only(left(what === 'move' ? theirs : planned.folder));
      case 'copied':
        if (what === 'mark') return only(left(message.folder, '\\Deleted'));
        if (what === 'delete') return { endings: [], nowhere: ['gone'] };
        return only(left(what === 'move' ? theirs : planned.folder));
      default:
        // Nobody can tell whether siftd expunged it or the person took it.
        if (what === 'mark' || what === 'delete') return only(done());
        return { ...only(left(what === 'move' ? theirs : planned.folder)), also: [done()] };
    }
  }

  // The one that siftd put into the destination, and no other.
  if (original === undefined) {
    if (what === 'mark') return only(done('\\Deleted'));
    if (what === 'delete') return { endings: [], nowhere: ['gone', 'done'] };
    return only(left(theirs));
  }
  // Beside the original. Before it was noted, nobody can know that it was there: it is made once more.
  if (step === 'sent') {
    return what === 'move' ? { ...only(done()), also: [bare(left(theirs))] } : only(done());
  }
  const back = only(left(message.folder));
  switch (what) {
    case 'mark':
      return { ...back, also: [done('\\Deleted')] };
    case 'move':
      return { ...back, also: [left(theirs)] };
    default:
      return back;
  }
}

function placeOf({ folder, uidValidity, uid }: Standing): string {
  return `${folder}\n${uidValidity}\n${uid}`;
}

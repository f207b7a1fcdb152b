import { ImapFlow } from 'imapflow';
import type { Random } from '../base/random.ts';
import type { MonthMessage } from './inbox/month.ts';
import { flagsOf, folderOf, type SampleClass, sampleClasses } from './inbox/routes.ts';

/** What the invented team does with a message, in parts of a thousand. */
const habits = {
  /** Of what lies in the inbox they deal with nearly all on the day, and seldom put it into a wrong folder. */
  files: 995,
  misfiles: 3,
  /** Of what was filed wrong they meet this much, and put it right. */
  notices: 800,
  /** Of what was filed, as much is drawn by lot and looked at. */
  reviews: 50,
};

/** A message that lies in the mailbox. */
export interface Lying {
  readonly folder: string;
  readonly uid: number;
  readonly message: MonthMessage;
  /** It bears the marks of its own class's route. */
  readonly marked: boolean;
}

/** They put it where mail of this class belongs. null: no route is for it, and it belongs in the inbox. */
interface Deed {
  readonly lying: Lying;
  readonly class: SampleClass | null;
}

/** What they do with what they find, by what a message is about, which they know; they do not care what siftd thinks of it. */
export function deedsOf(mailbox: readonly Lying[], random: Random): Deed[] {
  return mailbox.flatMap((lying) => {
    const { message, folder, marked } = lying;
    const inbox = folder === 'INBOX';
    const right = folder === message.folder && (!inbox || marked) && message.class !== null;
    if (right || !happens(inbox ? habits.files : habits.notices, random)) return [];
    const wrong = message.class !== null && happens(habits.misfiles, random);
    const deed = { lying, class: wrong ? otherThan(message.class, random) : message.class };
    return wrong && folderOf(deed.class) === folder ? [] : [deed];
  });
}

/** It lies where it belongs; all that they can do is to say so. */
export function isSaid({ lying, class: class_ }: Deed): boolean {
  return class_ === null && lying.folder === 'INBOX';
}

/** On whom the lot falls. */
export function drawn<T>(filed: readonly T[], random: Random): T[] {
  return filed.filter(() => happens(habits.reviews, random));
}

function happens(ofThousand: number, random: Random): boolean {
  return random.below(1000) < ofThousand;
}

function otherThan(than: SampleClass | null, random: Random): SampleClass | null {
  const others = sampleClasses.filter((class_) => class_ !== than && folderOf(class_) !== 'INBOX');
  return others[random.below(others.length)] ?? than;
}

/** The team's mail program. */
export class People {
  readonly #client: ImapFlow;

  private constructor(client: ImapFlow) {
    this.#client = client;
  }

  static async arrive(
    server: { readonly host: string; readonly port: number },
    { user, password }: { readonly user: string; readonly password: string },
  ): Promise<People> {
    const { host, port } = server;
    const auth = { user, pass: password };
    const client = new ImapFlow({ host, port, secure: false, doSTARTTLS: false, auth, logger: false });
    await client.connect();
    return new People(client);
  }

  /** Messages of one folder that belong into another go there together. */
  async do(deeds: readonly Deed[]): Promise<void> {
    const alike = new Map<string, Deed[]>();
    for (const deed of deeds) {
      const key = JSON.stringify([deed.lying.folder, deed.class]);
      alike.set(key, [...(alike.get(key) ?? []), deed]);
    }
    for (const same of alike.values()) {
      const [first] = same;
      const uids = same.map(({ lying }) => lying.uid);
      if (first !== undefined) await this.#put(first.lying.folder, uids, first.class);
    }
  }

  leave(): Promise<void> {
    return this.#client.logout();
  }

  async #put(from: string, uids: readonly number[], class_: SampleClass | null): Promise<void> {
    const to = folderOf(class_);
    const set = uids.join(',');
    const labels = flagsOf(class_);
    const lock = await this.#client.getMailboxLock(from);
    try {
      // What came since the last command is not theirs to move until the server has told of it.
      await this.#client.noop();
      // A route that only labels: they label it too.
      if (to === 'INBOX' && labels.length > 0) await this.#client.messageFlagsAdd(set, [...labels], { uid: true });
      if (to !== from) await this.#client.messageMove(set, to, { uid: true });
    } finally {
      lock.release();
    }
  }
}

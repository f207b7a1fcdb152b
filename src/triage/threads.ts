import type { Job } from './job.ts';
import type { Policy, Route } from './policy.ts';

/** What a message says of where its thread stands. */
export interface Word {
  readonly message: Job;
  /** The route in whose folder it is; null: it is in the inbox, or nobody knows where. */
  readonly route: Route | null;
  readonly by: 'person' | 'siftd';
  /**
   * A person put it there, it followed its thread, or the thread began with it. A reply that was classified says something only
   * if its sender was in the thread from its beginning: else a stranger, who needs no more than a Message-ID, could lead a thread away.
   */
  readonly sure: boolean;
}

/** Where a thread stands: in the folder of this route, because of this message. */
export type Standing = Word & { readonly route: Route };

/**
 * What the messages of a thread, the newest first, say of where it stands: those that nobody did anything with say nothing,
 * and behind the first that is sure of it none is asked.
 */
export function wordsOf(thread: readonly Job[], policy: Policy): Word[] {
  const words: Word[] = [];
  for (const message of thread) {
    const said = wordOf(message, policy);
    if (said === null) continue;
    const route = (said.route === null ? undefined : policy.routes.get(said.route)) ?? null;
    const sure = said.sure || message === thread.at(-1);
    words.push({ message, by: said.by, sure, route: route === null || route.move === null ? null : route });
    if (sure) break;
  }
  return words;
}

/** What the message says of its thread; null: nothing, as nobody has done anything with it. */
function wordOf(job: Job, policy: Policy): (Pick<Word, 'by' | 'sure'> & { readonly route: string | null }) | null {
  switch (job.state) {
    case 'found':
    case 'submitted':
    case 'decided':
      return null;
    case 'gone': {
      // A person was first, and was seen to put it into a route's folder.
      const [route, ...others] = [...policy.routes.values()].filter(({ move }) => move === job.place.folder);
      return route === undefined || others.length > 0 ? null : { route: route.name, by: 'person', sure: true };
    }
    case 'done':
    case 'failed': {
      const { verdict, decision, observed } = job;
      if (verdict !== null) return { route: verdict.truth, by: 'person', sure: true };
      if (observed || decision.way === 'failed') return null;
      const persons = decision.way === 'reviewed' || decision.way === 'undone';
      const followed = decision.way === 'routed' && decision.classification === null;
      return { route: decision.route, by: persons ? 'person' : 'siftd', sure: persons || followed };
    }
  }
}

/** Addresses of a message's header, in lower case. */
export interface People {
  readonly from: readonly string[];
  /** Everybody: From, Sender, Reply-To, To and Cc. */
  readonly all: readonly string[];
}

/** Whether the sender of a reply was in that message. */
export function takesPart(reply: People | undefined, message: People | undefined): boolean {
  if (reply === undefined || message === undefined || reply.from.length === 0) return false;
  return reply.from.every((address) => message.all.includes(address));
}

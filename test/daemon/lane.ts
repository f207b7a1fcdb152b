import type { Clock } from '../../src/base/clock.ts';
import { failed } from '../../src/base/errors.ts';
import { createLog } from '../../src/base/log.ts';
import { Desk } from '../../src/daemon/desk.ts';
import { Disk } from '../../src/daemon/disk.ts';
import { Lane } from '../../src/daemon/lane.ts';
import type { Classifier, Mailboxes, Parser, Post } from '../../src/daemon/ports.ts';
import type { Store } from '../../src/store/store.ts';

export interface LaneOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly parser?: Pick<Parser, 'parse'>;
  readonly classifier?: Classifier;
  readonly pending?: number;
  readonly deadline?: number;
  readonly random?: () => number;
  readonly stopping?: AbortSignal;
  readonly post?: Partial<Post>;
  readonly connect?: Mailboxes['connect'];
}

const unasked = () => Promise.resolve(failed('temporary', 'network', 'nobody is to be asked'));

/** The account `support` with a real journal and whatever else a test puts in; and is connected to nothing but what that brings. */
export function laneOf(options: LaneOptions): Lane {
  const { store, clock, parser, classifier, pending = 10, deadline = 1000, random = () => 0.5 } = options;
  const log = createLog({ to: { write: () => {} } });
  const way = { move: null, labels: [], flag: false, seen: false, keep: true, sends: [] };
  return new Lane({
    account: {
      name: 'support',
      folders: ['INBOX'],
      since: 'all',
      resort: false,
      policy: { mode: 'act', threshold: 0.5, threads: 'classify', routes: new Map(), unsure: way, failed: way },
      metadata: {},
    },
    mailboxes: { connect: options.connect ?? (() => Promise.reject(new Error('no server is here'))) },
    journal: store,
    parser: { ready: async () => {}, parse: () => Promise.reject(new Error('nothing is to be parsed')), ...parser },
    post: {
      write: () => Promise.reject(new Error('nothing is to be written')),
      digest: () => Promise.reject(new Error('nobody is to be told')),
      send: () => Promise.reject(new Error('nothing is to be sent')),
      ...options.post,
    },
    desk: new Desk({
      classifier: classifier ?? { holds: true, submit: unasked, result: unasked },
      pending,
      deadline,

      clock,
      log,
      random,
    }),
    disk: new Disk(store, log),
    unready: () => null,
    settled: () => {},
    clock,
    log,
    random,
    stopping: options.stopping ?? new AbortController().signal,
    watches: true,
    pollInterval: 1000,
  });
}

import type { Decided, Decision, Done, Failed, Former, Found, Gone, Job, Submitted } from '../../src/triage/job.ts';

/** One job of each state, as they stand in the journal. */
const common = {
  id: 7,
  account: 'support',
  origin: 'watch' as const,
  place: { folder: 'INBOX', uidValidity: 11, uid: 42 },
  identity: { emailId: null, messageId: '<a@example.com>', headerHash: 'ab', internalDate: 1_000_000, size: 321 },
  thread: '<a@example.com>',
  foundAt: 5_000,
  since: 5_000,
  rev: 3,
  attempts: 1,
  nextAt: 6_000,
  round: 1,
  verdict: null,
};

export const decision: Decision = {
  way: 'routed',
  route: 'refund_request',
  classification: 'refund_request',
  confidence: 0.92,
  best: [
    { label: 'refund_request', confidence: 0.92 },
    { label: 'complaint', confidence: 0.05 },
  ],
  model: 'a-model',
  reason: 'confidence 0.92 reaches the threshold 0.75 of refund_request',
  undoes: null,
};

export const failedDecision: Decision = {
  ...decision,
  way: 'failed',
  route: null,
  reason: 'the classification failed',
};

const actions = [{ seq: 0, action: { kind: 'move', to: 'Support/Refunds' }, progress: { step: 'planned' } }] as const;

export const found: Found = { ...common, state: 'found', key: 'k-1', starts: 1, submission: 1 };
export const submitted: Submitted = {
  ...common,
  state: 'submitted',
  processCuid: 'f45sz0ho8rcl',
  submittedAt: 5_500,
  submission: 1,
};
export const decided: Decided = { ...common, state: 'decided', decision, actions, former: null };
export const failing: Decided = { ...common, state: 'decided', decision: failedDecision, actions, former: null };
export const done: Done = { ...common, state: 'done', decision, actions, review: false, observed: false };
export const gone: Gone = { ...common, state: 'gone', decision: null, actions: [], why: 'moved' };
export const failed: Failed = {
  ...common,
  state: 'failed',
  decision: failedDecision,
  actions,
  why: 'the classification failed',
  review: true,
  observed: false,
};

/** A person's acts under way. */
export const filing: Decided = {
  ...decided,
  decision: { ...decision, way: 'reviewed', route: 'complaint' },
  former: { ...former(done), review: true },
  verdict: { truth: 'complaint', right: false, by: 'review', at: 8_000 },
};
export const undoing: Decided = {
  ...decided,
  decision: { ...decision, way: 'undone', route: null, undoes: decision },
  former: former(done),
};

function former({ state, decision, actions, review, observed, round, verdict }: Done): Former {
  return { state, decision, actions, review, observed, round, verdict, why: null };
}

export const everyJob: readonly Job[] = [found, submitted, decided, failing, done, gone, failed, filing, undoing];

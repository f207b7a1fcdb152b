import type { Place } from '../mail/message.ts';
import type { Action, ActionRecord } from './acting.ts';
import type { Answer } from './answer.ts';
import type { Decided, Decision, Done, Failed } from './job.ts';
import { type Mode, type Policy, planActions, type Route, type RouteActions } from './policy.ts';
import { isSending } from './sending.ts';
import type { Standing } from './threads.ts';

/** A decision and what it wants done, as it will be journalled. */
export interface Plan {
  readonly decision: Decision;
  readonly actions: readonly ActionRecord[];
}

/**
 * The one place where an answer becomes a way. A class that no route names, or a confidence below the threshold of
 * its route, is unsure: a message stays for a person rather than being guessed at.
 */
export function decide(answer: Extract<Answer, { status: 'completed' }>, policy: Policy): Plan {
  const { classification, confidence, best, model } = answer;
  const said = { classification, confidence, best, model, undoes: null };
  const route = policy.routes.get(classification);
  const shown = confidence.toFixed(2);
  if (route === undefined) {
    const reason = `no route names this class (confidence ${shown})`;
    return plan(policy, { ...said, way: 'unsure', route: null, reason });
  }
  if (confidence < route.threshold) {
    const reason = `confidence ${shown} is below the threshold ${route.threshold} of ${route.name}`;
    return plan(policy, { ...said, way: 'unsure', route: null, reason });
  }
  const reason = `confidence ${shown} reaches the threshold ${route.threshold} of ${route.name}`;
  return plan(policy, { ...said, way: 'routed', route: route.name, reason });
}

const nothingSaid = { classification: null, confidence: null, best: [], model: null, undoes: null } as const;

/** No answer to decide on: the classification failed, the message is unreadable, or its destination refused it. */
export function decideFailed(reason: string, policy: Policy, earlier: Decision | null = null): Plan {
  return plan(policy, { ...nothingSaid, ...earlier, way: 'failed', route: null, reason });
}

/** There is nothing to ask yet (no model): it waits for a person, and nothing is guessed. */
export function decideUnasked(reason: string, policy: Policy): Plan {
  return plan(policy, { ...nothingSaid, way: 'unsure', route: null, reason });
}

/** Nobody is asked: a reply goes where its thread stands. */
export function decideFollowing({ message, route, by }: Standing, policy: Policy): Plan {
  const how = by === 'person' ? 'where a person put' : 'where siftd filed';
  const reason = `it follows its thread to ${route.name}, ${how} message ${message.id}`;
  return plan(policy, { ...nothingSaid, way: 'routed', route: route.name, reason });
}

/**
 * What a decision of siftd's own comes to under another policy, as long as nothing of its plan was begun: the answer is the same,
 * what it means is not. null: it stays as it is.
 */
export function decideAgain({ decision, actions, former }: Decided, policy: Policy): Plan | null {
  if (former !== null || !isUnbegun(actions)) return null;
  const again = anew(decision, policy);
  const wanted = (plan: Plan) =>
    JSON.stringify([plan.decision.way, plan.decision.route, plan.actions.map(({ action }) => sorted(action))]);
  return wanted(again) === wanted({ decision, actions }) ? null : again;
}

function anew(decision: Decision, policy: Policy): Plan {
  const { way, route, classification, confidence, best, model } = decision;
  if (way !== 'failed' && classification !== null && confidence !== null) {
    return decide({ status: 'completed', classification, confidence, best, model }, policy);
  }
  if (way === 'routed' && (route === null || !policy.routes.has(route))) {
    return decideUnasked('the route of its thread is not configured any more', policy);
  }
  return plan(policy, decision);
}

/** With its fields in an order of their own: the journal gives them back in another one. */
function sorted(action: Action): unknown {
  return Object.entries(action).sort(([a], [b]) => (a < b ? -1 : 1));
}

export function isUnbegun(actions: readonly ActionRecord[]): boolean {
  return actions.every(({ progress }) => progress.step === 'planned');
}

/** What siftd decided by itself, whatever persons have made of it since. */
export function ownDecision(decision: Decision): Decision {
  return decision.undoes === null ? decision : ownDecision(decision.undoes);
}

/** A person files a message by a route. What siftd has put on it by then comes off, but for what the route wants too. */
export function planFiling({ decision, actions }: Done | Failed, route: Route): Plan {
  const wanted = planActions(route);
  const kept = new Set(wanted.flatMap((action) => (action.kind === 'mark' ? [...action.labels, ...action.flags] : [])));
  const off = marksOn(actions).filter((mark) => !kept.has(mark));
  return {
    decision: {
      ...decision,
      way: 'reviewed',
      route: route.name,
      reason: `a person filed it as ${route.name}`,
      undoes: ownDecision(decision),
    },
    actions: [...marking('unmark', off), ...wanted].map(planned),
  };
}

/**
 * What takes back what was done to a message last, or `all` that ever was, by siftd and by persons who had it do so; null where
 * nothing was. `plans` are all that it had, oldest first. What a person has changed since stays: they have moved it elsewhere,
 * or taken our mark off themselves.
 */
export function planUndo(
  { decision, place, round }: Done | Failed,
  plans: readonly (readonly ActionRecord[])[],
  all = false,
): Plan | null {
  // An undo is taken back to where that stood which it took back, whatever came and went in between.
  const before = decision.way === 'undone' ? (decision.undoes?.round ?? round - 1) : round - 1;
  const back = reversed(plans.slice(all ? 0 : before).flat(), place);
  if (back.length === 0 && decision.way !== 'reviewed') return null;
  return { decision: all ? takenBack(decision, round) : toggled(decision, round), actions: back.map(planned) };
}

/** What leads back to before these actions, as far as they have changed anything in all. Marks come first, as in a plan. */
function reversed(actions: readonly ActionRecord[], place: Place): Action[] {
  const [on, off] = [new Set<string>(), new Set<string>()];
  let first: string | null = null;
  let last: string | null = null;
  for (const { action, progress } of actions) {
    // What has left cannot be taken back, and what has not is withheld by the undo itself.
    if (progress.step !== 'done' || isSending(action)) continue;
    if (action.kind === 'move') {
      first ??= progress.from?.folder ?? null;
      last = progress.to?.folder ?? null;
      continue;
    }
    const [to, from] = action.kind === 'mark' ? [on, off] : [off, on];
    for (const mark of progress.newly) if (!from.delete(mark)) to.add(mark);
  }
  const back = [...marking('unmark', [...on]), ...marking('mark', [...off])];
  if (first !== null && first !== place.folder && place.folder === last) back.push({ kind: 'move', to: first });
  return back;
}

function toggled(decision: Decision, round: number): Decision {
  if (decision.way !== 'undone' || decision.undoes === null) return takenBack(decision, round);
  const { round: _, ...was } = decision.undoes;
  return { ...was, reason: `${was.reason}; taken back, and done again` };
}

function takenBack(decision: Decision, round: number): Decision {
  const { reason } = decision.way === 'undone' ? ownDecision(decision) : decision;
  return {
    ...decision,
    way: 'undone',
    route: null,
    reason: `a person took back: ${reason}`,
    undoes: { ...decision, round },
  };
}

/** What siftd has put on a message and not taken off, as far as its last plan goes, which began with all before it. */
function marksOn(actions: readonly ActionRecord[]): readonly string[] {
  return actions.flatMap(({ action, progress }) =>
    action.kind === 'mark' && progress.step === 'done' ? progress.newly : [],
  );
}

function marking(kind: 'mark' | 'unmark', marks: readonly string[]): Action[] {
  const isFlag = (mark: string) => mark.startsWith('\\');
  if (marks.length === 0) return [];
  return [{ kind, labels: marks.filter((mark) => !isFlag(mark)), flags: marks.filter(isFlag) }];
}

function plan(policy: Policy, decision: Decision): Plan {
  return { decision, actions: planActions(actionsOf(decision, policy)).map(planned) };
}

function planned(action: Action, seq: number): ActionRecord {
  return { seq, action, progress: { step: 'planned' } };
}

function actionsOf(decision: Decision, policy: Policy): RouteActions {
  switch (decision.way) {
    case 'routed': {
      const route = decision.route === null ? undefined : policy.routes.get(decision.route);
      if (route === undefined) throw new Error('a routed decision names no route of its policy');
      return route;
    }
    case 'unsure':
      return policy.unsure;
    case 'failed':
      return policy.failed;
    case 'reviewed':
    case 'undone':
      throw new Error(`what a person wants (${decision.way}) is not planned by the policy`);
  }
}

/** Whether acting on this decision is allowed now. Read again at every try: a changed configuration counts. */
export function modeOf({ decision, former }: Pick<Decided, 'decision' | 'former'>, policy: Policy): Mode {
  // What a person asked for is done in any mode.
  if (former !== null) return 'act';
  if (policy.mode === 'observe') return 'observe';
  const route = decision.route === null ? undefined : policy.routes.get(decision.route);
  return route?.mode ?? 'act';
}

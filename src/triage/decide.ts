import type { Action, ActionRecord } from './acting.ts';
import type { Decision } from './job.ts';
import { type Mode, type Policy, planActions, type RouteActions } from './policy.ts';

/** A decision and what it wants done, as it will be journalled. */
export interface Plan {
  readonly decision: Decision;
  readonly actions: readonly ActionRecord[];
}

/**
 * The one place where an answer becomes a way. A class that no route names, or a confidence below the threshold of
 * its route, is unsure: a message stays for a person rather than being guessed at.
 */
export function decide(answer: { readonly classification: string; readonly confidence: number }, policy: Policy): Plan {
  const { classification, confidence } = answer;
  const route = policy.routes.get(classification);
  const shown = confidence.toFixed(2);
  if (route === undefined) {
    return plan(policy, {
      way: 'unsure',
      route: null,
      classification,
      confidence,
      reason: `no route names this class (confidence ${shown})`,
    });
  }
  if (confidence < route.threshold) {
    return plan(policy, {
      way: 'unsure',
      route: null,
      classification,
      confidence,
      reason: `confidence ${shown} is below the threshold ${route.threshold} of ${route.name}`,
    });
  }
  return plan(policy, {
    way: 'routed',
    route: route.name,
    classification,
    confidence,
    reason: `confidence ${shown} reaches the threshold ${route.threshold} of ${route.name}`,
  });
}

/** No answer to decide on: the classification failed, the message is unreadable, or its destination refused it. */
export function decideFailed(reason: string, policy: Policy, earlier: Decision | null = null): Plan {
  return plan(policy, {
    way: 'failed',
    route: null,
    classification: earlier?.classification ?? null,
    confidence: earlier?.confidence ?? null,
    reason,
  });
}

/** There is nothing to ask yet (no model): it waits for a person, and nothing is guessed. */
export function decideUnasked(reason: string, policy: Policy): Plan {
  return plan(policy, { way: 'unsure', route: null, classification: null, confidence: null, reason });
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
  }
}

/** Whether acting on this decision is allowed now. Read again at every try: a changed configuration counts. */
export function modeOf(decision: Decision, policy: Policy): Mode {
  if (policy.mode === 'observe') return 'observe';
  const route = decision.route === null ? undefined : policy.routes.get(decision.route);
  return route?.mode ?? 'act';
}

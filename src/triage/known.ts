import type { Decision, Job } from './job.ts';
import type { Policy, RouteActions } from './policy.ts';
import type { NewJob } from './step.ts';

/** A way that a message shows by where it stands or what it bears. */
export type Shown = Pick<Decision, 'way' | 'route' | 'classification'>;

/** Every way of a policy. */
function ways(policy: Policy): { readonly shown: Shown; readonly actions: RouteActions }[] {
  return [
    ...[...policy.routes.values()].map((route) => ({
      shown: { way: 'routed', route: route.name, classification: route.name } as const,
      actions: route,
    })),
    { shown: { way: 'unsure', route: null, classification: null }, actions: policy.unsure },
    { shown: { way: 'failed', route: null, classification: null }, actions: policy.failed },
  ];
}

/** Where each way of a policy moves its messages. Ways that share a folder cannot be told apart by it. */
export function targetsOf(policy: Policy): Map<string, Shown> {
  const targets = new Map<string, Shown>();
  for (const { shown, actions } of ways(policy)) {
    if (actions.move === null) continue;
    const shared = { way: 'routed', route: null, classification: null } as const;
    targets.set(actions.move, targets.has(actions.move) ? shared : shown);
  }
  return targets;
}

/** The way that labels and moves nothing whose labels a message bears, all of them; null where there is none. */
export function wayByLabels(flags: readonly string[], policy: Policy): Shown | null {
  const borne = new Set(flags.map((flag) => flag.toLowerCase()));
  for (const { shown, actions } of ways(policy)) {
    if (actions.move !== null || actions.labels.length === 0) continue;
    if (actions.labels.every((label) => borne.has(label.toLowerCase()))) return shown;
  }
  return null;
}

/** The job of a message that was filed by whom the journal does not tell. It was decided then, and is not again. */
export function filedBefore(job: NewJob, shown: Shown, reason: string, date: number): Job {
  const decision: Decision = { ...shown, confidence: null, best: [], model: null, undoes: null, reason };
  const { account, origin = 'watch', place, identity, thread } = job;
  const common = {
    ...{ account, origin, place, identity, thread },
    id: 0,
    foundAt: date,
    since: date,
    rev: 1,
    attempts: 0,
    nextAt: 0,
    round: 1,
    verdict: null,
    decision,
    actions: [],
    observed: false,
  };
  return shown.way === 'failed'
    ? { ...common, state: 'failed', why: reason, review: true }
    : { ...common, state: 'done', review: shown.way === 'unsure' };
}

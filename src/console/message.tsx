import { limits } from '../base/limits.ts';
import { span } from '../base/span.ts';
import { type History, plansOf } from '../store/reading.ts';
import type { ActionRecord } from '../triage/acting.ts';
import { ownDecision, planUndo } from '../triage/decide.ts';
import type { Deed } from '../triage/deed.ts';
import type { Decision, Job } from '../triage/job.ts';
import type { PostingState } from '../triage/posting.ts';
import { saidOf } from '../triage/step.ts';
import { actionWords, postingWords } from '../triage/words.ts';
import type { Handled } from './access.ts';
import { verdictText } from './asked.ts';
import { Confidence, Outcome, Time } from './format.tsx';
import { GlimpsePart } from './glimpse.tsx';
import { page } from './layout.tsx';
import type { ConsoleParts } from './parts.ts';

interface Shown {
  /** What came of what the person asked for. */
  readonly said: string | null;
  /** It was drawn by lot, from this span; null: the person picked it. */
  readonly lot: string | null;
}

export function messagePage(context: Handled, parts: ConsoleParts, history: History, { said, lot }: Shown) {
  const { job } = history;
  const { csrf } = context.get('session');
  const routes = [...(parts.accounts.get(job.account)?.policy.routes.keys() ?? [])];
  const thread = parts.reading.list({ account: job.account, thread: job.thread }, { most: limits.console.page });
  const others = thread.entries.filter(({ id }) => id !== job.id);
  const decision = 'decision' in job ? job.decision : null;
  const ended = job.state === 'done' || job.state === 'failed';
  const judged = ended && (job.observed || job.decision.way === 'routed') ? saidOf(job.decision) : null;
  const judging = `/messages/${job.id}/judge${lot === null ? '' : `?lot=${encodeURIComponent(lot)}`}`;
  return page(context, {
    title: `Message ${job.id}`,
    scripts: ['glimpse.js'],
    children: (
      <>
        <p class="crumb">
          <a href="/messages">Messages</a>
        </p>
        <h1>Message {job.id}</h1>
        {said === null ? null : <p class="said">{said}</p>}
        {lot === null ? null : (
          <p>
            The lot fell on this message: was it filed rightly?{' '}
            <a href={`/sample?since=${encodeURIComponent(lot)}`}>Another one</a>
          </p>
        )}
        <div class="sheet">
          <div>
            <section aria-labelledby="letter" class="first">
              <h2 id="letter" class="sr">
                The message
              </h2>
              <GlimpsePart job={job.id} />
            </section>
            <section aria-labelledby="timeline">
              <h2 id="timeline">Timeline</h2>
              <ol class="timeline">
                {eventsOf(history).map(({ at, title, children }) => (
                  <li>
                    <h3>
                      {title} <Time at={at} as="full" />
                    </h3>
                    {children}
                  </li>
                ))}
              </ol>
              {ended || job.state === 'gone' ? null : <p class="soft">It is still on its way: load the page again.</p>}
            </section>
            {others.length === 0 ? null : (
              <section aria-labelledby="thread">
                <h2 id="thread">The rest of its thread</h2>
                <ul class="plain">
                  {others.map((entry) => (
                    <li>
                      <a href={`/messages/${entry.id}`}>Message {entry.id}</a>, <Time at={entry.foundAt} />:{' '}
                      {entry.classification ?? 'no class'}, <Outcome of={entry} /> in {entry.folder}
                    </li>
                  ))}
                </ul>
              </section>
            )}
          </div>
          <aside aria-label="About this message">
            <dl class="facts">
              <dt>Outcome</dt>
              <dd>
                <Outcome of={entryOf(job)} />
              </dd>
              <dt>Class</dt>
              <dd>{decision?.classification ?? '–'}</dd>
              <dt>Confidence</dt>
              <dd>
                <Confidence of={decision?.confidence ?? null} />
              </dd>
              {job.verdict === null ? null : (
                <>
                  <dt>A person says</dt>
                  <dd>{verdictText(job.verdict.truth, job.verdict.right)}</dd>
                </>
              )}
              <dt>Where it is</dt>
              <dd>{job.place.folder}</dd>
              <dt>Account</dt>
              <dd>{job.account}</dd>
              <dt>Message-ID</dt>
              <dd>
                <code>{job.identity.messageId ?? 'none'}</code>
              </dd>
              {history.submission.processCuid === null ? null : (
                <>
                  <dt>Process</dt>
                  <dd>
                    <code>{history.submission.processCuid}</code>
                  </dd>
                </>
              )}
              {decision?.model == null ? null : (
                <>
                  <dt>Model</dt>
                  <dd>
                    <code>{decision.model}</code>
                  </dd>
                </>
              )}
            </dl>
            {judged === null ? null : (
              <div class="deeds">
                {routes.includes(judged) ? (
                  <form method="post" action={judging}>
                    <input type="hidden" name="csrf" value={csrf} />
                    <input type="hidden" name="route" value={judged} />
                    <button type="submit">{judged} is right</button>
                  </form>
                ) : null}
                <form method="post" action={judging}>
                  <input type="hidden" name="csrf" value={csrf} />
                  <label for="truth">It should have been (nothing is moved)</label>
                  <div class="row">
                    <select id="truth" name="route">
                      <option value="">none of them</option>
                      {routes
                        .filter((route) => route !== judged)
                        .map((route) => (
                          <option value={route}>{route}</option>
                        ))}
                    </select>
                    <button type="submit">Say so</button>
                  </div>
                </form>
              </div>
            )}
            {ended ? (
              <div class="deeds">
                <form method="post" action={`/messages/${job.id}/file`}>
                  <input type="hidden" name="csrf" value={csrf} />
                  <label for="route">File it as</label>
                  <div class="row">
                    <select id="route" name="route">
                      {routes.map((route) => (
                        <option value={route} selected={route === (decision?.route ?? decision?.classification)}>
                          {route}
                        </option>
                      ))}
                    </select>
                    <button type="submit">File</button>
                  </div>
                </form>
                <UndoForms history={history} csrf={csrf} />
              </div>
            ) : null}
          </aside>
        </div>
      </>
    ),
  });
}

/** What can be taken back: what was done last, and where that is not all of it, all of it. */
function UndoForms({ history, csrf }: { readonly history: History; readonly csrf: string }) {
  const { job } = history;
  if (job.state !== 'done' && job.state !== 'failed') return null;
  const made = plansOf(history);
  const last = planUndo(job, made) !== null;
  const all = made.length > 1 && planUndo(job, made, true) !== null;
  const again = job.decision.way === 'undone';
  return (
    <form method="post" action={`/messages/${job.id}/undo`} class="row wraps">
      <input type="hidden" name="csrf" value={csrf} />
      {last ? (
        <button type="submit">{again ? 'Do again what was taken back' : 'Undo what was done last'}</button>
      ) : null}
      {all ? (
        <button type="submit" name="all" value="yes">
          Undo all of it
        </button>
      ) : null}
    </form>
  );
}

function entryOf(job: Job) {
  const decision = 'decision' in job ? job.decision : null;
  return {
    state: job.state,
    way: decision?.way ?? null,
    review: 'review' in job && job.review,
    observed: 'observed' in job && job.observed,
    verdict: job.verdict === null ? null : job.verdict.right ? ('right' as const) : ('wrong' as const),
    folder: job.place.folder,
  };
}

interface Happened {
  readonly at: number;
  readonly title: string;
  readonly children: unknown;
}

/** From found to now. What siftd did by itself comes first; what persons did has a time of its own. */
function eventsOf(history: History): Happened[] {
  const { job, times, foundIn, submission, rounds, deeds, postings } = history;
  const first = 'decision' in job && job.decision !== null ? ownDecision(job.decision) : null;
  const events: Happened[] = [
    {
      at: times.found,
      title: 'Found',
      children: (
        <p>
          In {foundIn}
          {history.origin === 'watch' ? '' : ', where old mail was asked for'}.
        </p>
      ),
    },
  ];
  if (times.submitted !== null) {
    events.push({
      at: times.submitted,
      title: 'Asked',
      children: (
        <p>
          The API took it{submission.number > 1 ? ', for the second time' : ''}, after{' '}
          {span(times.submitted - times.found)}.
        </p>
      ),
    });
  }
  if (times.decided !== null && first !== null) {
    events.push({ at: times.decided, title: 'Decided', children: <Reason decision={first} /> });
  }
  if (times.ended !== null) {
    events.push({
      at: times.ended,
      title: job.state === 'gone' ? 'Gone' : 'Done',
      children: (
        <>
          {'why' in job && job.why !== null ? <p>{job.why}.</p> : null}
          <Actions actions={rounds[0]?.actions ?? []} observed={'observed' in job && job.observed} />
        </>
      ),
    });
  }
  for (const posting of postings) {
    const { of, state, endedAt, at } = posting;
    const record = rounds.find(({ round }) => round === of?.round)?.actions.find(({ seq }) => seq === of?.seq);
    const words = record === undefined ? posting.kind : actionWords(record.action);
    events.push({
      at: endedAt ?? at,
      title: postingTitles[state],
      children: <p>{`${words}: ${postingWords(posting)}.`}</p>,
    });
  }
  for (const deed of deeds) events.push({ at: deed.at, title: titleOf(deed), children: <DeedLine deed={deed} /> });
  return events.sort((a, b) => a.at - b.at);
}

function Reason({ decision }: { readonly decision: Decision }) {
  const { best, reason, classification, confidence } = decision;
  const scored =
    best.length > 0 || classification === null ? best : [{ label: classification, confidence: confidence ?? 0 }];
  return (
    <>
      <p>{`${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`}</p>
      {scored.length === 0 ? null : (
        <ul class="best">
          {scored.map(({ label, confidence: sure }) => (
            <li>
              <span>{label}</span> <Confidence of={sure} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Actions({ actions, observed }: { readonly actions: readonly ActionRecord[]; readonly observed: boolean }) {
  if (observed) return <p>Observed: nothing was touched.</p>;
  if (actions.length === 0) return <p>It was left as and where it is.</p>;
  return (
    <ul class="plain">
      {actions.map((record) => (
        <li>{actionText(record)}</li>
      ))}
    </ul>
  );
}

function actionText({ action, progress }: ActionRecord): string {
  const done = progress.step === 'done';
  const note = 'note' in progress && progress.note !== null ? ` (${progress.note})` : '';
  const state = done ? '' : progress.step === 'undone' ? ', and taken back' : ', not finished';
  switch (action.kind) {
    case 'mark':
      return `Marked with ${[...action.labels, ...action.flags].join(', ')}${state}${note}.`;
    case 'unmark':
      return `Took off ${[...action.labels, ...action.flags].join(', ')}${state}${note}.`;
    case 'move':
      return `Moved to ${done ? (progress.to?.folder ?? action.to) : action.to}${state}${note}.`;
    case 'forward':
    case 'reply':
    case 'webhook':
      return `${actionWords(action)}: ${done ? 'written down' : 'not begun'}.`;
  }
}

const postingTitles: Readonly<Record<PostingState, string>> = {
  held: 'To be sent',
  due: 'To be sent',
  sending: 'Being sent',
  sent: 'Sent',
  unknown: 'Maybe sent',
  refused: 'Not sent',
  withheld: 'Not sent',
};

function titleOf({ what }: Deed): string {
  const titles: Readonly<Record<Deed['what'], string>> = {
    filed: 'Filed by a person',
    skipped: 'Skipped by a person',
    undone: 'Undone by a person',
    corrected: 'Corrected by a person',
    confirmed: 'Confirmed by a person',
    declined: 'Not done',
    moved: 'Moved by a person',
    hindered: 'Held up',
  };
  return titles[what];
}

function DeedLine({ deed }: { readonly deed: Deed }) {
  const { from, to, class: given, note } = deed;
  const words = [
    given === null ? null : `as ${given}`,
    from === null ? null : `from ${from}`,
    to === null ? null : `to ${to}`,
  ].filter((word) => word !== null);
  const text = [words.join(' '), note ?? ''].filter((part) => part !== '').join(': ');
  return text === '' ? null : <p>{`${text.charAt(0).toUpperCase()}${text.slice(1)}.`}</p>;
}

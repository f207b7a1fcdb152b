import { limits } from '../base/limits.ts';
import type { Scored } from '../triage/job.ts';
import type { Handled } from './access.ts';
import { Confidence, count, Time } from './format.tsx';
import { GlimpsePart } from './glimpse.tsx';
import { page } from './layout.tsx';
import type { ConsoleParts } from './parts.ts';

const keys = [
  ['j', 'next'],
  ['k', 'previous'],
  ['1 2 3', 'file as one of the best classes'],
  ['f', 'file as another'],
  ['s', 'skip'],
  ['o', 'open'],
  ['u', 'undo'],
] as const;

export function reviewPage(context: Handled, parts: ConsoleParts) {
  const { reading, accounts } = parts;
  const { csrf } = context.get('session');
  const { entries, next } = reading.list({ review: true }, { most: limits.console.page });
  return page(context, {
    title: 'Review',
    scripts: ['glimpse.js', 'review.js'],
    children: (
      <>
        <h1>Review</h1>
        {entries.length === 0 ? (
          <p class="lead">Nothing waits for you. What siftd is not sure of comes here.</p>
        ) : (
          <>
            <p class="lead">
              <strong>{count(entries.length, 'message')}</strong>
              {next === null ? '' : ' and more'} that siftd was not sure of. What you say is filed, and learned from.
            </p>
            <ul class="keys" aria-label="Keys">
              {keys.map(([key, what]) => (
                <li>
                  {key.split(' ').map((each) => (
                    <kbd>{each}</kbd>
                  ))}{' '}
                  {what}
                </li>
              ))}
            </ul>
            <ol class="queue">
              {entries.map(({ id, account, foundAt, folder }) => {
                const history = reading.history(id);
                const decision = history !== null && 'decision' in history.job ? history.job.decision : null;
                const policy = accounts.get(account)?.policy;
                const routes = [...(policy?.routes.keys() ?? [])];
                const best = bestOf(decision?.best ?? [], decision, routes);
                return (
                  <li class="item" data-job={id} tabindex={-1} aria-labelledby={`item-${id}`}>
                    <h2 id={`item-${id}`}>
                      Message {id}
                      <span class="soft">
                        {' '}
                        in {folder}, <Time at={foundAt} />
                      </span>
                    </h2>
                    <GlimpsePart job={id} />
                    <p class="why">{decision?.reason ?? ''}</p>
                    <form method="post" action={`/messages/${id}/file`} class="choices">
                      <input type="hidden" name="csrf" value={csrf} />
                      <input type="hidden" name="from" value="review" />
                      {best.map(({ label, confidence }, index) => (
                        <button type="submit" name="route" value={label} data-key={index + 1}>
                          <kbd>{index + 1}</kbd> {label} <Confidence of={confidence} />
                        </button>
                      ))}
                    </form>
                    <div class="others">
                      <form method="post" action={`/messages/${id}/file`} class="row">
                        <input type="hidden" name="csrf" value={csrf} />
                        <input type="hidden" name="from" value="review" />
                        <label for={`route-${id}`} class="sr">
                          Another class
                        </label>
                        <select id={`route-${id}`} name="route" data-key="f">
                          {routes
                            .filter((route) => !best.some(({ label }) => label === route))
                            .map((route) => (
                              <option value={route}>{route}</option>
                            ))}
                        </select>
                        <button type="submit">File</button>
                      </form>
                      <form method="post" action={`/messages/${id}/skip`}>
                        <input type="hidden" name="csrf" value={csrf} />
                        <input type="hidden" name="from" value="review" />
                        <button type="submit" data-key="s">
                          Skip
                        </button>
                      </form>
                      <a class="button" href={`/messages/${id}`} data-key="o">
                        Open
                      </a>
                    </div>
                    <form method="post" action={`/messages/${id}/undo`} class="after" hidden>
                      <input type="hidden" name="csrf" value={csrf} />
                      <p />
                      <button type="submit">Undo</button>
                    </form>
                  </li>
                );
              })}
            </ol>
          </>
        )}
      </>
    ),
  });
}

/** The three that a key files as: those that the answer named and that have a route, then routes in their order. */
function bestOf(
  best: readonly Scored[],
  decision: { readonly classification: string | null; readonly confidence: number | null } | null,
  routes: readonly string[],
): { readonly label: string; readonly confidence: number | null }[] {
  const named =
    best.length > 0 || decision?.classification == null
      ? best
      : [{ label: decision.classification, confidence: decision.confidence }];
  const known = named.filter(({ label }) => routes.includes(label));
  const others = routes.filter((route) => !known.some(({ label }) => label === route));
  return [...known, ...others.map((label) => ({ label, confidence: null }))].slice(0, limits.api.predictions);
}

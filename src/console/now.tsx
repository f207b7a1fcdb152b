import type { Store } from '../store/store.ts';
import { type State, states } from '../triage/job.ts';
import type { Handled } from './access.ts';
import { count, grouped, span, Time } from './format.tsx';
import { page } from './layout.tsx';

interface Seen {
  readonly overview: ReturnType<Store['overview']>;
  readonly now: number;
}

const meanings: Readonly<Record<State, string>> = {
  found: 'in a watched folder, not yet asked about',
  submitted: 'asked about, no answer yet',
  decided: 'answered, not yet acted on',
  done: 'filed, labelled or left alone as decided',
  gone: 'a person was first',
  failed: 'could not be classified or filed',
};

export function nowPage(context: Handled, seen: Seen) {
  return page(context, {
    title: 'Now',
    children: (
      <>
        <h1>Now</h1>
        <div data-live="/" data-every="2">
          {nowPart(seen)}
        </div>
      </>
    ),
  });
}

/** What renews itself. */
export function nowPart({ overview, now }: Seen) {
  const { jobs, review, oldestOpen, accounts } = overview;
  const open = jobs.found + jobs.submitted + jobs.decided;
  return (
    <>
      <p class="lead">
        {open === 0 || oldestOpen === null ? (
          'Nothing is waiting.'
        ) : (
          <>
            <strong>{count(open, 'message')}</strong> on the way, the oldest for {span(now - oldestOpen)}.
          </>
        )}{' '}
        {review === 0 ? (
          'Nothing waits for a person.'
        ) : (
          <>
            <strong>{grouped(review)}</strong> for a person to look at.
          </>
        )}
      </p>
      <section aria-labelledby="states">
        <h2 id="states">Messages by state</h2>
        <dl class="figures">
          {states.map((state) => (
            <div>
              <dt title={meanings[state]}>{state}</dt>
              <dd>{grouped(jobs[state])}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section aria-labelledby="accounts">
        <h2 id="accounts">Accounts</h2>
        <table class="reflow">
          <thead>
            <tr>
              <th scope="col">Account</th>
              <th scope="col">State</th>
              <th scope="col">Folder</th>
              <th scope="col">Last read</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(accounts).flatMap(([name, { note, folders }]) =>
              Object.entries(folders).map(([folder, cursor]) => (
                <tr>
                  <th scope="row">{name}</th>
                  <td data-label="State">
                    <span class={`state ${note?.state === 'watching' ? 'good' : 'warn'}`}>
                      {note?.state ?? 'never started'}
                    </span>
                    {note?.detail ? <span class="soft"> {note.detail}</span> : null}
                  </td>
                  <td data-label="Folder">{folder}</td>
                  <td data-label="Last read">
                    <Time at={cursor.syncedAt} as="ago" now={now} />
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </section>
    </>
  );
}

import { limits } from '../base/limits.ts';
import { span } from '../base/span.ts';
import { type State, states } from '../triage/job.ts';
import type { Handled } from './access.ts';
import { count, grouped, Time } from './format.tsx';
import { page } from './layout.tsx';
import type { ConsoleParts } from './parts.ts';
import { type Bar, latencyPlot, throughputPlot } from './plot.ts';
import { Head, MessageTable } from './table.tsx';

const meanings: Readonly<Record<State, string>> = {
  found: 'in a watched folder, not yet asked about',
  submitted: 'asked about, no answer yet',
  decided: 'answered, not yet acted on',
  done: 'filed, labelled or left alone',
  gone: 'a person was first',
  failed: 'could not be classified or filed',
};

const hour = 3_600_000;
const step = 0.5;

export function nowPage(context: Handled, parts: ConsoleParts) {
  return page(context, {
    title: 'Now',
    children: (
      <>
        <h1>Now</h1>
        <div data-live="/?part=head" data-every={limits.console.renew / 1000}>
          {headPart(parts)}
        </div>
        <section aria-labelledby="day">
          <h2 id="day">The last day</h2>
          <div data-live="/?part=day" data-every={limits.console.redraw / 1000}>
            {dayPart(parts)}
          </div>
        </section>
        <div data-live="/?part=rest" data-every={limits.console.renew / 1000}>
          {restPart(parts)}
        </div>
      </>
    ),
  });
}

/** What renews itself, by the name that it is asked for. */
export function nowPart(parts: ConsoleParts, name: string | undefined) {
  switch (name) {
    case 'day':
      return dayPart(parts);
    case 'rest':
      return restPart(parts);
    default:
      return headPart(parts);
  }
}

function headPart(parts: ConsoleParts) {
  const now = parts.clock.date();
  const { jobs, review, oldestOpen } = parts.store.overview();
  const open = jobs.found + jobs.submitted + jobs.decided;
  return (
    <>
      <p class="lead" data-news={`${count(open, 'message')} on the way, ${grouped(review)} for a person.`}>
        {open === 0 || oldestOpen === null ? (
          'Nothing is on its way.'
        ) : (
          <>
            <strong>{count(open, 'message')}</strong> on the way, the oldest for {span(now - oldestOpen)}.
          </>
        )}{' '}
        {review === 0 ? (
          'Nothing waits for a person.'
        ) : (
          <>
            <a href="/review">
              <strong>{grouped(review)}</strong> for a person
            </a>{' '}
            to look at.
          </>
        )}
      </p>
      <Full free={parts.store.room()} />
      <section aria-labelledby="states">
        <h2 id="states">Messages by state</h2>
        <dl class="figures">
          {states.map((state) => (
            <div>
              <dt>{state}</dt>
              <dd>
                <a href={`/messages?state=${state}`}>{grouped(jobs[state])}</a>
              </dd>
              <dd class="note">{meanings[state]}</dd>
            </div>
          ))}
        </dl>
      </section>
    </>
  );
}

function restPart(parts: ConsoleParts) {
  const now = parts.clock.date();
  const { accounts } = parts.store.overview();
  const abilities = parts.abilities();
  const names = [...new Set([...parts.accounts.keys(), ...Object.keys(accounts)])];
  return (
    <>
      <section aria-labelledby="accounts">
        <h2 id="accounts">Accounts</h2>
        <ul class="accounts">
          {names.map((name) => {
            const { note, folders = {}, jobs: own = {} } = accounts[name] ?? {};
            const facts = parts.accounts.get(name);
            const waiting = (own.found ?? 0) + (own.submitted ?? 0) + (own.decided ?? 0);
            return (
              <li>
                <h3>
                  {name} <Connection state={note?.state ?? 'never started'} />
                </h3>
                {note?.detail ? <p class="trouble">{note.detail}</p> : null}
                <dl class="facts">
                  <dt>Mailbox</dt>
                  <dd>{facts?.address ?? 'no longer in the configuration'}</dd>
                  <dt>Mode</dt>
                  <dd>{facts?.policy.mode ?? '–'}</dd>
                  <dt>Waiting</dt>
                  <dd>{grouped(waiting)}</dd>
                  <dt>Last read</dt>
                  <dd>
                    {Object.entries(folders).map(([folder, cursor], index) => (
                      <>
                        {index === 0 ? '' : ', '}
                        {folder} <Time at={cursor.syncedAt} as="ago" now={now} />
                      </>
                    ))}
                  </dd>
                  <dt>Server has</dt>
                  <dd>{abilities.get(name)?.join(', ') || '–'}</dd>
                </dl>
              </li>
            );
          })}
        </ul>
      </section>
      <section aria-labelledby="latest">
        <h2 id="latest">Latest messages</h2>
        <Latest parts={parts} now={now} />
      </section>
    </>
  );
}

function Latest({ parts, now }: { readonly parts: ConsoleParts; readonly now: number }) {
  const { entries } = parts.reading.list({}, { most: limits.console.latest });
  if (entries.length === 0) return <p class="soft">None yet: siftd has seen no new mail.</p>;
  return <MessageTable entries={entries} now={now} />;
}

function Connection({ state }: { readonly state: string }) {
  const tones: Readonly<Record<string, string>> = { watching: 'good', connecting: 'busy', stopped: '' };
  return <span class={`state ${tones[state] ?? 'bad'}`}>{state}</span>;
}

function Full({ free }: { readonly free: number }) {
  if (free >= limits.daemon.diskReserve) return null;
  return (
    <p class="trouble">
      The disk is full but for {Math.floor(free / 2 ** 20)} MiB: nothing new is taken up until there are{' '}
      {limits.daemon.diskReserve / 2 ** 20} and some.
    </p>
  );
}

/** Counts and times of the last day, as plots and as a table of the hours. */
function dayPart({ reading, clock }: ConsoleParts) {
  const now = clock.date();
  const from = now - 24 * hour;
  const pulses = reading.pulse(from, now, step * hour);
  const bars: Bar[] = pulses.map(({ at, ...pulse }) => ({ ...pulse, ago: (now - at) / hour }));
  const ended = bars.reduce((sum, bar) => sum + bar.ended, 0);
  return (
    <>
      <div class="plots">
        <figure>
          <figcaption>Messages dealt with, each half hour</figcaption>
          {throughputPlot(bars, step)}
        </figure>
        <figure>
          <figcaption>Time from found to done: the median, and up to the slowest of twenty</figcaption>
          {latencyPlot(bars, step)}
        </figure>
      </div>
      <details>
        <summary>{count(ended, 'message')} in figures</summary>
        <table>
          <Head of={['From', { n: 'Found' }, { n: 'Dealt with' }, { n: 'Median' }, { n: 'Slowest of 20' }]} />
          <tbody>
            {pulses
              .filter(({ found, ended: done }) => found + done > 0)
              .map(({ at, found, ended: done, median, slow }) => (
                <tr>
                  <th scope="row">
                    <Time at={at} />
                  </th>
                  <td class="num">{grouped(found)}</td>
                  <td class="num">{grouped(done)}</td>
                  <td class="num">{median === null ? '–' : span(median)}</td>
                  <td class="num">{slow === null ? '–' : span(slow)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </details>
    </>
  );
}

import type { Clock } from '../base/clock.ts';
import { sentence } from '../triage/advice.ts';
import type { Estimate } from '../triage/evidence.ts';
import type { ClassReport, Report } from '../triage/report.ts';
import type { Handled } from './access.ts';
import { count, grouped, percent } from './format.tsx';
import { page } from './layout.tsx';
import type { AccountsReport, ConsoleParts } from './parts.ts';
import { calibrationPlot, thresholdPlot } from './plot.ts';
import { Head } from './table.tsx';

const day = 86_400_000;
const spans = [
  ['7', 'a week'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['all', 'all time'],
] as const;

/** What is asked about: messages found since. */
export function spanOf(context: Handled, clock: Clock): { readonly days: string; readonly since: number } {
  const [days] = spans.find(([name]) => name === context.req.query('since')) ?? spans[1];
  return { days, since: days === 'all' ? 0 : clock.date() - Number(days) * day };
}

export function accuracyPage(context: Handled, { reports, clock }: ConsoleParts) {
  const { days, since } = spanOf(context, clock);
  const groups = reports(since);
  return page(context, {
    title: 'Accuracy',
    scripts: ['accuracy.js'],
    children: (
      <>
        <h1>Accuracy</h1>
        <p class="lead">
          How often siftd is right, by what people filed, corrected and reviewed. Silence is never taken for praise.
        </p>
        <div class="bar">
          <nav class="spans" aria-label="Since when">
            <ul>
              {spans.map(([name, word]) => (
                <li>
                  <a href={`/accuracy?since=${name}`} aria-current={name === days ? 'true' : undefined}>
                    {word}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <a class="button" href={`/sample?since=${days}`}>
            Judge one, drawn by lot
          </a>
        </div>
        {groups.map((group, index) => (
          <Group group={group} id={`g${index}`} alone={groups.length === 1} asked={askedOf(context)} since={days} />
        ))}
      </>
    ),
  });
}

interface Asked {
  readonly class: string;
  readonly threshold: number | null;
}

function askedOf(context: Handled): Asked {
  const threshold = Number(context.req.query('threshold') ?? Number.NaN);
  return { class: context.req.query('class') ?? '', threshold: Number.isNaN(threshold) ? null : threshold };
}

interface GroupOptions {
  readonly group: AccountsReport;
  readonly id: string;
  readonly alone: boolean;
  readonly asked: Asked;
  readonly since: string;
}

/** Accounts with the same routes are judged together. */
function Group({ group: { accounts, report }, id, alone, asked, since }: GroupOptions) {
  const judged = report.confusion.reduce((sum, cell) => sum + cell.count, 0);
  return (
    <>
      {alone ? null : <h2 class="group">{accounts.join(', ')}</h2>}
      <section aria-labelledby={`${id}-classes`}>
        <h2 id={`${id}-classes`}>By class</h2>
        <p>
          {count(report.seen, 'message')}, {count(judged, 'verdict')} of people; the target is{' '}
          {percent(report.target, 0)} right.
          {report.together === null ? null : (
            <>
              {' '}
              The classes that are ready file {percent(report.together.files, 0)} of all mail,{' '}
              {rightness(report.together.estimate)}.
            </>
          )}
        </p>
        <Classes report={report} />
      </section>
      {judged === 0 ? (
        <p class="empty">
          Nobody has said yet what was right. File messages in <a href="/review">Review</a>, or in your mail program:
          siftd notices.
        </p>
      ) : (
        <>
          <div class="beside">
            <Thresholds report={report} id={id} asked={asked} since={since} />
            <Calibration report={report} id={id} />
          </div>
          <Confusion report={report} id={id} />
        </>
      )}
    </>
  );
}

function Classes({ report }: { readonly report: Report }) {
  return (
    <table class="reflow classes">
      <Head
        of={[
          'Class',
          { n: 'Seen' },
          { n: 'Filed' },
          { n: 'Left to people' },
          { n: 'Verdicts' },
          { n: 'Right' },
          'What follows',
        ]}
      />
      <tbody>
        {report.classes.map((one) => (
          <tr>
            <th scope="row">{one.name}</th>
            <td data-label="Seen" class="num count">
              {grouped(one.seen)}
            </td>
            <td data-label="Filed" class="num count">
              {grouped(one.filed)}
            </td>
            <td data-label="Left to people" class="num count">
              {grouped(one.left + one.observed)}
            </td>
            <td data-label="Verdicts" class="num count">
              {grouped(one.filings + one.sampled + one.corrected)}
            </td>
            <td data-label="Right" class="num right">
              <Right estimate={one.present?.estimate ?? null} />
            </td>
            <td class="advice">
              <span class={`state ${toneOf(one)}`}>{unbroken(sentence(one, report.target))}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A range of figures stays on one line. */
function unbroken(text: string) {
  return (
    <span>{text.split(/(\([\d.]+-[\d.]+\))/).map((part, at) => (at % 2 === 0 ? part : <Range of={part} />))}</span>
  );
}

function Range({ of }: { readonly of: string }) {
  return <span class="nowrap">{of.replace('-', '–')}</span>;
}

function toneOf({ advice, seen }: ClassReport): string {
  if (seen === 0) return '';
  if (advice.kind === 'ready') return 'good';
  return advice.kind === 'wrong' || advice.kind === 'corrected' ? 'bad' : 'warn';
}

function Right({ estimate }: { readonly estimate: Estimate | null }) {
  if (estimate === null) return <span class="soft">–</span>;
  return (
    <>
      {percent(estimate.right)}
      <span class="range">{rangeOf(estimate)}</span>
    </>
  );
}

function rangeOf({ low, high }: Estimate): string {
  return `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
}

function rightness(estimate: Estimate): string {
  return `${percent(estimate.right)} right (${rangeOf(estimate)})`;
}

interface Part {
  readonly report: Report;
  readonly id: string;
}

/** At how many thresholds something is known of it. */
function told({ curve }: ClassReport): number {
  return curve.filter(({ estimate }) => estimate !== null).length;
}

/** What a class would file, and how often rightly, from each threshold on. */
function Thresholds({ report, id, asked, since }: Part & Pick<GroupOptions, 'asked' | 'since'>) {
  const known = report.classes.filter(({ curve }) => curve.some(({ estimate }) => estimate !== null));
  const chosen =
    known.find(({ name }) => name === asked.class) ?? known.toSorted((a, b) => told(b) - told(a) || b.seen - a.seen)[0];
  if (chosen === undefined) return null;
  const points = chosen.curve.filter(({ estimate, files }) => estimate !== null && files > 0);
  const wanted =
    asked.threshold ?? (chosen.advice.kind === 'ready' ? chosen.advice.at.threshold : chosen.route?.threshold);
  const at = Math.max(
    0,
    points.findLastIndex(({ threshold }) => threshold <= (wanted ?? 0)),
  );
  const here = points[at];
  return (
    <section aria-labelledby={`${id}-threshold`} class="thresholds">
      <h2 id={`${id}-threshold`}>What a threshold would do</h2>
      <figure>
        <figcaption>Right, by the share that is filed; the truth lies in the band</figcaption>
        {thresholdPlot(points, { at, target: report.target, name: chosen.name })}
      </figure>
      <form method="get" action="/accuracy" class="filters">
        <input type="hidden" name="since" value={since} />
        <div class="field">
          <label for={`${id}-class`}>Class</label>
          <select id={`${id}-class`} name="class">
            {known.map(({ name }) => (
              <option value={name} selected={name === chosen.name}>
                {name}
              </option>
            ))}
          </select>
        </div>
        <div class="field wide">
          <label for={`${id}-slider`}>Threshold</label>
          <input
            id={`${id}-slider`}
            class="slider"
            name="threshold"
            type="range"
            min={points[0]?.threshold ?? 0}
            max={points.at(-1)?.threshold ?? 1}
            step="0.001"
            value={here?.threshold ?? 0}
            aria-describedby={`${id}-says`}
          />
        </div>
        <button type="submit">Show</button>
      </form>
      <p id={`${id}-says`} class="says" role="status">
        {here === undefined ? null : pointText(here)}
      </p>
      <details class="points">
        <summary>In figures</summary>
        <table>
          <Head of={[{ n: 'From' }, { n: 'Files' }, { n: 'Right' }, { n: 'Between' }]} />
          <tbody>
            {points.map((point) => (
              <tr data-threshold={point.threshold} data-text={pointText(point)}>
                <td class="num">{point.threshold}</td>
                <td class="num">{percent(point.files, 0)}</td>
                <td class="num">{point.estimate === null ? '–' : percent(point.estimate.right)}</td>
                <td class="num">{point.estimate === null ? '–' : rangeOf(point.estimate)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

function pointText({ threshold, files, estimate }: ClassReport['curve'][number]): string {
  const right = estimate === null ? 'nobody knows how much of it rightly' : rightness(estimate);
  return `From ${threshold} on it files ${percent(files, 0)} of them, ${right}.`;
}

function Calibration({ report, id }: Part) {
  const { bins, error } = report.calibration;
  const known = bins.flatMap(({ confidence, right, judged }) =>
    confidence === null || right === null ? [] : [{ confidence, right, judged }],
  );
  return (
    <section aria-labelledby={`${id}-calibration`}>
      <h2 id={`${id}-calibration`}>Calibration</h2>
      <figure>
        <figcaption>Right, by how sure it was; the larger the dot, the more verdicts</figcaption>
        {calibrationPlot(known)}
      </figure>
      <p>
        Of what it is 80% sure of, 80% should be right.
        {error === null ? null : <> On the mean, confidence and truth are {percent(error)} apart.</>}
      </p>
      <details>
        <summary>In figures</summary>
        <table>
          <Head of={['Confidence', { n: 'Verdicts' }, { n: 'Mean' }, { n: 'Right' }]} />
          <tbody>
            {bins.map(({ from, to, judged, confidence, right }) => (
              <tr>
                <th scope="row">
                  {from.toFixed(1)}–{to.toFixed(1)}
                </th>
                <td class="num">{grouped(judged)}</td>
                <td class="num">{confidence === null ? '–' : confidence.toFixed(2)}</td>
                <td class="num">{right === null ? '–' : percent(right)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

/** A person's word in the rows, siftd's in the columns: what lies off the diagonal was wrong. */
function Confusion({ report, id }: Part) {
  const truths = [...new Set(report.confusion.map(({ truth }) => truth))].sort(byName);
  const answered = [...new Set(report.confusion.map((cell) => cell.answered))].sort();
  const cell = (truth: string | null, answer: string) =>
    report.confusion.find((each) => each.truth === truth && each.answered === answer)?.count ?? 0;
  return (
    <section aria-labelledby={`${id}-confusion`}>
      <h2 id={`${id}-confusion`}>What was taken for what</h2>
      {/* It scrolls sideways where it is wide, so the keyboard has to reach it. */}
      <div class="scroll" tabindex={0}>
        <table class="matrix">
          <thead>
            <tr>
              <th scope="col">Was, and siftd said</th>
              {answered.map((answer) => (
                <th scope="col">
                  <span>{answer}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {truths.map((truth) => {
              const all = answered.reduce((sum, answer) => sum + cell(truth, answer), 0);
              return (
                <tr>
                  <th scope="row">{truth ?? 'none of them'}</th>
                  {answered.map((answer) => {
                    const n = cell(truth, answer);
                    const heat = n === 0 ? 0 : Math.max(1, Math.round((5 * n) / all));
                    return (
                      <td class={`num ${truth === answer ? 'right' : 'wrong'} heat-${heat}`}>
                        {n === 0 ? '·' : grouped(n)}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function byName(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return a < b ? -1 : 1;
}

import type { Entry } from '../store/reading.ts';
import { Confidence, Outcome, Time } from './format.tsx';

interface TableOptions {
  readonly entries: readonly Entry[];
  /** Says of each when it was found as how long ago that is; left out: as a time. */
  readonly now?: number;
  /** Says whose each is. */
  readonly accounts?: boolean;
}

/** The names of columns; `{ n: name }` where figures stand below it. */
export function Head({ of }: { readonly of: readonly (string | { readonly n: string })[] }) {
  return (
    <thead>
      <tr>
        {of.map((column) =>
          typeof column === 'string' ? (
            <th scope="col">{column}</th>
          ) : (
            <th scope="col" class="num">
              {column.n}
            </th>
          ),
        )}
      </tr>
    </thead>
  );
}

/** Messages in a table; on a phone each is three short lines. */
export function MessageTable({ entries, now, accounts = false }: TableOptions) {
  return (
    <table class="reflow list">
      <Head of={['Message', 'Found', 'Class', 'Confidence', 'What became of it', 'Where it is']} />
      <tbody>
        {entries.map((entry) => (
          <tr>
            <th scope="row" class="id">
              <a href={`/messages/${entry.id}`}>{entry.id}</a>
              {accounts ? <span class="soft"> {entry.account}</span> : null}
            </th>
            <td class="time">
              {now === undefined ? <Time at={entry.foundAt} /> : <Time at={entry.foundAt} as="ago" now={now} />}
            </td>
            <td class="class">{entry.classification ?? <span class="soft">no class</span>}</td>
            <td class="sure">
              <Confidence of={entry.confidence} />
            </td>
            <td class="outcome">
              <Outcome of={entry} />
            </td>
            <td class="folder">{entry.folder}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

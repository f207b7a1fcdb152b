import { limits } from '../base/limits.ts';
import type { Filter } from '../store/reading.ts';
import { type State, states } from '../triage/job.ts';
import type { Handled } from './access.ts';
import { page } from './layout.tsx';
import type { ConsoleParts } from './parts.ts';
import { MessageTable } from './table.tsx';

/** What became of it: the word in the address, the word for the reader, and what it means to the journal. */
const views: readonly (readonly [string, string, Filter])[] = [
  ['', 'all', {}],
  ['waiting', 'waits for a person', { review: true }],
  ['filed', 'filed by siftd', { way: 'routed' }],
  ['reviewed', 'filed by a person', { way: 'reviewed' }],
  ['undone', 'undone', { way: 'undone' }],
  ['failed', 'failed', { way: 'failed' }],
];

/** What the address asks for: unknown words are as good as none. */
interface Asked {
  readonly text: string;
  readonly account: string;
  readonly class: string;
  readonly state: State | '';
  readonly view: string;
  readonly thread: string;
}

function askedOf(context: Handled): Asked {
  const query = (name: string) => (context.req.query(name) ?? '').slice(0, limits.message.messageId);
  return {
    text: query('text').trim(),
    account: query('account'),
    class: query('class'),
    state: states.find((state) => state === query('state')) ?? '',
    view: views.find(([view]) => view === query('view'))?.[0] ?? '',
    thread: query('thread'),
  };
}

function filterOf({ text, account, class: classification, state, view, thread }: Asked): Filter {
  const some = (value: string) => (value === '' ? undefined : value);
  return {
    ...views.find(([name]) => name === view)?.[2],
    text: some(text),
    account: some(account),
    class: some(classification),
    thread: some(thread),
    state: state === '' ? undefined : state,
  };
}

export function messagesPage(context: Handled, { reading, accounts }: ConsoleParts) {
  const asked = askedOf(context);
  const before = Number(context.req.query('before'));
  const { entries, next } = reading.list(filterOf(asked), {
    most: limits.console.page,
    before: Number.isSafeInteger(before) && before > 0 ? before : undefined,
  });
  const classes = reading.classes({ since: 0 }).map((tally) => tally.class);
  const known = [...new Set([...accounts.keys(), ...reading.accounts()])];
  const link = (more: Record<string, string>) => {
    const query = new URLSearchParams(Object.entries({ ...asked, ...more }).filter(([, value]) => value !== ''));
    return query.size === 0 ? '/messages' : `/messages?${query}`;
  };
  return page(context, {
    title: 'Messages',
    children: (
      <>
        <h1>Messages</h1>
        <search>
          <form method="get" action="/messages" class="filters">
            <Field name="text" label="Message-ID">
              <input id="text" name="text" type="search" value={asked.text} placeholder="any part of it" />
            </Field>
            <Choice
              name="view"
              label="What became of it"
              chosen={asked.view}
              options={views.map(([name, word]) => [name, word])}
            />
            <Choice name="class" label="Class" chosen={asked.class} options={[['', 'all'], ...classes.map(twice)]} />
            <Choice name="state" label="State" chosen={asked.state} options={[['', 'all'], ...states.map(twice)]} />
            {known.length > 1 ? (
              <Choice
                name="account"
                label="Account"
                chosen={asked.account}
                options={[['', 'all'], ...known.map(twice)]}
              />
            ) : null}
            {asked.thread === '' ? null : <input type="hidden" name="thread" value={asked.thread} />}
            <button type="submit">Show</button>
          </form>
        </search>
        {entries.length === 0 ? (
          <p class="empty">
            Nothing like that. {asked.text === '' ? '' : 'The Message-ID stands in the header of a message.'}
          </p>
        ) : (
          <MessageTable entries={entries} accounts={known.length > 1} />
        )}
        <nav class="pager" aria-label="Pages of messages">
          {before > 0 ? (
            <a class="button" href={link({})}>
              Newest
            </a>
          ) : null}
          {next === null ? null : (
            <a class="button" href={link({ before: String(next) })} rel="next">
              Older
            </a>
          )}
        </nav>
      </>
    ),
  });
}

function twice(word: string): readonly [string, string] {
  return [word, word];
}

function Field({
  name,
  label,
  children,
}: {
  readonly name: string;
  readonly label: string;
  readonly children: unknown;
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {children}
    </div>
  );
}

function Choice({
  name,
  label,
  chosen,
  options,
}: {
  readonly name: string;
  readonly label: string;
  readonly chosen: string;
  readonly options: readonly (readonly [string, string])[];
}) {
  return (
    <Field name={name} label={label}>
      <select id={name} name={name}>
        {options.map(([value, word]) => (
          <option value={value} selected={value === chosen}>
            {word}
          </option>
        ))}
      </select>
    </Field>
  );
}

import { type Check, type CheckState, type Group, tally } from '../doctor/check.ts';
import type { Checkup } from './checkups.ts';
import { count, Time } from './format.tsx';

const words: Readonly<Record<CheckState, string>> = {
  ok: 'ok',
  warning: 'warning',
  failed: 'failed',
  skipped: 'not tried',
};
const tones: Readonly<Record<CheckState, string>> = { ok: 'good', warning: 'warn', failed: 'bad', skipped: '' };

/** What siftd doctor found when it was last asked, and the way to ask it. */
export function checksPart(last: Checkup | null, csrf: string) {
  const looking = last !== null && last.ended === null;
  return (
    <>
      <div class="lookup">
        <form method="post" action="/settings/checks">
          <input type="hidden" name="csrf" value={csrf} />
          <button type="submit" disabled={looking}>
            {last === null ? 'Look now' : looking ? 'Looking' : 'Look again'}
          </button>
        </form>
        <p>{told(last)}</p>
      </div>
      {last?.trouble == null ? null : <p class="trouble">{last.trouble}</p>}
      {last?.groups.map((group) => (
        <GroupOf group={group} />
      ))}
    </>
  );
}

function told(last: Checkup | null) {
  if (last === null) {
    return 'Nobody has looked since siftd started. A look opens one more connection to each mailbox, and asks the API about one message.';
  }
  const found = sum(last.groups);
  if (last.ended === null) {
    const part = last.of === null ? '' : ` ${last.groups.length} of ${last.of} done.`;
    return (
      <span data-news="Looking.">
        Since <Time at={last.began} as="clock" />.{part} It can take two minutes.
      </span>
    );
  }
  return (
    <span data-ended data-news={`The checks are done: ${found}.`}>
      <Time at={last.ended} as="short" />: {found}.
    </span>
  );
}

function sum(groups: readonly Group[]): string {
  const { failed, warning, ok, skipped } = tally(groups);
  const parts = [
    [failed, `${failed} failed`],
    [warning, count(warning, 'warning')],
    [ok, `${ok} ok`],
    [skipped, `${skipped} not tried`],
  ] as const;
  return parts.flatMap(([n, text]) => (n === 0 ? [] : [text])).join(', ');
}

/** Where all is well nobody has to read on. */
function GroupOf({ group }: { readonly group: Group }) {
  const { failed, warning } = tally([group]);
  return (
    <details class="looked" open={failed + warning > 0}>
      <summary>
        <h3>{group.name}</h3>{' '}
        <span class={`state ${failed > 0 ? 'bad' : warning > 0 ? 'warn' : 'good'}`}>{sum([group])}</span>
      </summary>
      <ul class="checks">
        {group.checks.map((check) => (
          <CheckOf check={check} />
        ))}
      </ul>
    </details>
  );
}

function CheckOf({ check }: { readonly check: Check }) {
  const { state, title, subject, detail, why, remedy } = check;
  return (
    <li>
      <span class={`state ${tones[state]}`}>{words[state]}</span>
      <div>
        <p>
          <strong>{title}</strong>
          {subject === null ? null : <code>{subject}</code>} {detail}
        </p>
        {remedy === null ? null : (
          <p class="remedy">
            Because {why}. <strong>To do:</strong> {remedy}
          </p>
        )}
      </div>
    </li>
  );
}

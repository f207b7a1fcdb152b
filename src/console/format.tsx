import { span } from '../base/span.ts';
import type { Entry } from '../store/reading.ts';

type Style = 'full' | 'short' | 'clock' | 'ago';

/** A moment, in UTC until the reader's browser says it in their zone; `ago` stays as it is, with the moment as its title. */
export function Time({
  at,
  as = 'short',
  now = at,
}: {
  readonly at: number;
  readonly as?: Style;
  readonly now?: number;
}) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} data-as={as} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {as === 'ago' ? `${span(now - at)} ago` : `${iso.slice(0, 16).replace('T', ' ')} UTC`}
    </time>
  );
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** Digits in groups of three, parted by a narrow space, which is read alike everywhere. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)}%`;
}

/** A confidence as a number and as a bar: how much, before one has read it. */
export function Confidence({ of }: { readonly of: number | null }) {
  if (of === null) return <span class="soft">–</span>;
  return (
    <span class="confidence">
      <span class="figure">{of.toFixed(2)}</span>
      <svg viewBox="0 0 40 4" width="40" height="4" aria-hidden="true">
        <rect class="track" width="40" height="4" rx="2" />
        <rect class="fill" width={(40 * of).toFixed(1)} height="4" rx="2" />
      </svg>
    </span>
  );
}

type Seen = Pick<Entry, 'state' | 'way' | 'review' | 'observed' | 'verdict' | 'folder'>;

/** What became of a message, in two words, with a colour that says the same. */
export function Outcome({ of }: { readonly of: Seen }) {
  const [tone, word] = outcomeOf(of);
  return <span class={`state ${tone}`}>{word}</span>;
}

function outcomeOf({ state, way, review, observed, verdict }: Seen): readonly [string, string] {
  switch (state) {
    case 'found':
      return ['busy', 'found'];
    case 'submitted':
      return ['busy', 'asked'];
    case 'decided':
      return ['busy', 'acting'];
    case 'gone':
      return ['', 'a person was first'];
    case 'failed':
      return ['bad', review ? 'failed, waits' : 'failed'];
    case 'done':
      if (review) return ['warn', 'waits for a person'];
      if (way === 'undone') return ['', 'undone'];
      if (way === 'reviewed') return ['good', 'filed by a person'];
      if (verdict === 'wrong') return ['warn', 'corrected'];
      if (observed) return ['', 'observed'];
      return way === 'routed' ? ['good', 'filed'] : ['', 'left as it is'];
  }
}

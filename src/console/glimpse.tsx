import type { Outcome } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Glimpse } from './parts.ts';

/** Where the beginning of a message comes to stand: it is read from the mailbox once the page is there. */
export function GlimpsePart({ job }: { readonly job: number }) {
  return (
    <div class="glimpse" data-glimpse={`/messages/${job}/glimpse`}>
      <p class="soft">
        <a href={`/messages/${job}/glimpse`}>Read it from the mailbox</a>
      </p>
    </div>
  );
}

export function glimpseText(read: Outcome<Glimpse>) {
  if (!read.ok) {
    return <p class="soft">The message cannot be read at present: {read.fault.message}. siftd keeps no copy of it.</p>;
  }
  const { from, subject, body } = read.value;
  return (
    <article>
      <h3 class="subject">{subject === '' ? 'No subject' : subject}</h3>
      <p class="from">{from === '' ? 'no sender' : from}</p>
      <p class="text">{shortened(body)}</p>
    </article>
  );
}

/** The first lines, as a person skims them. */
function shortened(text: string): string {
  // Mail programs of old break lines at 76 columns: those go on in the next.
  const lines = text
    .replace(/(\S[^\n]{54,})\n(?=\S)/g, '$1 ')
    .split('\n')
    .filter((line, index, all) => line.trim() !== '' || (index > 0 && all[index - 1]?.trim() !== ''))
    .slice(0, limits.console.glimpseLines)
    .join('\n');
  return lines.length > limits.console.glimpse ? `${lines.slice(0, limits.console.glimpse - 1)}…` : lines;
}

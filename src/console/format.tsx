/** A moment, in UTC until the reader's browser says it in their zone; `ago` stays as it is, with the moment as its title. */
export function Time({
  at,
  as = 'short',
  now,
}: {
  readonly at: number;
  readonly as?: 'full' | 'short' | 'clock' | 'ago';
  readonly now?: number;
}) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso} data-as={as} title={`${iso.slice(0, 19).replace('T', ' ')} UTC`}>
      {as === 'ago' ? `${span((now ?? at) - at)} ago` : `${iso.slice(0, 16).replace('T', ' ')} UTC`}
    </time>
  );
}

/** How long, roughly: the two digits that matter. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}

/** Digits in groups of three, parted by a narrow space, which is read alike everywhere. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

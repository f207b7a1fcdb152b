/** What needs a person, and since when. */
export interface Needs {
  /** Messages that wait for a person, by account; `fresh`: they began to since the last digest. */
  readonly review: readonly { readonly account: string; readonly waiting: number; readonly fresh: number }[];
  /** What keeps mail from being sorted, in words. */
  readonly troubles: readonly Concern[];
}

export interface Concern {
  /** null: it is everybody's. */
  readonly account: string | null;
  readonly why: string;
  /** It was not in a digest before. */
  readonly fresh: boolean;
}

export interface Digest {
  readonly subject: string;
  readonly text: string;
}

/** One mail about all that needs a person; null: nobody has to be told anything new. It says no subject and no address. */
export function digestOf({ review, troubles }: Needs): Digest | null {
  const fresh = review.reduce((sum, one) => sum + one.fresh, 0);
  const ailing = troubles.filter((one) => one.fresh);
  if (fresh === 0 && ailing.length === 0) return null;
  const [first] = ailing;
  const headline = [
    ailing.length > 1 ? [`${ailing.length} things keep mail from being sorted`] : [],
    ailing.length === 1 ? [`${of(first?.account ?? null)}mail is not sorted`] : [],
    fresh > 0 ? [`${fresh} message${fresh === 1 ? ' waits' : 's wait'} for a person`] : [],
  ].flat();
  const lines = [
    ...troubles.map(({ account, why, fresh: isNew }) => `${of(account)}${why}${isNew ? '' : ' (told before)'}`),
    ...(troubles.length > 0 && review.length > 0 ? [''] : []),
    ...review.map(({ account, waiting, fresh: since }) => `${account}: ${waiting} in review, ${since} of them new`),
    '',
    ...(review.length > 0 ? ['siftd review shows them, and so does the console.'] : []),
    ...(troubles.length > 0 ? ['siftd doctor looks at what is wrong.'] : []),
  ];
  return { subject: `siftd: ${headline.join('; ')}`, text: `${lines.join('\n')}\n` };
}

function of(account: string | null): string {
  return account === null ? '' : `${account}: `;
}

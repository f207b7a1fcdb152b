/**
 * How the team of Lindgren & Hale files its mail, in the form of the configuration's `routes`. The names are
 * siftd's own: levels parted by `/`, and `\Junk` is whatever folder has that special use (RFC 6154).
 */
export interface SampleRoute {
  readonly move?: string;
  readonly label?: readonly string[];
  readonly flag?: boolean;
  readonly seen?: boolean;
}

export const routes = {
  refund_request: { move: 'Support/Refunds' },
  complaint: { move: 'Support/Complaints', label: ['urgent'], flag: true },
  order_status: { move: 'Support/Orders' },
  invoice_question: { move: 'Support/Invoices' },
  product_question: { move: 'Support/Products' },
  cancellation: { move: 'Support/Cancellations' },
  account_access: { move: 'Support/Accounts' },
  job_application: { move: 'Jobs' },
  newsletter: { label: ['newsletter'], seen: true },
  spam: { move: '\\Junk' },
} as const satisfies Readonly<Record<string, SampleRoute>>;

export type SampleClass = keyof typeof routes;
export const sampleClasses = Object.keys(routes) as readonly SampleClass[];

/** Where a message of this class stands once it is sorted. What no route moves stays in the inbox. */
export function folderOf(class_: SampleClass | null): string {
  const route: SampleRoute = class_ === null ? {} : routes[class_];
  return route.move === '\\Junk' ? 'Junk' : (route.move ?? 'INBOX');
}

/** The keywords and flags that its route leaves on it. */
export function flagsOf(class_: SampleClass | null): readonly string[] {
  const { label = [], flag, seen }: SampleRoute = class_ === null ? {} : routes[class_];
  return [...label, ...(flag ? ['\\Flagged'] : []), ...(seen ? ['\\Seen'] : [])];
}

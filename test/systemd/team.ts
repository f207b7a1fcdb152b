import { ImapFlow } from 'imapflow';
import { expect } from 'vitest';
import { type Dovecot, startDovecot } from '../servers/dovecot.ts';

export const user = 'support@example.com';
export const folders = { refund_request: 'Support/Refunds', complaint: 'Support/Complaints' } as const;

export const refund = (n: number): string =>
  `I want my money back for order ${n}. Please refund the ${n} euros to my card.`;
export const complaint = (n: number): string =>
  `Order ${n} came broken and late, the box was torn. This is the ${n}th time, I am angry and disappointed.`;

export function letter(id: string, body: string): string {
  return `From: ada@example.com\nTo: ${user}\nSubject: my order\nMessage-ID: <${id}@example.com>\n\n${body}\n`;
}

/** A team whose inbox siftd sorts: a Dovecot with folders that they sorted, and one of them who looks. */
export interface Team {
  readonly dovecot: Dovecot;
  readonly person: ImapFlow;
  /** Delivers, and resolves when the server tells a person who looks at the folder that a message came. */
  deliverAndSeeIn(folder: string, raw: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startTeam(): Promise<Team> {
  const dovecot = await startDovecot();
  for (const [folder, text] of [
    [folders.refund_request, refund],
    [folders.complaint, complaint],
  ] as const) {
    const sorted = Array.from({ length: 15 }, (_, n) => ({ raw: letter(`sorted-${n}-${folder}`, text(n)) }));
    await dovecot.load(user, folder, sorted);
  }
  const { host, port } = dovecot;
  const auth = { user, pass: 'secret' };
  const person = new ImapFlow({ host, port, auth, secure: false, doSTARTTLS: false, logger: false });
  await person.connect();
  return {
    dovecot,
    person,
    async deliverAndSeeIn(folder, raw) {
      await person.mailboxOpen(folder);
      const came = new Promise((resolve) => person.once('exists', resolve));
      // The next command ends it.
      const idling = person.idle();
      await dovecot.deliver(user, raw);
      await came;
      const id = /<[^>]+>/.exec(raw)?.[0] ?? '';
      expect(await person.search({ header: { 'message-id': id } })).toHaveLength(1);
      await idling;
    },
    async stop() {
      await person.logout();
      await dovecot.stop();
    },
  };
}

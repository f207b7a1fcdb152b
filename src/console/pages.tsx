import type { Hono } from 'hono';
import { drawn } from '../triage/sample.ts';
import { type Env, formOf, type Handled } from './access.ts';
import { accuracyPage, spanOf } from './accuracy.tsx';
import { askFor, type Wish } from './asked.ts';
import { checksPart } from './checks.tsx';
import { Checkups } from './checkups.ts';
import { glimpseText } from './glimpse.tsx';
import { page } from './layout.tsx';
import { messagePage } from './message.tsx';
import { messagesPage } from './messages.tsx';
import { nowPage, nowPart } from './now.tsx';
import type { ConsoleParts } from './parts.ts';
import { reviewPage } from './review.tsx';
import { settingsPage } from './settings.tsx';

/** Every page, and what can be asked for on it. */
export function addPages(app: Hono<Env>, parts: ConsoleParts): void {
  app.get('/', (context) =>
    isLive(context) ? context.html(nowPart(parts, context.req.query('part'))) : nowPage(context, parts),
  );
  app.get('/messages', (context) => messagesPage(context, parts));
  app.get('/review', (context) => reviewPage(context, parts));
  app.get('/accuracy', (context) => accuracyPage(context, parts));
  app.get('/sample', (context) => {
    const { days, since } = spanOf(context, parts.clock);
    const unjudged = [...parts.accounts.keys()].map((account) => parts.reading.unjudged({ account, since }));
    const [job] = drawn(unjudged, 1, parts.random);
    if (job !== undefined) return context.redirect(`/messages/${job}?lot=${days}`, 303);
    return page(context, {
      title: 'Nothing to judge',
      children: (
        <>
          <h1>Nothing to judge</h1>
          <p>Of what siftd filed in this time nothing is left that nobody has judged.</p>
        </>
      ),
    });
  });
  const checkups = new Checkups(parts);
  app.get('/settings', (context) =>
    isLive(context)
      ? context.html(checksPart(checkups.last, context.get('session').csrf))
      : settingsPage(context, parts.settings, parts.store.overview().configured, checkups.last),
  );
  app.post('/settings/checks', (context) => {
    checkups.begin();
    return context.redirect('/settings', 303);
  });

  app.get('/messages/:id{[0-9]+}', (context) => {
    const history = parts.reading.history(idOf(context));
    return history === null
      ? context.notFound()
      : messagePage(context, parts, history, { said: null, lot: lotOf(context) });
  });

  app.get('/messages/:id{[0-9]+}/glimpse', async (context) => {
    const history = parts.reading.history(idOf(context));
    if (history === null) return context.notFound();
    const read = glimpseText(await parts.peek(history.job));
    if (isLive(context)) return context.html(read);
    return page(context, { title: `Message ${history.job.id}`, children: read });
  });

  app.post('/messages/:id{[0-9]+}/:what{undo|file|skip|judge}', async (context) => {
    const history = parts.reading.history(idOf(context));
    if (history === null) return context.notFound();
    const { id: job, account } = history.job;
    const form = await formOf(context);
    const wishes = {
      undo: { kind: 'undo', account, jobs: [job], ...(form['all'] === undefined ? {} : { all: true }) },
      file: { kind: 'file', account, job, route: form['route'] ?? '' },
      skip: { kind: 'skip', account, job },
      // The choice "none of them" is the empty one; no choice at all is nobody's word.
      judge: {
        ...{ kind: 'judge', account, job, route: form['route'] === '' ? null : (form['route'] ?? '') },
        ...(lotOf(context) === null ? { picked: true } : {}),
      },
    } as const satisfies Readonly<Record<Wish['kind'], Wish>>;
    const came = await askFor(parts, wishes[context.req.param('what') as Wish['kind']], job);
    if (isLive(context)) return context.json(came);
    if (form['from'] === 'review' && came.result !== 'refused') return context.redirect('/review', 303);
    const now = parts.reading.history(job) ?? history;
    return messagePage(context, parts, now, { said: came.text, lot: lotOf(context) });
  });
}

/** The span that the message was drawn from; null: the person picked it. */
function lotOf(context: Handled): string | null {
  return context.req.query('lot') ?? null;
}

function idOf(context: Handled): number {
  return Number(context.req.param('id'));
}

/** A part of a page asks for itself, or a script asks beside it. */
function isLive(context: Handled): boolean {
  return context.req.header('x-siftd-live') !== undefined;
}

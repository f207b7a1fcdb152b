import type { Hono } from 'hono';
import { type Env, formOf, type Handled } from './access.ts';
import { accuracyPage } from './accuracy.tsx';
import { askFor, type Came } from './asked.ts';
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
  app.get('/settings', (context) => settingsPage(context, parts.settings));

  app.get('/messages/:id{[0-9]+}', (context) => {
    const history = parts.reading.history(idOf(context));
    return history === null ? context.notFound() : messagePage(context, parts, history, null);
  });

  app.get('/messages/:id{[0-9]+}/glimpse', async (context) => {
    const history = parts.reading.history(idOf(context));
    if (history === null) return context.notFound();
    const read = glimpseText(await parts.peek(history.job));
    if (isLive(context)) return context.html(read);
    return page(context, { title: `Message ${history.job.id}`, children: read });
  });

  app.post('/messages/:id{[0-9]+}/:what{undo|file|skip}', async (context) => {
    const history = parts.reading.history(idOf(context));
    if (history === null) return context.notFound();
    const { id: job, account } = history.job;
    const { route = '', from } = await formOf(context);
    const request = {
      undo: { kind: 'undo', account, jobs: [job] },
      file: { kind: 'file', account, job, route },
      skip: { kind: 'skip', account, job },
    } as const;
    const what = context.req.param('what');
    const came: Came = await askFor(
      parts,
      what === 'undo' ? request.undo : what === 'file' ? request.file : request.skip,
      job,
    );
    if (isLive(context)) return context.json(came);
    if (from === 'review' && came.result !== 'refused') return context.redirect('/review', 303);
    return messagePage(context, parts, parts.reading.history(job) ?? history, came.text);
  });
}

function idOf(context: Handled): number {
  return Number(context.req.param('id'));
}

/** A part of a page asks for itself, or a script asks beside it. */
function isLive(context: Handled): boolean {
  return context.req.header('x-siftd-live') !== undefined;
}

import { beforeEach, describe, expect, test } from 'vitest';
import { ok } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { broken, type Group, passed } from '../../src/doctor/check.ts';
import type { ActionRecord } from '../../src/triage/acting.ts';
import type { Answered } from '../../src/triage/evidence.ts';
import type { Job } from '../../src/triage/job.ts';
import { reportOf } from '../../src/triage/report.ts';
import type { PersonRequest, RequestResult } from '../../src/triage/requests.ts';
import { type Event, type NewJob, step } from '../../src/triage/step.ts';
import { decided, decision } from '../triage/jobs.ts';
import { House } from './house.ts';

/* What the pages say of a journal, and what they ask of the daemon by it. */

let house: House;
let csrf: string;
beforeEach(async () => {
  house = new House();
  csrf = await house.enter();
});

const place = { folder: 'Support/Refunds', uidValidity: 2, uid: 9 };

async function found(uid: number, over: Partial<NewJob> = {}): Promise<Job> {
  const identity = {
    emailId: null,
    messageId: `<${uid}@example.com>`,
    headerHash: `h${uid}`,
    internalDate: 1000,
    size: 5,
  };
  const job = {
    account: 'support',
    place: { folder: 'INBOX', uidValidity: 11, uid },
    identity,
    thread: `t${uid}`,
    ...over,
  };
  const [id = -1] = (await house.store.commit(() => ({ found: [job] }), house.now)).found;
  return jobOf(id);
}

function jobOf(id: number): Job {
  const job = house.store.job(id);
  if (job === null) throw new Error(`there is no job ${id}`);
  return job;
}

/** Takes it through events, one a second. */
async function through(job: Job, ...events: Event[]): Promise<Job> {
  for (const event of events) {
    house.now += 1000;
    const next = step(jobOf(job.id), event, house.now);
    if (next === null) throw new Error(`${event.type} does not fit`);
    await house.store.commit(() => ({ jobs: [next] }), house.now);
  }
  return jobOf(job.id);
}

const routed: Event = { type: 'decided', plan: { decision, actions: decided.actions } };
const unsure: Event = {
  type: 'decided',
  plan: {
    decision: { ...decision, way: 'unsure', route: null, confidence: 0.6, reason: 'it is <b>unsure</b>' },
    actions: [],
  },
};
const acted: Event = { type: 'acted', place };
const stays: Event = { type: 'acted', place: { folder: 'INBOX', uidValidity: 11, uid: 1 } };

/** The words of a page, as a reader sees them. */
function words(html: string): string {
  const [, body = html] = /<main[^>]*>(.*)<\/main>/s.exec(html) ?? [];
  const text = body.replace(/<(script|style)\b.*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&').replace(/\s+/g, ' ').trim();
}

describe('now', () => {
  test('an empty journal has something to say', async () => {
    const text = words(await house.text('/'));
    expect(text).toContain('Nothing is on its way. Nothing waits for a person.');
    expect(text).toContain('None yet: siftd has seen no new mail.');
  });

  test('how many are in which state, the oldest, the accounts and what their servers can do', async () => {
    await house.store.note('support', { state: 'watching', at: house.now, detail: null });
    await house.store.note('gone', { state: 'refused', at: house.now, detail: 'the server refused the login' });
    await through(await found(1), routed, acted);
    await through(await found(2), unsure, stays);
    await found(3);
    house.now += 61_000;
    const text = words(await house.text('/'));
    expect(text).toContain('1 message on the way, the oldest for 61 s. 1 for a person to look at.');
    expect(text).toMatch(/support watching Mailbox u at h:993 .* Server has MOVE, IDLE/);
    expect(text).toMatch(/gone refused the server refused the login Mailbox no longer in the configuration/);
    expect(text).toMatch(/found 1 .* done 2 .* failed 0/);
  });

  test('its parts renew themselves, and are no whole pages', async () => {
    for (const part of ['head', 'day', 'rest']) {
      const answer = await house.get(`/?part=${part}`, { 'x-siftd-live': '1' });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
      expect(await answer.text()).not.toContain('<html');
    }
  });

  test('the plots are pictures without style or script of their own, one for a phone too', async () => {
    await through(await found(1), routed, acted);
    const html = await house.text('/');
    const plots = html.match(/<svg[^>]*class="plot [^>]*>.*?<\/svg>/gs) ?? [];
    expect(plots.length).toBe(4);
    for (const plot of plots) {
      expect(plot).toMatch(/role="img"/);
      expect(plot).toMatch(/aria-label="[^"]{20,}"/);
      expect(plot).not.toMatch(/<style|style=|<script/);
    }
  });
});

describe('messages', () => {
  test('are listed newest first, and found by what they are', async () => {
    await through(await found(1), routed, acted);
    await through(await found(2), unsure, stays);
    await found(3);
    const listed = async (query: string) =>
      [
        ...(await house.text(`/messages${query}`)).matchAll(/<th scope="row" class="id"><a href="\/messages\/(\d+)"/g),
      ].map(([, id]) => Number(id));
    expect(await listed('')).toEqual([3, 2, 1]);
    expect(await listed('?view=waiting')).toEqual([2]);
    expect(await listed('?view=filed')).toEqual([1]);
    expect(await listed('?state=found')).toEqual([3]);
    expect(await listed('?class=refund_request')).toEqual([2, 1]);
    expect(await listed('?text=3@example')).toEqual([3]);
    expect(await listed('?state=nonsense&view=nonsense&before=-1')).toEqual([3, 2, 1]);
    expect(await listed('?text=%25')).toEqual([]);
  });

  test('come page by page', async () => {
    for (let uid = 1; uid <= limits.console.page + 1; uid++) await found(uid);
    const first = await house.text('/messages?state=found');
    const [, older = ''] = /href="(\/messages\?[^"]*before=[^"]*)"/.exec(first) ?? [];
    const second = await house.text(older.replaceAll('&amp;', '&'));
    expect(second).toContain('<th scope="row" class="id"><a href="/messages/1"');
    expect(second).not.toContain('rel="next"');
  });

  test('what stands in mail is text, wherever it stands', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const { messageId = evil, ...identity } = {
      messageId: `<${evil}>`,
      emailId: null,
      headerHash: 'h',
      internalDate: 0,
      size: 1,
    };
    const job = await through(await found(1, { identity: { ...identity, messageId }, thread: evil }), unsure, stays);
    house.letter = ok({ from: `"${evil}" <a@b>`, subject: evil, body: `${evil}\n${'line\n'.repeat(50)}` });
    const pages = [
      `/messages/${job.id}`,
      `/messages/${job.id}/glimpse`,
      '/review',
      '/messages',
      '/',
      `/messages?text=${encodeURIComponent(evil)}`,
    ];
    for (const path of pages) expect(await house.text(path), path).not.toMatch(/<img|<b>unsure/);
    const glimpse = words(await house.text(`/messages/${job.id}/glimpse`));
    expect(glimpse).toContain(evil);
    expect(glimpse.match(/line/g)?.length).toBeLessThan(limits.console.glimpseLines);
  });
});

describe('a message', () => {
  test('tells its history: found, asked, decided and why, what was done', async () => {
    const job = await through(
      await found(1),
      { type: 'submitting', key: 'k', nextAt: 0 },
      { type: 'accepted', processCuid: 'f45sz0ho8rcl', nextAt: 0 },
      routed,
      acted,
    );
    const reply = await found(2, { thread: 't1' });
    const text = words(await house.text(`/messages/${job.id}`));
    expect(text).toMatch(
      /Found .* In INBOX\. Asked .* after 2\.0 s\. Decided .* Confidence 0\.92 reaches the threshold 0\.75 of refund_request\./,
    );
    expect(text).toMatch(/refund_request 0\.92 complaint 0\.05 .*Done/);
    expect(text).toMatch(/Process f45sz0ho8rcl Model a-model/);
    expect(text).toContain(`The rest of its thread Message ${reply.id}`);
  });

  test('one that is not there is not there', async () => {
    for (const path of [
      '/messages/7',
      '/messages/7/glimpse',
      '/messages/0',
      '/messages/x',
      '/messages/9999999999999999999',
    ]) {
      expect((await house.get(path)).status, path).toBe(404);
    }
    expect((await house.ask({ path: '/messages/7/undo', form: { csrf } })).status).toBe(404);
  });

  test('whose mailbox is away says so', async () => {
    const { id } = await found(1);
    expect(words(await house.text(`/messages/${id}/glimpse`))).toContain(
      'The message cannot be read at present: the mailbox is away. siftd keeps no copy of it.',
    );
  });
});

describe('what a person asks', () => {
  /** A daemon that answers so. */
  function daemon(
    answer: (request: PersonRequest) => RequestResult,
    changes: () => Promise<unknown> = async () => {},
  ): PersonRequest[] {
    const asked: PersonRequest[] = [];
    house.meanwhile = async () => {
      for (const { id, request } of house.store.requests()) {
        if (request.kind === 'backfill') continue;
        asked.push(request);
        await house.store.commit(() => ({ answered: { request: id, result: answer(request) } }), house.now);
        await changes();
      }
    };
    return asked;
  }
  const post = (path: string, form: Record<string, string> = {}, live = false) =>
    house.ask({ path, form: { csrf, ...form }, headers: live ? { 'x-siftd-live': '1' } : {} });

  test('goes to the daemon by the journal, and what came of it is said', async () => {
    const job = await through(await found(1), unsure, stays);
    const filed = { decision: { ...decision, way: 'reviewed', route: 'complaint' }, actions: decided.actions } as const;
    const asked = daemon(
      () => ({ taken: [job.id], refused: [] }),
      () => through(job, { type: 'filed', plan: filed }, acted),
    );
    const answer = await post(`/messages/${job.id}/file`, { route: 'complaint' }, true);
    expect(await answer.json()).toEqual({ result: 'done', text: 'Filed as complaint; it is in Support/Refunds.' });
    expect(asked).toEqual([{ kind: 'file', account: 'support', job: job.id, route: 'complaint' }]);
  });

  test.each(['undo', 'skip'] as const)(
    '%s too; a refusal is said with its reason, on the page where it was asked',
    async (what) => {
      const job = await through(await found(1), unsure, stays);
      const asked = daemon(() => ({ taken: [], refused: [{ job: job.id, why: 'it is <i>not</i> possible' }] }));
      const answer = await post(`/messages/${job.id}/${what}`, { from: 'review' });
      expect(answer.status).toBe(200);
      const html = await answer.text();
      expect(words(html)).toContain('It is <i>not</i> possible.');
      expect(html).not.toContain('<i>not');
      expect(asked[0]).toMatchObject({ kind: what, account: 'support' });
    },
  );

  test('is to take back what was done last, or all of it; what siftd decided by itself stays to be read', async () => {
    const marked = (seq: number, kind: 'mark' | 'unmark', label: string): ActionRecord => ({
      seq,
      action: { kind, labels: [label], flags: [] },
      progress: { step: 'done', newly: [label], from: null, to: null, note: null },
    });
    const own = { ...decision, way: 'unsure', route: null, reason: 'it is unsure' } as const;
    const labelled: Event = { type: 'decided', plan: { decision: own, actions: [marked(0, 'mark', 'needs-review')] } };
    const job = await through(await found(1), labelled, stays);
    const html = () => house.text(`/messages/${job.id}`);
    expect(await html()).not.toContain('Undo all of it');
    const review = { ...own, way: 'reviewed', route: 'complaint', reason: 'a person filed it', undoes: own } as const;
    const actions = [marked(0, 'unmark', 'needs-review'), marked(1, 'mark', 'urgent')];
    await through(job, { type: 'filed', plan: { decision: review, actions } }, stays);
    expect(words(await html())).toMatch(/Decided .*It is unsure\..*Undo what was done last Undo all of it/);
    const asked = daemon(() => ({ taken: [], refused: [{ job: job.id, why: 'no' }] }));
    await post(`/messages/${job.id}/undo`, { all: 'yes' });
    expect(asked).toEqual([{ kind: 'undo', account: 'support', jobs: [job.id], all: true }]);
  });

  test('whether siftd was right, of what it filed or would have filed; nothing is moved', async () => {
    const job = await through(await found(1), routed, acted);
    const asked = daemon(
      () => ({ taken: [job.id], refused: [] }),
      async () => {
        const request = asked.at(-1);
        const truth = request?.kind === 'judge' ? request.route : '';
        await through(job, { type: 'corrected', place, truth, by: 'sample' });
      },
    );
    const page = `/messages/${job.id}`;
    const choices = [...(await house.text(page)).matchAll(/<form[^>]*\/judge">(.*?)<\/form>/gs)].map(([, form = '']) =>
      [...form.matchAll(/(?:name="route"|option) value="(\w*)"/g)].map(([, route]) => route),
    );
    expect(choices).toEqual([['refund_request'], ['', 'complaint']]);
    expect(words(await (await post(`${page}/judge`, { route: 'refund_request' })).text())).toContain(
      'Taken down: siftd was right. Nothing was moved.',
    );
    expect(words(await (await post(`${page}/judge`, { route: '' })).text())).toContain(
      'A person says it should have been none of the classes',
    );
    await post(`${page}/judge`);
    const common = { kind: 'judge', account: 'support', job: job.id };
    expect(asked).toEqual(['refund_request', null, ''].map((route) => ({ ...common, route, picked: true })));
    const waits = await through(await found(2), unsure, stays);
    expect(await house.text(`/messages/${waits.id}`)).not.toContain('/judge');
  });

  test('a sample is drawn from what nobody has judged, and a word on it counts as one', async () => {
    const job = await through(await found(1), routed, acted);
    await through(await found(2), unsure, stays);
    const asked = daemon(
      () => ({ taken: [job.id], refused: [] }),
      () => through(job, { type: 'corrected', place, truth: 'complaint', by: 'sample' }),
    );
    const [, link = ''] = /href="(\/sample[^"]*)"/.exec(await house.text('/accuracy?since=7')) ?? [];
    const lot = (await house.get(link)).headers.get('location') ?? '';
    expect(lot).toBe(`/messages/${job.id}?lot=7`);
    const html = await house.text(lot);
    expect(words(html)).toContain('The lot fell on this message');
    const [, action = ''] = /action="([^"]*\/judge[^"]*)"/.exec(html) ?? [];
    const answer = words(await (await post(action, { route: 'complaint' })).text());
    expect(answer).toContain('Taken down: it should have been complaint.');
    expect(answer).toContain('Another one');
    expect(asked).toEqual([{ kind: 'judge', account: 'support', job: job.id, route: 'complaint' }]);
    expect(words(await house.text(link))).toContain('Nothing to judge');
  });

  test('without a script it leads back to the queue', async () => {
    const job = await through(await found(1), unsure, stays);
    daemon(
      () => ({ taken: [job.id], refused: [] }),
      () => through(job, { type: 'skipped' }),
    );
    const answer = await post(`/messages/${job.id}/skip`, { from: 'review' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/review']);
  });

  test('a mailbox that is away does not hold up the page for ever', async () => {
    const job = await through(await found(1), unsure, stays);
    let looks = 0;
    house.meanwhile = () => void looks++;
    const answer = await post(`/messages/${job.id}/undo`, {}, true);
    expect(await answer.json()).toMatchObject({ result: 'under way' });
    expect(looks).toBe(limits.console.looks);
    expect(house.store.requests().length).toBe(1);
  });

  test('nothing of it is done by a GET', async () => {
    const job = await through(await found(1), unsure, stays);
    for (const what of ['undo', 'file', 'skip', 'judge'])
      expect((await house.get(`/messages/${job.id}/${what}`)).status).toBe(404);
    expect(house.store.requests()).toEqual([]);
  });
});

describe('review', () => {
  test('shows what waits, each with the classes that a key files as', async () => {
    await through(await found(1), routed, acted);
    const job = await through(await found(2), unsure, stays);
    const html = await house.text('/review');
    expect(words(html)).toContain('1 message that siftd was not sure of.');
    expect([...html.matchAll(/data-job="(\d+)"/g)].map(([, id]) => Number(id))).toEqual([job.id]);
    const offered = [...html.matchAll(/name="route" value="(\w+)" data-key="(\d)"/g)].map(
      ([, name, key]) => `${key} ${name}`,
    );
    expect(offered).toEqual(['1 refund_request', '2 complaint']);
  });

  test('nothing waits', async () => {
    expect(words(await house.text('/review'))).toContain('Nothing waits for you.');
  });
});

describe('accuracy', () => {
  const policy = new Map([
    ['refund_request', { threshold: 0.75, mode: 'act' as const }],
    ['complaint', { threshold: 0.9, mode: 'observe' as const }],
  ]);
  /** Observed and filed by people: of a hundred of each class every tenth is wrong, and it is less sure of those. */
  const answers: Answered[] = ['refund_request', 'complaint'].flatMap((classification, at) =>
    Array.from({ length: 100 }, (_, n) => {
      const right = n % 10 !== 0;
      const other = at === 0 ? 'complaint' : n % 20 === 0 ? null : 'refund_request';
      const truth = right ? classification : other;
      const confidence = right ? 0.8 + n / 600 : 0.5 + n / 300;
      return {
        classification,
        confidence,
        way: 'routed' as const,
        observed: true,
        verdict: { right, truth, by: 'filing' as const },
      };
    }),
  );
  beforeEach(() => {
    house.reports = [{ accounts: ['support'], report: reportOf(answers, policy, 0.98) }];
  });

  test('says of each class what was seen and what follows', async () => {
    const text = words(await house.text('/accuracy'));
    expect(text).toContain('200 messages, 200 verdicts of people; the target is 98% right.');
    for (const name of policy.keys())
      expect(text).toMatch(new RegExp(`${name} 100 0 100 100 \\d+\\.\\d% \\d+\\.\\d–\\d+\\.\\d`));
  });

  test('the threshold that is asked for is said, and marked in both plots; without a script too', async () => {
    const html = await house.text('/accuracy?class=complaint&threshold=0.8');
    const [, said = ''] = /class="says"[^>]*>([^<]+)</.exec(html) ?? [];
    expect(said).toMatch(/^From 0\.8 on it files \d+% of them, \d+\.\d% right \(\d+\.\d–\d+\.\d\)\.$/);
    const rows = [...html.matchAll(/<tr data-threshold="([\d.]+)" data-text="([^"]+)"/g)];
    const at = rows.findIndex(([, , text]) => text === said);
    expect(rows[at]?.[1]).toBe('0.8');
    const marks = [...html.matchAll(/<g[^>]*class="marks"[^>]*>(.*?)<\/g>/gs)].map(
      ([, dots = '']) => dots.match(/<circle[^>]*>/g) ?? [],
    );
    expect(marks.map((dots) => dots.length)).toEqual([rows.length, rows.length]);
    for (const dots of marks) expect(dots.map((dot) => dot.includes('here')).indexOf(true)).toBe(at);
  });

  test.each(['?threshold=x&class=%3Cb%3E&since=never', '?threshold=-1', '?threshold=1e9'])(
    '%s is as good as nothing',
    async (query) => {
      expect((await house.get(`/accuracy${query}`)).status).toBe(200);
    },
  );

  test('what was taken for what', async () => {
    const html = await house.text('/accuracy');
    const [, matrix = ''] = /<table class="matrix">(.*?)<\/table>/s.exec(html) ?? [];
    expect(words(`<main>${matrix}</main>`)).toBe(
      'Was, and siftd said complaint refund_request complaint 90 10 refund_request 5 90 none of them 5 ·',
    );
  });

  test('where nobody has said anything it says how to', async () => {
    house.reports = [
      {
        accounts: ['support'],
        report: reportOf(
          answers.map((answer) => ({ ...answer, verdict: null })),
          policy,
          0.98,
        ),
      },
    ];
    expect(words(await house.text('/accuracy'))).toContain('Nobody has said yet what was right.');
  });
});

describe('the checks of the settings', () => {
  const look = () => house.ask({ path: '/settings/checks', form: { csrf } });
  const account = {
    name: 'account support',
    account: 'support',
    checks: [
      passed('dns', 'imap.example is 192.0.2.1'),
      broken('folder', 'this account may not <b>read</b> it', 'give it the rights', 'Support/Refunds'),
    ],
  };

  test('are made when somebody asks, one after the other, and shown with their time', async () => {
    expect(words(await house.text('/settings'))).toContain('Nobody has looked since siftd started.');
    let asked = 0;
    let go: (group: Group) => void = () => {};
    const slow = new Promise<Group>((resolve) => {
      go = resolve;
    });
    house.examine = async () => {
      asked++;
      return [
        Promise.resolve({ name: 'configuration', account: null, checks: [passed('configuration', 'fine')] }),
        slow,
      ];
    };
    expect((await look()).headers.get('location')).toBe('/settings');
    await look();
    expect(asked).toBe(1);
    const going = await house.text('/settings');
    expect(words(going)).toMatch(/Looking Since .*1 of 2 done\..* configuration 1 ok ok Configuration fine/);
    expect(going).toContain('data-live="/settings"');
    expect(going).toContain('<button type="submit" disabled="">');

    go(account);
    await slow;
    const part = await (await house.get('/settings', { 'x-siftd-live': '1' })).text();
    expect(part).not.toContain('<html');
    expect(part).toContain('data-news="The checks are done: 1 failed, 2 ok."');
    expect(words(part)).toContain(
      'failed Folder Support/Refunds this account may not <b>read</b> it Because mail is found in it, or filed to it. To do: give it the rights',
    );
    expect(part).not.toContain('<b>read');
    // What is done does not renew itself, and can be made again.
    expect(await house.text('/settings')).not.toContain('data-live="/settings"');
    await look();
    expect(asked).toBe(2);
  });

  test('that cannot be made say so', async () => {
    house.examine = async () => {
      throw new Error('a bug');
    };
    await look();
    expect(words(await house.text('/settings'))).toContain('siftd made a mistake; its log says which.');
    expect(house.lines).toContainEqual(expect.objectContaining({ error: 'a bug' }));
  });

  test('are made for nobody whose page is not of this login', async () => {
    let asked = 0;
    house.examine = async () => {
      asked++;
      return [];
    };
    expect((await house.ask({ path: '/settings/checks', form: {} })).status).toBe(403);
    expect(asked).toBe(0);
  });
});

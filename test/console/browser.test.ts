import { writeFileSync } from 'node:fs';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { artifact, picture, Theatre } from './theatre.ts';

/* The console in a real browser, before a real daemon that sorts the demo's shop. One browser and one daemon for all. */

const paths = ['/', '/messages', '/messages/1', '/review', '/accuracy', '/settings'];

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open();
  await theatre.deliver(40);
});
afterAll(() => theatre.close());

afterEach(async () => {
  await theatre.clear();
  // Whatever a page asks of another host, and whatever its policy or a fault of a script stopped.
  expect(theatre.strayed).toEqual([]);
  expect(theatre.complaints).toEqual([]);
});

const named = (path: string) => path.slice(1).replaceAll('/', '-') || 'now';

test('the printed link logs in, and leaves no token in the address', async () => {
  const page = await (await theatre.context()).newPage();
  await page.goto(theatre.link);
  await page.waitForURL(`${theatre.origin}/`);
  expect(page.url()).not.toContain('#');
  expect(await page.title()).toBe('Now · siftd');
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').fill('a wrong one');
  await page.getByRole('button', { name: 'Log in' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('This is not the token.');
});

test('a message arrives and is filed before the eyes of whoever looks', async () => {
  const page = await theatre.page('/');
  const first = page.locator('table.list tbody tr').first();
  const before = await first.locator('th').textContent();
  await theatre.deliver(1);
  const next = String(Number(before) + 1);
  await page.getByRole('table').getByRole('link', { name: next, exact: true }).click();
  await page.getByRole('heading', { name: 'Timeline' }).waitFor();
  const words = (await page.locator('.timeline').textContent()) ?? '';
  expect(words).toMatch(/Found.*Asked.*Decided.*Done/s);
  await page.locator('.glimpse .subject').waitFor();
});

test('a message is reviewed, filed and taken back by the keyboard alone', async () => {
  const page = await theatre.page('/review');
  const items = page.locator('.item');
  const waiting = await items.count();
  expect(waiting).toBeGreaterThan(1);
  const present = () => page.locator('.item[aria-current]').getAttribute('data-job');
  const [first, second] = await items.evaluateAll((all) => all.map((item) => item.getAttribute('data-job')));
  expect(await present()).toBe(first);
  await page.keyboard.press('j');
  expect(await present()).toBe(second);
  await page.keyboard.press('k');
  const item = page.locator(`.item[data-job="${first}"]`);
  const subject = (await item.locator('.subject').textContent()) ?? '';
  const choice = item.locator('[data-key="1"]');
  const route = (await choice.getAttribute('value')) ?? '';
  expect(theatre.folderOf(subject)).toBe('INBOX');

  await page.keyboard.press('1');
  await item.getByText(`Filed as ${route}`).waitFor();
  expect(theatre.folderOf(subject)).toBe(theatre.target(route));
  expect(await present()).toBe(second);
  await picture(page, 'review-filed');

  await page.keyboard.press('u');
  await item.locator('[data-key="1"]').waitFor();
  expect(theatre.folderOf(subject)).toBe('INBOX');
  expect(await present()).toBe(first);

  await page.keyboard.press('j');
  await page.keyboard.press('s');
  await page.locator(`.item[data-job="${second}"]`).getByText('Skipped').waitFor();
  await page.keyboard.press('k');
  await page.keyboard.press('o');
  await page.waitForURL(/\/messages\/\d+$/);
});

test('a filed message is taken back on its page, without a script too', async () => {
  const page = await theatre.page('/messages?view=filed', { javaScriptEnabled: false });
  await page.locator('table.list tbody a').last().click();
  await page.getByRole('button', { name: 'Undo what was done last' }).click();
  expect(await page.locator('.said').textContent()).toMatch(/^Undone; it is in INBOX\.$/);
  expect(await page.locator('.timeline').textContent()).toMatch(/Undone by a person.*From \S+ to INBOX/s);
});

test('the keyboard finds its way: to the content first, and every stop is to be seen', async () => {
  const page = await theatre.page('/messages');
  await page.keyboard.press('Tab');
  expect(await focused(page)).toBe('Skip to the content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  for (let stop = 0; stop < 20; stop++) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline, `stop ${stop}: ${await focused(page)}`).toBe('solid');
  }
});

async function focused(page: Page): Promise<unknown> {
  return await page.evaluate('document.activeElement.textContent.trim()');
}

test('times are in the zone of whoever reads them', async () => {
  const text = async (timezoneId: string) => {
    const page = await theatre.page('/messages/1', { timezoneId, locale: 'en-GB' });
    return await page.locator('.timeline time').first().textContent();
  };
  const at = async (zone: string) => Date.parse(`${(await text(zone))?.replace(',', '')} UTC`);
  const hours = ((await at('Asia/Tokyo')) - (await at('America/Phoenix'))) / 3_600_000;
  expect(hours).toBe(16);
});

test('colours follow the system, and the switch goes before it and stays', async () => {
  const background = async (page: Page) =>
    String(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'));
  const light = await theatre.page('/settings', { colorScheme: 'light' });
  const dark = await theatre.page('/settings', { colorScheme: 'dark' });
  const paper = await background(light);
  const night = await background(dark);
  expect(paper).not.toBe(night);
  await light.getByRole('button', { name: 'Colours' }).click();
  await light.waitForFunction(`getComputedStyle(document.documentElement).backgroundColor === '${night}'`);
  await light.goto(`${theatre.origin}/messages`);
  expect(await background(light)).toBe(night);
});

test('the threshold is dragged, and what it would do is said and marked', async () => {
  await theatre.judge();
  const page = await theatre.page('/accuracy?class=complaint');
  const says = page.locator('.says');
  const slider = page.getByRole('slider', { name: 'Threshold' });
  await slider.focus();
  await page.keyboard.press('Home');
  const low = (await says.textContent()) ?? '';
  expect(low).toMatch(/^From [\d.]+ on it files 100% of them, \d+\.\d% right \(/);
  const box = await slider.boundingBox();
  if (box === null) throw new Error('the slider is not to be seen');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(box.x + 6, y);
  await page.mouse.down();
  await page.mouse.move(x, y, { steps: 5 });
  await page.mouse.up();
  const middle = (await says.textContent()) ?? '';
  expect(middle).not.toBe(low);
  const at = Number(/^From ([\d.]+)/.exec(middle)?.[1]);
  expect(at).toBeGreaterThan(0.2);
  expect(at).toBeLessThan(0.8);
  expect(await page.locator('.plot.wide .marks .here').count()).toBe(1);
  expect(await slider.getAttribute('aria-valuetext')).toBe(middle);
});

test('somebody has everything looked at, and reads what was found as it comes', async () => {
  const page = await theatre.page('/settings');
  await page.getByRole('button', { name: 'Look now' }).click();
  await page.getByRole('button', { name: 'Look again' }).waitFor();
  const found = (await page.locator('.lookup p').textContent()) ?? '';
  expect(found).toMatch(/: (\d+ warnings?, )?\d+ ok, \d+ not tried\.$/);
  // Where something is to be read it is open already.
  expect(
    await page
      .locator('.looked', { has: page.locator('.state.warn') })
      .evaluateAll((all) => all.map((each) => each.hasAttribute('open'))),
  ).not.toContain(false);
  const group = page.locator('.looked', { hasText: 'account support' });
  if ((await group.getAttribute('open')) === null) await group.getByRole('heading').click();
  await group.getByText('the server keeps').waitFor();
  await picture(page, 'settings-checks');
});

/** What axe-core finds, by page: kept beside the pictures. */
const found: Record<string, Record<string, number>> = {};
afterAll(() => writeFileSync(artifact('axe.json'), `${JSON.stringify(found, null, 2)}\n`));

describe.each(paths)('%s', (path) => {
  test('has no serious fault of accessibility, in light and in dark', async () => {
    // Colours that fade would be measured half way.
    const page = await theatre.page(path, { colorScheme: 'light', reducedMotion: 'reduce' });
    await read(page);
    await page.evaluate(axe.source);
    const faults: Fault[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // Of the two only the colours differ.
      faults.push(...((await page.evaluate(audit(colorScheme === 'light' ? {} : contrast))) as Fault[]));
      await picture(page, `${named(path)}-${colorScheme}`);
    }
    const count = (impact: string) => faults.filter((fault) => fault.impact === impact).length;
    found[path] = Object.fromEntries(['critical', 'serious', 'moderate', 'minor'].map((name) => [name, count(name)]));
    expect(faults.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  });
});

/** Whatever is read from the mailbox is there. */
async function read(page: Page): Promise<void> {
  if ((await page.locator('.glimpse').count()) > 0) await page.locator('.glimpse .subject').first().waitFor();
}

interface Fault {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

const contrast = { runOnly: { type: 'rule', values: ['color-contrast'] } };
const audit = (options: object) => `axe.run(document, ${JSON.stringify({ ...options, resultTypes: ['violations'] })})
  .then(({ violations }) => violations.map(({ id, impact, nodes }) =>
    ({ id, impact, nodes: nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary) })))`;

test('a phone shows every page without scrolling sideways', async () => {
  const page = await theatre.page('/settings', { viewport: { width: 390, height: 844 } });
  for (const path of paths) {
    await page.goto(`${theatre.origin}${path}`);
    await read(page);
    const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(wide), path).toBeLessThanOrEqual(0);
    await picture(page, `${named(path)}-phone`);
  }
});

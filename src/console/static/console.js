// What every page of the console does beyond HTML: times in the reader's zone, parts that renew themselves, the theme without
// a new page. Without it everything still works.

import { say, tell } from './say.js';

const csrf = document.querySelector('meta[name="csrf"]')?.content ?? '';

const styles = {
  full: { dateStyle: 'medium', timeStyle: 'medium' },
  short: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  clock: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
};
const formats = Object.fromEntries(
  Object.entries(styles).map(([name, style]) => [name, new Intl.DateTimeFormat(undefined, style)]),
);

/** `<time datetime data-as>`: the server writes UTC. */
function localise(root) {
  for (const time of root.querySelectorAll('time[data-as]')) {
    const date = new Date(time.dateTime);
    if (Number.isNaN(date.getTime())) continue;
    const format = formats[time.dataset.as];
    if (format === undefined) time.title = formats.full.format(date);
    else {
      time.textContent = format.format(date);
      time.title = formats.full.format(date);
    }
  }
}

function post(path, fields = {}) {
  return fetch(path, {
    method: 'POST',
    headers: { 'x-csrf-token': csrf, 'x-siftd-live': '1' },
    body: new URLSearchParams(fields),
  });
}

/** `data-live="URL"`: its content is asked for again every `data-every` seconds while somebody looks. */
function keepAlive(part) {
  const every = Number(part.dataset.every ?? 3) * 1000;
  let lost = false;
  let known = part.querySelector('[data-news]')?.dataset.news;
  const renew = async () => {
    if (document.visibilityState === 'hidden') return;
    try {
      const answer = await fetch(part.dataset.live, { headers: { 'x-siftd-live': '1' } });
      if (answer.status === 401) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const template = document.createElement('template');
      template.innerHTML = text;
      localise(template.content);
      const held = part.contains(document.activeElement) ? document.activeElement : null;
      part.replaceChildren(template.content);
      // Whoever stands on a link with the keyboard stays there.
      if (held !== null) part.querySelector(`[href="${CSS.escape(held.getAttribute('href') ?? '')}"]`)?.focus();
      const news = part.querySelector('[data-news]')?.dataset.news;
      if (lost) say('The connection is back.');
      else if (news !== undefined && news !== known) tell(news);
      known = news;
      lost = false;
      // What has come to its end is left to whoever reads it.
      if (part.querySelector('[data-ended]') !== null) stop();
    } catch {
      if (!lost) say('siftd does not answer. This page shows what it last said.');
      lost = true;
    }
    part.classList.toggle('stale', lost);
  };
  const timer = setInterval(renew, every);
  const stop = () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', renew);
  };
  document.addEventListener('visibilitychange', renew);
}

function themeSwitch(form) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    const order = ['auto', 'dark', 'light'];
    const theme = button.value;
    document.documentElement.dataset.theme = theme;
    button.value = order[(order.indexOf(theme) + 1) % order.length];
    button.querySelector('span').textContent = theme;
    void post('/theme', { theme });
  });
}

localise(document);
for (const part of document.querySelectorAll('[data-live]')) keepAlive(part);
for (const form of document.querySelectorAll('form[data-theme]')) themeSwitch(form);

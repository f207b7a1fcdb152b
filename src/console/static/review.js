// The review queue by keyboard: one message at a time is the present one; what was said of it is sent beside the page.
import { say } from './say.js';

const items = [...document.querySelectorAll('.item')];
const done = [];
let present = -1;

function go(to) {
  const item = items[to];
  if (item === undefined) return;
  items[present]?.removeAttribute('aria-current');
  present = to;
  item.setAttribute('aria-current', 'true');
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: 'nearest', behavior: 'auto' });
}

/** The next one that nobody has dealt with, below it or else above. */
function next(from) {
  const open = (item) => !item.classList.contains('dealt');
  const below = items.findIndex((item, at) => at > from && open(item));
  return below >= 0 ? below : items.findIndex(open);
}

async function send(form, button) {
  const item = form.closest('.item');
  const fields = new URLSearchParams(new FormData(form, button));
  const undoing = form.matches('.after');
  item.classList.add('dealt');
  item.setAttribute('aria-busy', 'true');
  if (!undoing) {
    const at = next(items.indexOf(item));
    if (at >= 0) go(at);
  }
  const answer = await fetch(form.action, { method: 'POST', headers: { 'x-siftd-live': '1' }, body: fields }).catch(
    () => null,
  );
  if (answer?.status === 401) return location.reload();
  const came = answer?.ok
    ? await answer.json()
    : { result: 'refused', text: 'siftd does not answer. Nothing was done.' };
  item.removeAttribute('aria-busy');
  say(came.text);
  const after = item.querySelector('.after');
  after.querySelector('p').textContent = came.text;
  const refused = came.result === 'refused';
  if (undoing) {
    after.hidden = !refused;
    item.classList.toggle('dealt', refused);
    if (!refused) go(items.indexOf(item));
  } else {
    after.hidden = false;
    after.querySelector('button').hidden = refused;
    item.classList.toggle('dealt', !refused);
    if (!refused) done.push(item);
  }
}

document.querySelector('.queue')?.addEventListener('submit', (event) => {
  event.preventDefault();
  const item = event.target.closest('.item');
  if (event.target.matches('.after')) done.splice(done.indexOf(item), 1);
  void send(event.target, event.submitter);
});
document.querySelector('.queue')?.addEventListener('focusin', (event) => {
  const at = items.indexOf(event.target.closest('.item'));
  if (at !== present) {
    items[present]?.removeAttribute('aria-current');
    present = at;
    items[at]?.setAttribute('aria-current', 'true');
  }
});

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches('input, select, textarea')) return;
  if (event.key === 'j') return go(Math.min(items.length - 1, present + 1));
  if (event.key === 'k') return go(Math.max(0, present - 1));
  if (event.key === 'u') {
    const last = done.at(-1);
    if (last === undefined) say('There is nothing to undo on this page.');
    else last.querySelector('.after').requestSubmit();
    return;
  }
  const item = items[present];
  if (item === undefined || (item.classList.contains('dealt') && event.key !== 'o')) return;
  const target = item.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (target === null) return;
  event.preventDefault();
  if (target.matches('select')) target.focus();
  else target.click();
});

if (items.length > 0) go(0);

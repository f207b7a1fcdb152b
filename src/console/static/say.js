/** Says what came of what the reader did: it stands at the foot of the page for a while. */
export function say(text) {
  const status = document.getElementById('status');
  if (status === null) return;
  status.textContent = text;
  clearTimeout(status.timer);
  status.timer = setTimeout(() => {
    status.textContent = '';
  }, 8000);
}

/** Says what happened by itself, to whoever listens and does not look. */
export function tell(text) {
  const news = document.getElementById('news');
  if (news !== null) news.textContent = text;
}

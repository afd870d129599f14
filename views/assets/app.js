// What pages gain from a script; without it they work the same.

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const space = '\u00a0';

/** As `ago` in src/web/format.ts; older than thirty days stays as it was written. */
function ago(age) {
  if (age < minute) return 'just now';
  if (age < hour) return `${Math.floor(age / minute)}${space}min ago`;
  if (age < day) return `${Math.floor(age / hour)}${space}h ago`;
  if (age < 30 * day) return `${Math.floor(age / day)}${space}d ago`;
  return null;
}

const times = [...document.querySelectorAll('time[datetime]')];

function refreshTimes() {
  for (const time of times) {
    const text = ago(Date.now() - Date.parse(time.dateTime));
    if (text !== null && text !== time.textContent) time.textContent = text;
  }
}

for (const time of times) {
  const local = new Date(time.dateTime).toLocaleString();
  time.title = `${time.title} (${local} here)`;
}
setInterval(refreshTimes, minute / 2);

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target instanceof HTMLElement && event.target.closest('input, textarea, select'))
    return;
  const search = document.querySelector('[data-hotkey="/"]');
  if (search === null) return;
  event.preventDefault();
  search.focus();
  search.select();
});

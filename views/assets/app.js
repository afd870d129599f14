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

function refreshTimes() {
  for (const time of document.querySelectorAll('time[datetime]')) {
    const text = ago(Date.now() - Date.parse(time.dateTime));
    if (text !== null && text !== time.textContent) time.textContent = text;
  }
}

function tellLocalTimes(part) {
  for (const time of part.querySelectorAll('time[datetime]')) {
    const local = new Date(time.dateTime).toLocaleString();
    if (!time.title.endsWith('here)')) time.title = `${time.title} (${local} here)`;
  }
}

tellLocalTimes(document);
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

// A page that says where it hears of changes is kept as the server has it now, part by part. Nothing
// is heard while nobody looks: a browser has six connections to a host.

const main = document.querySelector('main[data-live]');
const restMs = 2000;
let source = null;
let connection = '';
let isMissed = false;
let isBusy = false;
let lastAt = 0;

function connect() {
  if (source !== null || document.hidden) return;
  source = new EventSource(main.dataset.live);
  source.addEventListener('hello', ({ data }) => {
    connection = data;
    if (isMissed) freshen();
    isMissed = true;
  });
  source.addEventListener('change', freshen);
  source.addEventListener('error', () => {
    if (source?.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(connect, minute);
  });
}

function disconnect() {
  source?.close();
  source = null;
}

/** At most once in two seconds, and once more for what came meanwhile. */
function freshen() {
  if (isBusy) return;
  isBusy = true;
  const wait = Math.max(0, lastAt + restMs - Date.now());
  setTimeout(async () => {
    isBusy = false;
    lastAt = Date.now();
    const headers = { accept: 'text/html', 'x-live': connection };
    const answer = await fetch(location.href, { headers, redirect: 'error' }).catch(() => null);
    if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  }, wait);
}

function show(now) {
  const fresh = [...(now.querySelector('main')?.children ?? [])];
  const old = [...main.children];
  if (fresh.length === old.length) for (const part of old) replace(part, fresh.shift());
  else if (!old.some(isInUse)) main.replaceChildren(...fresh);
  tellLocalTimes(main);
  refreshTimes();
}

/** Somebody is writing in it. */
const isInUse = (part) =>
  [...part.querySelectorAll('input:not([type="hidden"]), textarea')].some(
    (field) => field === document.activeElement || field.value !== field.defaultValue,
  );

const rowKey = (row) => row.querySelector('a[href]')?.getAttribute('href');

/** What was unfolded stays so, what had the focus has it again, and a new row is lit for a moment. */
function replace(old, fresh) {
  if (isInUse(old)) return;
  const open = [...old.querySelectorAll('details')].map((details) => details.open);
  const known = new Set([...old.querySelectorAll('tbody tr')].map(rowKey));
  const href = old.contains(document.activeElement) && document.activeElement.getAttribute('href');
  [...fresh.querySelectorAll('details')].forEach((details, i) => {
    details.open = open[i] ?? details.open;
  });
  for (const row of fresh.querySelectorAll('tbody tr')) {
    if (known.size > 0 && !known.has(rowKey(row))) row.classList.add('arrived');
  }
  old.replaceWith(document.adoptNode(fresh));
  if (href) fresh.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
}

if (main !== null) {
  connect();
  document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));
}

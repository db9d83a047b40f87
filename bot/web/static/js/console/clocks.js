// Lets the waiting clocks go on. The server wrote them; the rule for spelling a time is bot/web/console/clocks.py's.

const [DAY, HOUR, MINUTE, SECOND] = document.documentElement.dataset.units.split(" ");

export function spell(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  if (days) return `${days} ${DAY} ${hours % 24} ${HOUR}`;
  if (hours) return `${hours} ${HOUR} ${minutes % 60} ${MINUTE}`;
  if (minutes) return `${minutes} ${MINUTE} ${seconds % 60} ${SECOND}`;
  return `${seconds} ${SECOND}`;
}

// The clock of this device may be wrong: what counts is how long ago the server said what time it was.
const loaded = performance.now();
let server = Date.parse(document.querySelector("[data-now]")?.dataset.now ?? "");
let heardAt = loaded;

export function setClock(now) {
  server = Date.parse(now);
  heardAt = performance.now();
}

function serverTime() {
  return Number.isNaN(server) ? Date.now() : server + (performance.now() - heardAt);
}

export function tick() {
  const now = serverTime();
  for (const clock of document.querySelectorAll("[data-since]")) {
    write(clock, spell(now - Date.parse(clock.dataset.since)));
  }
  for (const limit of document.querySelectorAll("[data-due]")) {
    const left = Date.parse(limit.dataset.due) - now;
    limit.classList.toggle("over", left <= 0);
    write(limit, (left > 0 ? limit.dataset.left : limit.dataset.over).replace("{time}", spell(Math.abs(left))));
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

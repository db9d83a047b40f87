// Lets the waiting clocks go on. The server wrote them; the rule for spelling a time is bot/web/console/clocks.py's.

const UNITS = document.documentElement.dataset.units.split(" ");

export function spell(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const parts = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const first = Math.min(parts.findIndex((part) => part > 0) >>> 0, parts.length - 1);
  return parts.map((part, at) => `${part}\u00a0${UNITS[at]}`).slice(first, first + 2).join(" ");
}

// The clock of this device may be wrong: what counts is how long ago the server said what time it was.
let server = Date.parse(document.querySelector("[data-now]")?.dataset.now ?? "");
let heardAt = performance.now();

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

// Follows the server's stream of a page: replaces the part that has changed, keeps the focus where it was, tells screen
// readers what is new, and says so when it hears nothing any more. EventSource sends the session's cookie by itself.

import { setClock, tick } from "./clocks.js";

const SILENCE_MS = 25_000; // The server beats every 10 seconds.
const AGAIN_MS = 4_000;
const SETTLE_MS = 500; // A tap that comes so soon after a change was meant for what stood there before.

const announcer = document.querySelector("[data-announce]");
const sign = document.querySelector("[data-live]");
const asOf = document.querySelector("[data-as-of]");
const title = document.title;

let source;
let heard = Date.now();
let changed = 0;
let ended = false;

export function follow(place) {
  open(place);
  setInterval(() => {
    if (!ended && Date.now() - heard > SILENCE_MS) lost();
    if (!ended && source.readyState === EventSource.CLOSED && Date.now() - heard > AGAIN_MS) open(place);
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && Date.now() - heard > SILENCE_MS) open(place);
  });
  place.addEventListener("click", ignoreIfMoved, true);
  document.addEventListener("between:renewed", () => open(place));
}

function open(place) {
  source?.close();
  source = new EventSource(place.dataset.stream);
  source.addEventListener("board", (event) => show(place, JSON.parse(event.data)));
  source.addEventListener("beat", (event) => hear(JSON.parse(event.data)));
  source.addEventListener("ended", () => {
    ended = true;
    source.close();
    sign.className = "live-off";
    sign.textContent = sign.dataset.endedWords;
    announce(sign.dataset.endedWords);
  });
  source.onerror = () => setTimeout(() => source.readyState !== EventSource.OPEN && !ended && lost(), AGAIN_MS);
}

function hear(told) {
  heard = Date.now();
  setClock(told.now);
  if (asOf) asOf.textContent = asOf.dataset.asOf.replace("{time}", told.shown);
  sign.hidden = false;
  sign.className = "live-on";
  sign.textContent = sign.dataset.liveWords;
}

function lost() {
  if (sign.className === "live-off") return;
  sign.hidden = false;
  sign.className = "live-off";
  sign.textContent = sign.dataset.lostWords.replace("{time}", new Date(heard).toLocaleTimeString());
  announce(sign.textContent);
}

function show(place, told) {
  hear(told);
  const old = place.querySelector("[data-board]");
  if (old.querySelector(":active")) {
    setTimeout(() => show(place, told), 200);
    return;
  }
  const fresh = new DOMParser().parseFromString(told.html, "text/html").querySelector("[data-board]");
  const order = (board) => [...board.querySelectorAll("[data-row]")].map((row) => row.id).join();
  if (order(old) !== order(fresh)) changed = Date.now();
  const focused = keyOf(document.activeElement);
  old.replaceWith(fresh);
  tick();
  if (focused) (fresh.querySelector(focused) ?? document.querySelector("main")).focus({ preventScroll: true });
  if (told.emergencies !== undefined) document.title = told.emergencies ? `(${told.emergencies}) ${plain(title)}` : plain(title);
  if (told.say) announce(told.say);
  document.dispatchEvent(new CustomEvent("between:told", { detail: told }));
}

// A selector that finds the focused thing again in the part that takes the place of this one.
function keyOf(element) {
  const row = element?.closest?.("[data-board] [data-row]");
  const within = row ? `#${CSS.escape(row.id)} ` : "";
  if (!element?.closest?.("[data-board]")) return "";
  for (const name of ["data-open", "data-claim", "data-acknowledge", "data-renew"]) {
    if (element.hasAttribute(name)) return `${within}[${name}]`;
  }
  return element.getAttribute("href") ? `[href="${CSS.escape(element.getAttribute("href"))}"]` : "h1, h2";
}

function ignoreIfMoved(event) {
  const byPointer = event.detail > 0;
  if (byPointer && Date.now() - changed < SETTLE_MS) event.preventDefault();
}

function plain(text) {
  return text.replace(/^\(\d+\) /, "");
}

function announce(text) {
  announcer.textContent = "";
  setTimeout(() => { announcer.textContent = text; }, 100);
}

/* The conversation as it is read: one entry per message, each with its sender's name, each announced once. */

import { nameOf } from "./names.js";
import { byId, make, page, say } from "./page.js";
import { hasInput } from "./timeline.js";

const GAP_MINUTES = 30;
const NEAR_PX = 80;
const ROOM_PX = 8;
const READING_SECONDS = 15;
const log = byId("log");
const scroller = byId("scroller");
const newer = byId("newer");
const fixed = document.querySelector(".fixed");
const words = page.words;
const pending = new Map();
let last = { sender: null, at: null };
let isFollowing = true;   // Until the reader scrolls back.
let placed = NaN;   // Where we have scrolled to; any other place is the reader's doing.
let anchor = { element: null, at: 0 };   // Where reading begins: what was said last, by the patient or after a pause.

newer.addEventListener("click", () => {
  isFollowing = true;
  anchor.element = null;
  settleView();
  scroller.focus({ preventScroll: true });
});
document.addEventListener("scroll", ({ target }) => {
  if (target === scroller || target === document) followReader();
}, { capture: true, passive: true });

/** Show what was said before, without reading all of it out again. */
export function showHistory(messages) {
  log.setAttribute("aria-live", "off");
  for (const message of messages) append(message);
  setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
}

/** Show new messages. */
export function show(messages) {
  for (const item of messages.map(append)) {
    if (Date.now() - anchor.at > READING_SECONDS * 1000) anchor = { element: item, at: Date.now() };
  }
}

/** Show what the patient has just sent, or find it if it is there. `again` is called by its button. */
export function showPending(entry, again) {
  if (pending.has(entry.client_id)) return;
  // Times are the server's: this device's clock may be wrong.
  const item = append({ from: "patient", text: entry.shown, choices: [], at: last.at || entry.at });
  const state = make("p", { class: "state" });
  item.append(state);
  pending.set(entry.client_id, { item, state, again });
  isFollowing = true;
  anchor = { element: item, at: Date.now() };
  settleView();
}

/** Say how far a message has come: "sending", "unsent", "sent" (as `message`) or "refused" (and what to do then). */
export function showState(entry, state, { label, act, message } = {}) {
  const shown = pending.get(entry.client_id);
  if (!shown || shown.item.dataset.state === state) return;
  shown.item.dataset.state = state;
  shown.state.textContent = words[state];
  if (state === "unsent") shown.state.append(" ", button(words.again, shown.again));
  if (act) shown.state.append(" ", button(label, act));
  if (!message) return;
  shown.item.id = "m-" + message.id;
  const text = shown.item.querySelector(".text");
  if (text.textContent !== message.text) text.textContent = message.text;
  pending.delete(entry.client_id);
}

/** Take an entry that will not be sent out of the conversation. */
export function remove(entry) {
  const shown = pending.get(entry.client_id);
  if (shown) shown.item.remove();
  pending.delete(entry.client_id);
}

/** The patient has taken this back: say so in the place of its words. */
export function markTakenBack(item) {
  item.dataset.state = "taken-back";
  item.querySelector(".text").textContent = words.taken_back;
  const state = item.querySelector(".state");
  if (state) state.textContent = "";
}

/** Show, inside its message, what an older question had offered. */
export function showOffered(question) {
  const item = document.getElementById("m-" + question.id);
  if (!item || item.querySelector(".offered") || !question.choices.length) return;
  const titles = question.choices.map((choice) => choice.title).join(" · ");
  item.append(make("p", { class: "offered", "aria-live": "off" }, say(words.offered, { titles })));
}

/** A quiet line between messages, such as who has joined. */
export function showLine(text) {
  change(() => log.append(make("p", { class: "line" }, text)));
  last.sender = null;
}

/** Empty the conversation, for a new one. */
export function clear() {
  log.textContent = "";
  pending.clear();
  anchor = { element: null, at: 0 };
  last = { sender: null, at: null };
}

/** Change what is shown: the end comes into view, or whoever has scrolled back keeps their place. */
export function change(work) {
  followReader();   // Before the change: a browser tells with its next frame only that somebody has scrolled.
  work();
  settleView();
}

/** Bring the end into view, but not past where reading begins. Whoever has scrolled back keeps their place. A button
 * says that there is more below. */
function settleView() {
  newer.hidden = isAtEnd();
  if (!isFollowing) return;
  const view = scrolling();
  const end = view.scrollHeight - view.clientHeight;
  const under = view === scroller ? scroller.getBoundingClientRect().top : fixed.getBoundingClientRect().bottom;
  const start = anchor.element ? anchor.element.getBoundingClientRect().top - under + view.scrollTop - ROOM_PX : end;
  const target = Math.max(0, Math.min(end, Math.floor(start)));
  view.scrollTop = placed = target;
  newer.hidden = isAtEnd();   // Answers may stand below what is read first.
}

/** Whoever has scrolled away from where we put them reads there, until they are at the end again. */
function followReader() {
  if (Math.abs(scrolling().scrollTop - placed) <= 1) return;
  placed = NaN;
  isFollowing = isAtEnd();
  newer.hidden = isFollowing;
}

function append(message) {
  const at = new Date(message.at);
  if (!last.at || at - new Date(last.at) > GAP_MINUTES * 60000) {
    log.append(make("p", { class: "line" }, make("time", { datetime: message.at }, momentOf(at))));
    last.sender = null;
  }
  const name = nameOf(message);
  const item = make("article", { class: "message", "data-from": message.from, id: message.id ? "m-" + message.id : null },
    make("p", { class: last.sender === name ? "name unseen" : "name" }, name),
    make("p", { class: "text", dir: "auto" }, message.text));
  if (hasInput(message)) item.append(make("p", { class: "unseen", "data-announced": true }, announced(message)));
  if (message.taken_back) markTakenBack(item);
  log.append(item);
  last = { sender: name, at: message.at };
  return item;
}

function announced({ choices, scale }) {
  const parts = [];
  if (scale) parts.push(say(words.offered_scale, scale));
  if (choices.length === 1) parts.push(say(words.offered_one, choices[0]));
  if (choices.length > 1) parts.push(say(words.offered_many, { count: choices.length }));
  return parts.join(" ");
}

function momentOf(at) {
  const time = at.toLocaleTimeString(page.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86400000);
  if (days === 0) return words.today + " " + time;
  if (days === 1) return words.yesterday + " " + time;
  return at.toLocaleDateString(page.language, { weekday: "long", day: "numeric", month: "long" }) + " " + time;
}

function button(title, act) {
  const made = make("button", { type: "button", class: "small-button" }, title);
  made.addEventListener("click", act);
  return made;
}

function isAtEnd() {
  const view = scrolling();
  return view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PX;
}

/** What scrolls: the conversation, or on a very low screen the whole page (chat.css). */
function scrolling() {
  return getComputedStyle(scroller).overflowY === "visible" ? document.scrollingElement : scroller;
}

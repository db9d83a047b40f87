/* Bubbles at a pace that can be read: of several that come at once, each waits until the one before it has been read.
 * The patient can switch that off; in a crisis, and when the patient writes on, nothing waits. */

import { keep, recall } from "./memory.js";
import { byId } from "./page.js";

const CHARACTER_MS = 25;
const LEAST_MS = 600;
const MOST_MS = 2500;
let isOn = recall("pace") !== "no";
let waiting = [];
let timer = null;
let show = () => {};

/** Begin; `appear(messages)` shows what is due. */
export function start(appear) {
  show = appear;
  const button = byId("pace");
  button.setAttribute("aria-pressed", String(isOn));
  button.addEventListener("click", () => {
    isOn = !isOn;
    keep("pace", isOn ? "yes" : "no");
    button.setAttribute("aria-pressed", String(isOn));
    if (!isOn) all();
  });
}

/** Messages have come. A person's words never wait, and nothing does once the patient has written on. */
export function add(messages) {
  const comes = (sender) => messages.some(({ from }) => from === sender);
  const isUrgent = document.body.classList.contains("in-crisis") || comes("staff") || (isWaiting() && comes("patient"));
  waiting.push(...messages);
  if (!isOn || isUrgent || document.hidden) all();
  else if (timer === null) next();
}

/** Show now what waits. */
export function all() {
  clearTimeout(timer);
  timer = null;
  const due = waiting;
  waiting = [];
  if (due.length) show(due);
}

/** Forget what waits: the page is left, or the conversation is another. */
export function drop() {
  waiting = [];
}

/** Whether more is to come. */
export const isWaiting = () => waiting.length > 0;

function next() {
  timer = null;
  const message = waiting.shift();
  if (!message) return;
  show([message]);
  if (message.from === "patient") return next();
  timer = setTimeout(next, Math.min(MOST_MS, Math.max(LEAST_MS, message.text.length * CHARACTER_MS)));
}

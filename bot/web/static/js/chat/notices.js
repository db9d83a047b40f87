/* One quiet line above the writing field for the state of things, and a line that only screen readers hear. */

import { byId, make, page } from "./page.js";

const notice = byId("notice");
const spoken = byId("spoken");
let kind = null;

/** Say a state, such as "unreached", until it changes. `retry` adds a button. */
export function tell(name, { retry = null, text = page.words[name] } = {}) {
  if (kind === name) return;
  kind = name;
  notice.textContent = "";
  notice.append(make("p", {}, text));
  if (retry) {
    const button = make("button", { type: "button", class: "small-button" }, page.words.retry);
    button.addEventListener("click", retry);
    notice.append(button);
  }
  notice.hidden = false;
}

/** The state has passed. Only what was said is taken back: `names` are the states that are over. */
export function untell(...names) {
  if (!names.includes(kind)) return;
  const wasAway = kind === "unreached" || kind === "unsaved";
  kind = null;
  notice.hidden = true;
  notice.textContent = "";
  if (wasAway) speak(page.words.reached);
}

/** Say something to screen readers only, politely. */
export function speak(text) {
  spoken.textContent = "";
  setTimeout(() => (spoken.textContent = text), 50);
}

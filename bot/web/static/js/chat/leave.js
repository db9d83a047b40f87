/* Leave quickly: one tap, or Esc twice. The page is blank at once, this device forgets the chat, and the place in the
 * tab's history is taken by a page that everybody has open at times. */

import * as frame from "./frame.js";
import { forgetAll } from "./memory.js";
import { byId, page } from "./page.js";

const TWICE_MS = 1200;
let lastEscape = -TWICE_MS;
let before = () => {};

/** Begin; `parting` is called first, to send what waits and to stop listening. */
export function start(parting) {
  before = parting;
  byId("leave").addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    const isEscape = event.key === "Escape";
    if (isEscape && event.timeStamp - lastEscape < TWICE_MS) leave();
    lastEscape = isEscape ? event.timeStamp : -TWICE_MS;
  });
  document.addEventListener("pointerdown", () => (lastEscape = -TWICE_MS));
}

/** Empty the page and this device's memory of it. */
export function forget() {
  document.title = page.fixed.leave_title;
  document.body.hidden = true;
  before();
  forgetAll();
  document.body.textContent = "";
}

function leave() {
  forget();
  if (frame.leave()) return;   // The page around us goes, which we may not always make it do.
  try {
    window.top.location.replace(page.fixed.leave_to);
  } catch (error) {
    window.location.replace(page.fixed.leave_to);   // The site around the frame does not let us; the frame at least.
  }
}

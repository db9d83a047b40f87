/* Leave quickly: one tap, or Esc twice. The page is blank at once, this device forgets the chat, and the place in the
 * tab's history is taken by a page that everybody has open at times. */

import { forgetAll } from "./memory.js";
import { byId, page } from "./page.js";

const TWICE_MS = 1200;
let lastEscape = -TWICE_MS;

/** Begin; `before` is called first, to send what waits and to stop listening. */
export function start(before) {
  byId("leave").addEventListener("click", (event) => {
    event.preventDefault();
    leave(before);
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) return;
    const isEscape = event.key === "Escape";
    if (isEscape && event.timeStamp - lastEscape < TWICE_MS) leave(before);
    lastEscape = isEscape ? event.timeStamp : -TWICE_MS;
  });
  document.addEventListener("pointerdown", () => (lastEscape = -TWICE_MS));
}

function leave(before) {
  document.title = page.fixed.leave_title;
  document.body.hidden = true;
  before();
  forgetAll();
  document.body.textContent = "";
  try {
    window.top.location.replace(page.fixed.leave_to);
  } catch (error) {
    window.location.replace(page.fixed.leave_to);   // The site around the frame does not let us; the frame at least.
  }
}

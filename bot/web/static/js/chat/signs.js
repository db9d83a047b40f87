/* While a person holds the conversation: tells them that the patient is writing, and what has been read. */

import { ask } from "./api.js";
import { byId } from "./page.js";
import { withToken } from "./session.js";

const WRITING_MS = 4000;      // The server lets the sign fade after six seconds.
let isHeld = false;
let told = 0;
let unread = null;

byId("text").addEventListener("input", () => {
  if (!isHeld || Date.now() - told < WRITING_MS) return;
  told = Date.now();
  send({ writing: true });
});
document.addEventListener("visibilitychange", tellRead);

/** Whether a person holds the conversation now. */
export function hold(held) {
  isHeld = held;
}

/** These are on the page now; read they are when somebody can see the page. */
export function shown(messages) {
  const theirs = messages.filter(({ from }) => from === "staff");
  if (!theirs.length) return;
  unread = theirs[theirs.length - 1].id;
  tellRead();
}

function tellRead() {
  if (document.hidden || !unread) return;
  send({ read: unread });
  unread = null;
}

/** A sign that is lost is no harm: nothing waits for it. */
function send(sign) {
  withToken((token) => ask("POST", "/signs", { token, body: sign })).catch(() => {});
}

/* The chat inside the widget's panel on a clinic's page (../widget/loader.js). What is said between the two is open,
 * close, size and unread, and no word of the conversation; each message goes to, and comes from, one exact origin. */

import { page } from "./page.js";

const NAME = "between-sessions";        // The loader names its frame so.
const PATIENCE_SECONDS = 5;
const QUIET_HOURS = { from: 22, to: 8 };

export const isFramed = window.parent !== window && window.name === NAME;
let host = null;        // The origin of the page around us, known from its first word.
let isShown = true;
let unread = 0;
let isWide = false;
let patient = null;     // The identity that the page gave us, for one use.
let handlers = null;

/** Begin. Handlers: onOpened(), when the panel opens; onPerson(), when F2 was pressed around us; onParted(), when the page is left in haste. */
export function start(given) {
  handlers = given;
  if (!isFramed) return;
  window.addEventListener("message", receive);
  // The page around us was made without our loader, or its word was lost.
  setTimeout(() => host || handlers.onOpened(), PATIENCE_SECONDS * 1000);
}

/** Take the identity token that the page gave; it can be used once. */
export function identity() {
  const taken = patient;
  patient = null;
  return taken;
}

/** Ask for the panel to be closed, after Esc. */
export const close = () => tell({ type: "close", escape: true });

/** Ask for the page around us to be left at once. Gives whether there is one to ask. */
export const leave = () => tell({ type: "close", leave: true });

/** Ask for more room, or for as much as before. */
export function widen(wide) {
  isWide = wide;
  tellLook();
}

/** Say how the panel is to look around us: its width, and whether the light is low. */
export const tellLook = () => tell({ type: "size", wide: isWide, dim: document.documentElement.dataset.look === "dim" });

/** Ask for an identity that has not been used. */
export const askIdentity = () => tell({ type: "open", again: true });

/** Count what came while the panel was closed. At night only a person's message is worth a sign. */
export function count(messages) {
  if (!isFramed || isShown) return;
  const hour = new Date().getHours();
  const isNight = hour >= QUIET_HOURS.from || hour < QUIET_HOURS.to;
  unread += messages.filter(({ from }) => from === "staff" || (from === "bot" && !isNight)).length;
  tell({ type: "unread", count: unread });
}

function receive({ data, origin, source }) {
  const isKnown = origin === window.location.origin || page.origins.includes(origin);
  if (source !== window.parent || !isKnown || !data) return;
  host = origin;
  if (data.type === "open") {
    isShown = true;
    unread = 0;
    if (typeof data.identity === "string") patient = data.identity;
    tell({ type: "open" });
    handlers.onOpened();
    if (data.person) handlers.onPerson();
  }
  if (data.type === "close") {
    isShown = false;
    if (data.leave) handlers.onParted();
  }
}

function tell(message) {
  if (host) window.parent.postMessage(message, host);
  return host !== null;
}

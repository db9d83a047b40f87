/* The writing field: grows with the text, sends on Enter, keeps a draft over a reload, cuts nothing off. */

import { forget, keep, recall } from "./memory.js";
import { byId, page, say } from "./page.js";

const LIMIT = 16000;
const WARN_FROM = 15000;
const DRAFT_PAUSE_MS = 300;
const form = byId("composer");
const text = byId("text");
const length = byId("length");
let timer = null;

/** Begin; `send(text)` is called with exactly what was written. */
export function start(send) {
  if (!text.value) text.value = recall("draft") || "";
  grow();
  form.querySelector("button").disabled = false;   // Before this, sending would only load the page again.
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(send);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit(send);
  });
  text.addEventListener("input", () => {
    grow();
    count();
    clearTimeout(timer);
    timer = setTimeout(() => keep("draft", text.value), DRAFT_PAUSE_MS);
  });
}

/** Put words back that could not be sent; what stands there already is kept. */
export function putBack(words) {
  text.value = text.value ? words + "\n" + text.value : words;
  keep("draft", text.value);
  grow();
  count();
  text.focus();
}

function submit(send) {
  const written = text.value;
  if (!written.trim() || characters(written) > LIMIT) {
    count();
    text.focus();
    return;
  }
  clearTimeout(timer);
  text.value = "";
  forget("draft");
  grow();
  count();
  send(written);
}

function count() {
  const characterCount = text.value.length > WARN_FROM ? characters(text.value) : 0;
  const shown = (number) => number.toLocaleString(page.language);
  length.hidden = characterCount <= WARN_FROM;
  text.toggleAttribute("aria-invalid", false);
  if (characterCount > LIMIT) {
    length.textContent = say(page.words.too_long, { count: shown(characterCount) });
    text.setAttribute("aria-invalid", "true");
  } else if (!length.hidden) {
    length.textContent = say(page.words.characters_left, { count: shown(LIMIT - characterCount) });
  }
}

/** Characters as the server counts them: an emoji is one, not two. */
function characters(written) {
  let number = 0;
  for (const _ of written) number += 1;   // eslint-disable-line no-unused-vars
  return number;
}

function grow() {
  text.style.height = "auto";
  text.style.height = text.scrollHeight + 2 + "px";
}

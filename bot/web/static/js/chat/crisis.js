/* The card that stays once danger was heard: what to do now, and whom to call. It names no level. */

import { contactList } from "./contacts.js";
import { keep, recall } from "./memory.js";
import { byId, make, page } from "./page.js";

const card = byId("crisis");
const words = page.words;
let shown = "";

/** Show what an earlier page of this conversation had shown; it is not read out again. */
export function restore() {
  const kept = recall("crisis");
  if (kept) draw(kept, false);
}

/** Show the card. It is announced when its words are new. */
export function show(crisis) {
  if (!crisis || !crisis.text) return;
  const { text, contacts } = crisis;
  keep("crisis", { text, contacts });
  draw({ text, contacts }, text !== shown);
}

function draw({ text, contacts }, isNews) {
  shown = text;
  const list = contactList(contacts);
  const fold = make("button", { type: "button", class: "small-button", "aria-expanded": "true" }, words.crisis_fold);
  fold.addEventListener("click", () => {
    const isOpen = card.classList.toggle("folded");
    fold.setAttribute("aria-expanded", String(!isOpen));
    fold.textContent = isOpen ? words.crisis_unfold : words.crisis_fold;
  });
  const sentence = make("p", { class: "crisis-text", role: isNews ? "alert" : null });
  card.textContent = "";
  card.classList.remove("folded");
  card.append(make("div", { class: "column" },
    make("div", { class: "crisis-top" }, make("h2", { id: "crisis-title" }, words.crisis_title), fold), sentence, list));
  card.hidden = false;
  document.body.classList.add("in-crisis");
  sentence.append(text);   // After it is on the page, so that it is announced.
}

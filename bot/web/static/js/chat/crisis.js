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
  if (text === shown) return;   // Told again with each new stream.
  keep("crisis", { text, contacts });
  draw({ text, contacts }, true);
}

/** The patient goes on: on a small screen the card makes room, and its first two contacts stay. */
export function makeRoom() {
  if (!card.hidden && window.matchMedia("(max-width: 44rem), (max-height: 44rem)").matches) setFolded(true);
}

function setFolded(isFolded) {
  const fold = card.querySelector("button");
  card.classList.toggle("folded", isFolded);
  fold.setAttribute("aria-expanded", String(!isFolded));
  fold.textContent = isFolded ? words.crisis_unfold : words.crisis_fold;
}

function draw({ text, contacts }, isNews) {
  shown = text;
  const list = contactList(contacts);
  const fold = make("button", { type: "button", class: "small-button", "aria-expanded": "true" }, words.crisis_fold);
  fold.addEventListener("click", () => setFolded(!card.classList.contains("folded")));
  const sentence = make("p", { class: "crisis-text", role: isNews ? "alert" : null });
  card.textContent = "";
  card.classList.remove("folded");
  card.append(make("div", { class: "column" },
    make("div", { class: "crisis-top" }, make("h2", { id: "crisis-title" }, words.crisis_title), fold), sentence, list));
  card.hidden = false;
  document.body.classList.add("in-crisis");
  sentence.append(text);   // After it is on the page, so that it is announced.
}

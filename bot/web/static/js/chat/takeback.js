/* Taking back a mistaken message or tap: one button, at the patient's newest message. It is gone from this page; staff
 * still see it, and the page says so. */

import { ask } from "./api.js";
import { markTakenBack } from "./log.js";
import { speak, tell, untell } from "./notices.js";
import { byId, make, page } from "./page.js";
import { withToken } from "./session.js";
import { wasAnswer } from "./timeline.js";

const words = page.words;
const line = make("p", { class: "take-back", "aria-live": "off" });
let goBack = () => {};

/** Begin; `again` asks for the question that a mistaken tap had answered. */
export function start(again) {
  goBack = again;
}

/** These messages are new on the page: the button goes to the patient's newest. */
export function follow(messages) {
  const own = messages.filter(({ from, id, taken_back }) => from === "patient" && id && !taken_back);
  if (own.length) offer(own[own.length - 1]);
}

function offer(message) {
  const item = document.getElementById("m-" + message.id);
  if (!item) return;
  line.textContent = "";
  line.append(button(words.take_back, () => takeBack(message, item)));
  item.append(line);
}

async function takeBack(message, item) {
  try {
    await withToken((token) => ask("POST", "/messages/" + message.id + "/take-back", { token }));
  } catch (problem) {
    return tell("not_taken_back");
  }
  untell("not_taken_back");
  line.textContent = "";
  markTakenBack(item);
  speak(words.taken_back);
  if (!wasAnswer(message)) return byId("text").focus();
  const again = button(words.go_back_sentence, () => {
    line.textContent = "";
    goBack();
    byId("text").focus();
  });
  line.append(again);
  again.focus();
}

function button(title, act) {
  const made = make("button", { type: "button", class: "small-button" }, title);
  made.addEventListener("click", act);
  return made;
}

/* The inputs of the open question: buttons, checkboxes, a scale, a day. Writing freely stays possible beside them. */

import { byId, make, page, say } from "./page.js";
import { showOffered } from "./log.js";

const area = byId("answers");
const words = page.words;
const MOST_IN_A_ROW = 7;   // On a small screen, where a scale stands in rows of the same length.
let shown = null;
let send = () => {};

/** What happens with an answer: `take(body, shownText)`. */
export function onAnswer(take) {
  send = take;
}

/** Show the inputs of a question, or none. The older question's answers stay readable in its message. */
export function showQuestion(question) {
  if (shown === question) return;
  if (shown) showOffered(shown);
  const hadFocus = area.contains(document.activeElement);
  area.textContent = "";
  shown = question;
  if (question) area.append(...inputs(question));
  area.hidden = !question && !hadFocus;
  if (hadFocus) area.focus({ preventScroll: true });   // The button is gone; the place stays.
}

area.addEventListener("focusout", () => setTimeout(() => {
  if (!shown && !area.contains(document.activeElement)) area.hidden = true;
}));

function inputs(question) {
  const { choices, multiple, scale, date } = question;
  if (choices.length && multiple) return many(question);
  const parts = [];
  if (scale) parts.push(scaleForm(question));
  if (date) parts.push(dateForm(question));
  if (choices.length) parts.push(buttons(question, parts.length > 0));
  return parts;
}

function buttons(question, areSecond) {
  const group = make("div", { class: areSecond ? "choices second" : "choices", role: "group", ...labelled(question, words.choose_label) });
  for (const choice of question.choices) {
    const button = make("button", { type: "button", class: "choice" }, choice.title);
    button.addEventListener("click", () => answer({ choice: choice.id }, choice.title));
    group.append(button);
  }
  return group;
}

/** Several choices. By their ids, which every dialogue uses so: "skip" is no pick but a way past, and "none" is none. */
function many(question) {
  const picks = question.choices.filter((choice) => choice.id !== "skip");
  const boxes = picks.map((choice) => make("input", { type: "checkbox", value: choice.id }));
  const list = make("div", { class: "ticks" }, ...picks.map((choice, at) =>
    make("label", { class: "tick" }, boxes[at], make("span", {}, choice.title))));
  list.addEventListener("change", ({ target }) => {
    for (const box of boxes) {
      if (target.checked && box !== target && (box.value === "none" || target.value === "none")) box.checked = false;
    }
  });
  const parts = [form(question, words.choose_many_label, list, words.choose_one_first, () => {
    const picked = picks.filter((_, at) => boxes[at].checked);
    if (!picked.length) return null;
    return [{ choices: picked.map((choice) => choice.id) }, picked.map((choice) => choice.title).join(", ")];
  })];
  for (const skip of question.choices.filter((choice) => choice.id === "skip")) {
    const button = make("button", { type: "button", class: "choice" }, skip.title);
    button.addEventListener("click", () => answer({ choices: [skip.id] }, skip.title));
    parts.push(make("div", { class: "choices second" }, button));
  }
  return parts;
}

function scaleForm(question) {
  const { min, max, low, high } = question.scale;
  const row = make("div", { class: "scale" });
  const size = max - min > 20 ? 10 : 1;   // A hundred buttons help nobody; any number can still be written.
  const count = Math.floor((max - min) / size) + 1;
  row.style.setProperty("--per-row", Math.min(MOST_IN_A_ROW, count > MOST_IN_A_ROW ? Math.ceil(count / 2) : count));
  for (let value = min; value <= max; value += size) {
    const end = value === min ? endOf(min, low) : value === max ? endOf(max, high) : null;
    row.append(make("label", { class: "step" },
      make("input", { type: "radio", name: "step", value, "aria-label": end }),
      make("span", {}, String(value))));
  }
  const ends = make("div", { class: "ends", "aria-hidden": "true" },
    make("span", {}, endOf(min, low) || ""), make("span", {}, endOf(max, high) || ""));
  return form(question, words.scale_label, make("div", {}, row, ends), words.scale_first, () => {
    const picked = row.querySelector("input:checked");
    return picked && [{ value: Number(picked.value) }, picked.value];
  });
}

/** An end of a scale in words: "0: none"; words that begin with the number stand alone: "12 or more". */
function endOf(value, word) {
  if (!word) return null;
  return word.startsWith(String(value)) ? word : value + ": " + word;
}

function dateForm(question) {
  const input = make("input", { type: "date", class: "day", "aria-label": words.date_label });
  return form(question, words.date_label, input, words.date_first, () => input.value && [{ date: input.value }, input.value]);
}

function form(question, label, content, missing, read) {
  const problem = make("p", { class: "missing", role: "alert" });
  const group = make("div", { role: "group", ...labelled(question, label) },
    content, problem, make("button", { type: "submit", class: "button" }, words.send_answer));
  const made = make("form", { novalidate: true }, group);
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    const picked = read();
    problem.textContent = picked ? "" : missing;
    if (picked) answer(...picked);
  });
  made.addEventListener("input", () => (problem.textContent = ""));
  return made;
}

/** A group is named by its question, which stands in the conversation. */
function labelled(question, label) {
  const message = question.id && document.getElementById("m-" + question.id);
  const text = message && message.querySelector(".text");
  if (!text) return { "aria-label": label };
  text.id = "q-" + question.id;
  return { "aria-labelledby": text.id };
}

function answer(body, title) {
  send(shown.id ? { ...body, question: shown.id } : body, title, shown);
}

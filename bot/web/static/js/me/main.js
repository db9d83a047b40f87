/* A patient's own pages: the pattern, the plan, the notes, who has read, and what they can do with all of it. What is
 * shown is asked for with the conversation's token; it never stands in an address. */

import { ask } from "../chat/api.js";
import * as frame from "../chat/frame.js";
import * as leave from "../chat/leave.js";
import { keep } from "../chat/memory.js";
import * as mydata from "../chat/mydata.js";
import { byId, make, page, say } from "../chat/page.js";
import { withToken } from "../chat/session.js";
import * as sheets from "../chat/sheets.js";
import { bars, day, line, moment } from "./charts.js";
import { readable } from "./readable.js";

const words = page.me;
const FEWEST = 2;            // One point is no line.
const HOURS = 3;             // The day in spans of three hours.
const SLEEP_MOST = 12;
const RATING_MOST = 10;

sheets.start();
leave.start(() => {});
frame.start({ onOpened: () => frame.widen(true), onParted: leave.forget });
mydata.start(() => {
  byId("mine").textContent = "";
  byId("mine").hidden = true;
}, readable);
byId("print").addEventListener("click", () => {
  document.body.classList.add("only-plan");
  window.print();
  document.body.classList.remove("only-plan");
});
byId("correct").addEventListener("click", () => keep("say", words.correct_sentence));   // Said in the chat, where it is heard.
document.documentElement.dataset.ready = "";
document.documentElement.classList.add("script");
show();

async function show() {
  try {
    const [progress, mine] = await Promise.all([get("/me/progress"), get("/me")]);
    showPattern(progress);
    fill("plan-list", mine.plan.map(({ asked, text }) => make("div", {}, make("dt", {}, asked), make("dd", {}, text))), words.plan_none);
    byId("print").hidden = !mine.plan.length;
    fill("notes-list", mine.notes.filter(({ text }) => text).map(noteItem), words.notes_none);
    fill("readers-list", mine.readers.map(({ at, by }) => make("li", {}, say(words.read_on, { name: by, day: day(at) }))), words.readers_none);
    fill("entries-list", mine.entries.map(entryItem), words.entries_none);
    byId("mine").hidden = false;
    byId("state").hidden = true;
  } catch (problem) {
    byId("state").textContent = problem.status === 401 || problem.status === 404 ? words.no_chat : words.failed;
  }
}

function get(path) {
  return withToken((token) => ask("GET", path, { token }));
}

function showPattern({ check_ins, moments }) {
  const area = byId("charts");
  const over = (name, title, most) => line(title, check_ins.map((one) => ({
    at: one.at, value: one[name], mark: one.dose_change && (words.changes[one.dose_change] || words.changes.other),
  })), most);
  area.textContent = "";
  if (check_ins.length >= FEWEST) {
    area.append(over("pull", words.pull, RATING_MOST), over("anxiety", words.worry, RATING_MOST), over("sleep", words.sleep, SLEEP_MOST));
    if (check_ins.some((one) => one.dose_change)) area.append(make("p", { class: "small" }, words.change_sign));
  }
  if (moments.length >= FEWEST) area.append(bars(words.by_hour, byHour(moments)), bars(words.by_weekday, byWeekday(moments)));
  if (!area.children.length) area.append(make("p", {}, words.pattern_none));
}

function byHour(moments) {
  return Array.from({ length: 24 / HOURS }, (_, span) => ({
    label: String(span * HOURS).padStart(2, "0"),
    count: moments.filter(({ at }) => Math.floor(new Date(at).getHours() / HOURS) === span).length,
  }));
}

function byWeekday(moments) {
  const monday = new Date(2024, 0, 1);
  return Array.from({ length: 7 }, (_, place) => ({
    label: new Date(monday.getFullYear(), 0, 1 + place).toLocaleDateString(page.language, { weekday: "short" }),
    count: moments.filter(({ at }) => (new Date(at).getDay() + 6) % 7 === place).length,
  }));
}

function noteItem({ at, text, sent }) {
  return make("li", {}, make("p", { class: "small" }, moment(at) + ". " + (sent ? words.note_sent : words.note_kept)),
    make("p", { class: "words", dir: "auto" }, text));
}

/** An entry that can be taken out: asked about once, then gone. */
function entryItem({ dialogue, session, at }) {
  const title = (words.kinds[dialogue] || dialogue) + ", " + moment(at);
  const button = make("button", { type: "button", class: "small-button" }, words.delete_entry, make("span", { class: "unseen" }, ": " + title));
  const item = make("li", { class: "entry" }, make("span", {}, title), button);
  let isSure = false;
  button.addEventListener("click", async () => {
    if (!isSure) {
      isSure = true;
      button.firstChild.textContent = words.delete_sure;
      return;
    }
    try {
      await withToken((token) => ask("DELETE", `/me/entries/${encodeURIComponent(dialogue)}/${encodeURIComponent(session)}`, { token }));
      byId("my-data").textContent = say(words.deleted_entry, { title });
      byId("entries-title").focus();
      await show();
    } catch (problem) {
      byId("my-data").textContent = page.words.data_failed;
    }
  });
  return item;
}

function fill(id, items, otherwise) {
  const list = byId(id);
  list.textContent = "";
  list.append(...items);
  list.hidden = !items.length;
  const none = byId(id + "-none");
  none.textContent = items.length ? "" : otherwise;
}

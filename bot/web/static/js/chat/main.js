/* The chat page: joins the parts, each of which has one job and knows little of the others. */

import * as aloud from "./aloud.js";
import * as answers from "./answers.js";
import * as comfort from "./comfort.js";
import * as composer from "./composer.js";
import * as crisis from "./crisis.js";
import * as frame from "./frame.js";
import * as leave from "./leave.js";
import * as log from "./log.js";
import { forget, forgetAll, recall } from "./memory.js";
import { speak, tell, untell } from "./notices.js";
import * as mydata from "./mydata.js";
import * as outbox from "./outbox.js";
import * as pace from "./pace.js";
import { byId, make, page, say } from "./page.js";
import * as session from "./session.js";
import * as sheets from "./sheets.js";
import * as signs from "./signs.js";
import * as takeback from "./takeback.js";
import * as timeline from "./timeline.js";
import * as updates from "./updates.js";

const REPLY_SECONDS = 9;      // The server has answered or said that it needs longer by then.
const RENEW_SECONDS = 5;
const words = page.words;
const typing = byId("typing");
const opening = byId("opening");
let isOpen = false;
let isOpening = false;
let replyTimer = null;
let holding = null;   // The member of staff who holds the conversation.

typing.textContent = say(words.writing, { name: words.bot });
sheets.start();
comfort.start();
aloud.start();
pace.start(appear);
takeback.start(() => send({ text: words.go_back_sentence }, words.go_back_sentence));
byId("simpler").addEventListener("click", () => send({ text: words.simpler_sentence }, words.simpler_sentence));
crisis.restore();
composer.start((text) => send({ text }, text));
answers.onAnswer((body, title) => {
  timeline.answered();
  answers.showQuestion(null);
  send(body, title);
});
leave.start(() => {
  aloud.hush();
  pace.drop();
  outbox.part();
  updates.close();
});
mydata.start(() => {
  pace.drop();
  log.clear();
  answers.showQuestion(null);
});
byId("person").addEventListener("submit", (event) => {
  event.preventDefault();
  send({ text: words.person_sentence }, words.person_sentence);
});
window.addEventListener("online", wake);
window.addEventListener("pageshow", (event) => event.persisted && wake());
document.addEventListener("visibilitychange", () => document.hidden || wake());
document.documentElement.dataset.ready = "";
document.documentElement.classList.add("script");   // ../first.js may have given up waiting.

const left = outbox.restore({ onState, onSent, onRefused, onOver: renew });
frame.start({ onOpened, onPerson: sheets.toPerson, onParted: leave.forget });
if (!frame.isFramed) open();

async function open() {
  if (isOpen || isOpening) return;
  isOpening = true;
  try {
    const begun = await session.open(frame.identity(), forgetOther);
    if (byId("unreached")) byId("unreached").remove();
    untell("unreached", "unsaved", "busy", "wrong", "unknown_patient");
    log.clear();
    const said = timeline.take(begun.messages);
    log.change(() => {
      (begun.isNew ? log.show : log.showHistory)(said);
      takeback.follow(said);
      opening.hidden = begun.messages.length > 0;
      answers.showQuestion(timeline.openQuestion());
    });
    signs.shown(said);
    if (begun.lost) log.showLine(begun.lost.status === 404 ? words.over_erased : words.over);
    for (const entry of left) log.showPending(entry, outbox.retry);
    updates.follow(begun.cursor || 0, { onMessages, onEvent, onReach, onOver: renew });
    isOpen = true;
    outbox.flush();
    sayForOtherPage();
    if (!begun.messages.length) expectReply();
  } catch (problem) {
    unreachedAtStart(problem);
  } finally {
    isOpening = false;
  }
}

/** This tab held another person's conversation: what waits is sent there, nothing of it stays, and we begin anew. */
function forgetOther() {
  outbox.part();
  forgetAll();
  window.location.reload();
}

/** What was asked for on another page of ours, such as "Correct something": said here, where it is heard. */
function sayForOtherPage() {
  const text = recall("say");
  forget("say");
  if (text) send({ text }, text);
}

/** Queue what the patient said, show it, send it. */
function send(body, shown) {
  pace.all();
  crisis.makeRoom();
  const entry = outbox.add(body, shown);
  log.showPending(entry, outbox.retry);
  if (isOpen) outbox.flush();
  else {
    log.showState(entry, "unsent");
    open();
  }
}

function onState(entry, problem) {
  log.showPending(entry, outbox.retry);
  if (entry.state === "unsent" && problem) {
    if (problem.body.crisis) showCrisis(problem.body.crisis);
    tell(stateOf(problem), { retry: outbox.retry });
    speak(words.unsent_said);
  }
  log.showState(entry, entry.state);
}

function onSent(entry, { message, crisis: danger, replies }) {
  untell("unreached", "unsaved", "busy", "wrong", "not_open");
  if (timeline.take([message]).length) log.showState(entry, "sent", { message });
  else log.remove(entry);
  takeback.follow([message]);
  speak(words.sent);
  showCrisis(danger);
  if (!outbox.isUnsettled()) onMessages(timeline.release());
  onMessages(replies);
  if (!replies.length) expectReply();
}

/** Nothing over the stream by then: ask, in case the network swallows what the stream says. */
function expectReply() {
  clearTimeout(replyTimer);
  replyTimer = setTimeout(() => updates.check().catch(() => {}), REPLY_SECONDS * 1000);
}

async function onRefused(entry, problem) {
  if (problem.body.crisis) showCrisis(problem.body.crisis);
  if (problem.status === 409 && problem.body.open) {
    log.remove(entry);
    await updates.check().catch(() => {});
    reopen(problem.body.open);
    return;
  }
  const putBack = () => {
    log.remove(entry);
    composer.putBack(entry.body.text || entry.shown);
  };
  log.showState(entry, "refused", { label: words.put_back, act: putBack });
  speak(words.refused);
}

/** Offer what the server says is open: an older answer was tapped. */
function reopen(choices) {
  const question = timeline.openQuestion();
  const isSame = question && choices.every((choice) => question.choices.some((known) => known.id === choice.id));
  const isOther = !isSame && choices.length;
  log.change(() => answers.showQuestion(isOther ? { id: null, from: "bot", choices } : question));
  const text = choices.length ? words.not_open : words.not_open_none;
  tell("not_open", { text });
}

function onMessages(messages) {
  const isEcho = (message) => message.from === "patient" && outbox.isUnsettled();
  timeline.hold(messages.filter(isEcho));
  const fresh = timeline.take(messages.filter((message) => !isEcho(message)));
  if (!fresh.length) return;
  pace.add(fresh);
  if (pace.isWaiting()) log.change(() => (typing.hidden = false));
}

function appear(fresh) {
  log.change(() => {
    if (fresh.some((message) => message.from !== "patient")) {
      clearTimeout(replyTimer);
      typing.hidden = !pace.isWaiting();
      opening.hidden = true;
    }
    log.show(fresh);
    takeback.follow(fresh);
    if (!pace.isWaiting()) answers.showQuestion(timeline.openQuestion());
  });
  signs.shown(fresh);
  frame.count(fresh);
  aloud.read(fresh);
}

/** Danger was heard: the card, and nothing that was said is kept waiting. */
function showCrisis(danger) {
  crisis.show(danger);
  if (danger) pace.all();
}

function onEvent(name, data) {
  if (name === "crisis") showCrisis(data);
  if (name === "handover") handOver(data);
  if (name === "typing") log.change(() => (typing.hidden = !data.typing && !pace.isWaiting()));
}

/** Who holds the conversation is told again with each new stream; it is said when it changes. */
function handOver({ held, name }) {
  const holder = held ? name || words.someone : null;
  if (holder === holding) return;
  holding = holder;
  signs.hold(held);
  typing.textContent = say(words.writing, { name: holder || words.bot });
  log.showLine(held ? say(words.handover, { name: holder }) : words.handback);
}

function onReach(isReached) {
  if (!isReached) return tell("unreached", { retry: wake });
  untell("unreached");
  if (outbox.isUnsettled()) outbox.retry();
}

/** The conversation is over on this device: go on in a new one, and say so. Throws Problem. */
async function renew(problem) {
  if (session.token() && session.token() !== problem.token) return;   // Another part has done it.
  const begun = await session.start();
  pace.all();
  timeline.reset();
  log.showLine(problem.status === 404 ? words.over_erased : words.over);
  onMessages(begun.messages);
  updates.follow(begun.cursor || 0, { onMessages, onEvent, onReach, onOver: renew });
}

function unreachedAtStart(problem) {
  opening.hidden = true;
  if (problem.status === 401) return unknownPatient();
  tell(stateOf(problem), { retry: open, text: words.unreached_start });
  if (!byId("unreached")) {
    opening.after(make("div", { id: "unreached", class: "card" }, byId("help").querySelector(".contacts").cloneNode(true)));
  }
  setTimeout(open, RENEW_SECONDS * 1000);
}

/** This clinic knows its patients by its portal's word, which is missing or was used before. */
function unknownPatient() {
  tell("unknown_patient");
  setTimeout(() => frame.askIdentity() || open(), RENEW_SECONDS * 1000);
}

function stateOf(problem) {
  if (problem.status === 0 || problem.status === 502 || problem.status === 504) return "unreached";
  if (problem.status === 503) return "unsaved";
  return problem.status === 429 ? "busy" : "wrong";
}

/** The panel around us was opened: the conversation begins or goes on, and the keyboard is where one writes. */
function onOpened() {
  frame.widen(false);
  wake();
  const patient = isOpen && frame.identity();   // Somebody else may have logged in meanwhile.
  if (patient) session.open(patient, forgetOther).catch(() => {});
  if (window.matchMedia("(hover: hover)").matches) byId("text").focus();
}

function wake() {
  if (!isOpen) return open();
  updates.hurry();
  outbox.retry();
}

/* What was said, in the order in which it came, each message once; and which question is still open. */

const known = new Map();
let held = [];
let question = null;

/** Take in messages of the server. Gives those that are new, in order. */
export function take(messages) {
  const fresh = messages.filter((message) => !known.has(message.id));
  for (const message of fresh) {
    known.set(message.id, message);
    follow(message);
  }
  return fresh;
}

/** Keep messages back while an answer to something we sent is under way: one of them may be its echo. */
export function hold(messages) {
  held.push(...messages);
}

/** Give what was kept back. */
export function release() {
  const messages = held;
  held = [];
  return messages;
}

/** The newest question whose inputs still stand, or null. */
export const openQuestion = () => question;

/** The patient has answered the open question. */
export function answered() {
  question = null;
}

/** Forget all, for a new conversation. */
export function reset() {
  known.clear();
  held = [];
  question = null;
}

/** Whether a message asks for more than words. */
export function hasInput(message) {
  return message.from === "bot" && Boolean(message.choices.length || message.scale || message.date);
}

/** Whether a patient's message was an answer to the question before it. */
export function wasAnswer(message) {
  let asked = null;
  for (const one of known.values()) {
    if (one.id === message.id) break;
    if (hasInput(one)) asked = one;
  }
  return asked !== null && isAnswer(message.text, asked);
}

function follow(message) {
  if (hasInput(message)) question = message;
  else if (message.from === "patient" && question && isAnswer(message.text, question)) question = null;
}

/** Whether a patient's words are one of the answers that were offered. Other words leave the question open. */
export function isAnswer(text, { choices, multiple, scale, date }) {
  const said = text.trim().toLowerCase();
  const titles = choices.map((choice) => choice.title.trim().toLowerCase());
  if (titles.includes(said)) return true;
  if (multiple && titles.some((title) => said.startsWith(title + ", "))) return true;
  if (scale && /^-?\d+$/.test(said)) return Number(said) >= scale.min && Number(said) <= scale.max;
  return Boolean(date) && /\d/.test(said) && !Number.isNaN(Date.parse(said));
}

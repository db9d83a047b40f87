/* What the patient sent and the server has not confirmed yet. Nothing is dropped, nothing arrives twice: each message
 * has one client id for all its tries, they go in order, and they outlive a reload. */

import { ask } from "./api.js";
import { keep, recall } from "./memory.js";
import { isOver, token, withToken } from "./session.js";
import { isLive } from "./updates.js";

const PAUSES_SECONDS = [2, 5, 10, 20, 30];
const WAIT_SECONDS = 8;

let handlers;
let entries = [];
let sending = null;
let tries = 0;
let timer = null;

/** Take up what an earlier page left. Handlers: onState(entry), onSent(entry, answer), onRefused(entry, problem), onOver(problem). */
export function restore(given) {
  handlers = given;
  entries = recall("outbox") || [];
  return entries;
}

/** Queue a message: `body` is {text} | {choice} | …, `shown` what the patient sees of it. Gives the entry. */
export function add(body, shown) {
  const entry = { client_id: newId(), body, shown, state: "sending", at: new Date().toISOString() };
  entries.push(entry);
  save();
  return entry;
}

/** Send what waits, the oldest first. */
export async function flush() {
  clearTimeout(timer);
  if (sending || !entries.length) return;
  sending = entries[0];
  show(sending, "sending");
  try {
    // While the stream is open the replies come over it, and "sent" can be said at once.
    const wait = isLive ? 0 : WAIT_SECONDS;
    const body = { client_id: sending.client_id, ...sending.body };
    const answer = await withToken((token) => ask("POST", "/messages", { token, body, wait }));
    tries = 0;
    settle(sending, () => handlers.onSent(sending, answer));
  } catch (problem) {
    if (isOver(problem)) return await movedOn(problem);
    if (problem.canBeRetried) return later(problem);
    settle(sending, () => handlers.onRefused(sending, problem));
  }
  sending = null;
  return flush();
}

/** Try now: the network is back, or the patient asked. */
export function retry() {
  tries = 0;
  return flush();
}

/** Whether the server may have something of ours that we have not heard about. */
export const isUnsettled = () => entries.length > 0;

/** Hand what waits to the browser, which sends it while the page goes away. */
export function part() {
  for (const entry of entries) {
    const body = { client_id: entry.client_id, ...entry.body };
    if (token()) ask("POST", "/messages", { token: token(), body, keepalive: true }).catch(() => {});
  }
}

function settle(entry, then) {
  entries = entries.filter((other) => other !== entry);
  save();
  then();
}

function later(problem) {
  sending = null;
  for (const entry of entries) show(entry, "unsent", problem);
  const pause = problem.retryAfter || PAUSES_SECONDS[Math.min(tries, PAUSES_SECONDS.length - 1)];
  tries += 1;
  timer = setTimeout(flush, pause * 1000);
}

async function movedOn(problem) {
  // The conversation is over: the handler starts a new one, and what was not delivered goes there.
  try {
    await handlers.onOver(problem);
  } catch (again) {
    return later(again);
  }
  sending = null;
  return flush();
}

function show(entry, state, problem = null) {
  entry.state = state;
  handlers.onState(entry, problem);
}

function save() {
  keep("outbox", entries);
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Older browsers, and pages without HTTPS: RFC 9562 version 4 by hand.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/* What is new, as it happens: a stream while it holds, questions at growing intervals while it does not. */

import { ask, listen } from "./api.js";
import { readEvents } from "./events.js";
import { isOver, withToken } from "./session.js";

const SILENCE_SECONDS = 40;      // The server says something at least every 15 seconds.
const PAUSES_SECONDS = [1, 2, 4, 8, 15, 30];
const STEADY_SECONDS = 5;

let handlers;
let cursor = 0;
let tries = 0;
let stop = null;
let timer = null;
let closed = true;
export let isLive = false;

/** Begin at a cursor. Handlers: onMessages, onEvent(name, data), onReach(bool), onOver(problem). */
export function follow(from, given) {
  handlers = given;
  cursor = from;
  closed = false;
  connect();
}

/** Try again at once: the network came back, the page is seen again, or the patient asked. */
export function hurry() {
  if (closed || isLive) return;
  tries = 0;
  connect();
}

/** Ask once for what is new. */
export async function check() {
  const asked = cursor;
  const news = await withToken((token) => ask("GET", "/messages?after=" + asked, { token }));
  cursor = Math.max(cursor, news.cursor);
  handlers.onMessages(news.messages);
}

/** Stop listening. */
export function close() {
  closed = true;
  clearTimeout(timer);
  if (stop) stop.abort();
}

async function connect() {
  clearTimeout(timer);
  if (stop) stop.abort();
  const mine = (stop = new AbortController());
  let silence = null;
  const onLife = () => {
    clearTimeout(silence);
    silence = setTimeout(() => mine.abort(), SILENCE_SECONDS * 1000);
  };
  const openedAt = Date.now();
  try {
    onLife();
    const response = await withToken((token) => listen(token, cursor, mine.signal));
    isLive = true;
    handlers.onReach(true);
    await readEvents(response, receive, onLife);
  } catch (problem) {
    if (isOver(problem)) return handlers.onOver(problem);
  } finally {
    clearTimeout(silence);
    if (mine === stop) isLive = false;
  }
  if (closed || mine !== stop) return;
  if (Date.now() - openedAt > STEADY_SECONDS * 1000) tries = 0;
  fallBack();
}

/** Ask for what is new instead, and try the stream again after a pause. */
async function fallBack() {
  const mine = stop;
  try {
    await check();
    handlers.onReach(true);
  } catch (problem) {
    if (isOver(problem)) return handlers.onOver(problem);
    handlers.onReach(false);
  }
  if (closed || mine !== stop) return;
  const pause = PAUSES_SECONDS[Math.min(tries, PAUSES_SECONDS.length - 1)] * (0.75 + Math.random() / 2);
  tries += 1;
  timer = setTimeout(connect, pause * 1000);
}

function receive({ event, data, id }) {
  if (id !== null && /^\d+$/.test(id)) cursor = Math.max(cursor, Number(id));
  if (event === "message") handlers.onMessages([data]);
  else handlers.onEvent(event, data);
}

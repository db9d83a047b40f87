/* Who we are to the server: one conversation and its short-lived token, kept fresh. */

import { ask, Problem } from "./api.js";
import { forget, keep, recall } from "./memory.js";
import { page } from "./page.js";

const EARLY_SECONDS = 120;
let held = recall("session");
let refreshing = null;
let starting = null;

/** Resume this device's conversation or start one. Gives {messages, cursor, isNew}. Throws Problem.
 *
 * An identity decides whose conversation it is, whatever this device remembers. `moveOn` is called before another
 * person's conversation is let go. */
export async function open(identity = null, moveOn = () => {}) {
  if (identity) return claim(identity, moveOn);
  if (held && held.clinic === page.clinic) {
    try {
      return { ...(await history()), isNew: false };
    } catch (problem) {
      if (!isOver(problem)) throw problem;
      return { ...(await start()), isNew: true, lost: problem };
    }
  }
  return { ...(await start()), isNew: true };
}

async function claim(identity, moveOn) {
  const before = held;
  const body = { clinic: page.clinic, language: page.language, identity };
  const started = await ask("POST", "/conversations", { body });
  if (before && before.conversation !== started.conversation) {
    moveOn();
    return new Promise(() => {});   // The page goes.
  }
  hold(started);
  return { ...(await history()), isNew: !started.resumed };
}

/** Call with a valid token; a refused one is refreshed once. Throws Problem. */
export async function withToken(call) {
  if (!held) throw new Problem(401);
  if (held.until - Date.now() < EARLY_SECONDS * 1000) await refresh();
  const { token } = held;
  try {
    return await call(token);
  } catch (problem) {
    problem.token = token;
    if (problem.status !== 401) throw problem;
    await refresh();
    return call(held.token);
  }
}

/** Whether this problem says that the conversation cannot be gone on with, as opposed to: not now. */
export function isOver(problem) {
  return problem.isFinal === true || problem.status === 404 || problem.status === 410;
}

/** Start a new conversation in place of one that is over. Throws Problem. */
export function start() {
  starting = starting || begin().finally(() => (starting = null));
  return starting;
}

/** The token as it is, for the last message before leaving. */
export const token = () => (held ? held.token : null);

/** All that was said, oldest first. */
async function history() {
  const messages = [];
  let cursor = 0;
  for (;;) {
    const news = await withToken((token) => ask("GET", "/messages?after=" + cursor, { token }));
    messages.push(...news.messages);
    if (!news.messages.length || news.cursor === cursor) return { ...news, messages };
    cursor = news.cursor;
  }
}

async function begin() {
  const body = { clinic: page.clinic, language: page.language };
  const started = await ask("POST", "/conversations", { body });
  hold(started);
  return started;
}

function refresh() {
  refreshing = refreshing || fetchToken().finally(() => (refreshing = null));
  return refreshing;
}

async function fetchToken() {
  try {
    hold({ ...held, ...(await ask("POST", "/token", { token: held.token })) });
  } catch (problem) {
    if ([401, 404, 410].includes(problem.status)) {
      Object.assign(problem, { isFinal: true, token: held.token });
      held = null;
      forget("session");
    }
    throw problem;
  }
}

function hold({ conversation, token, expires_at, now }) {
  // By this device's clock, which may be wrong: how long the token lives is what counts.
  const until = Date.now() + Date.parse(expires_at) - now;
  held = { clinic: page.clinic, conversation, token, until };
  keep("session", held);
}

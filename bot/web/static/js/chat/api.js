/* The chat API over HTTP. Every failure becomes a Problem that says whether trying again can help. */

const ROOT = "/api/v1";
const PATIENCE_SECONDS = 20;

/** What went wrong: `status` 0 means that nobody answered. `body` are the problem details, if there were any. */
export class Problem extends Error {
  constructor(status, body = {}, retryAfter = null) {
    super("problem " + status);
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  get canBeRetried() {
    return this.status === 0 || this.status >= 500 || [401, 408, 425, 429].includes(this.status);
  }
}

/** Ask, and give the answer's JSON, with `now` by the server's clock. Throws Problem. */
export async function ask(method, path, { token = null, body = null, wait = 0, keepalive = false } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = "Bearer " + token;
  if (body) headers["Content-Type"] = "application/json";
  if (wait) headers.Prefer = "wait=" + wait;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE_SECONDS * 1000);
  try {
    const response = await answer(path, {
      method, headers, keepalive, body: body ? JSON.stringify(body) : undefined, signal: stop.signal,
    });
    return await read(response);
  } finally {
    clearTimeout(timer);
  }
}

/** Open a stream of server-sent events and give the response, whose body is read as it comes. Throws Problem. */
export async function listen(token, lastEventId, signal) {
  const headers = { Accept: "text/event-stream", Authorization: "Bearer " + token };
  if (lastEventId !== null) headers["Last-Event-ID"] = String(lastEventId);
  const response = await answer("/stream", { headers, signal });
  if (!response.ok || !response.body) await read(response);
  return response;
}

async function answer(path, options) {
  try {
    return await fetch(ROOT + path, {
      cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", ...options,
    });
  } catch (error) {
    throw new Problem(0);
  }
}

async function read(response) {
  if (response.status === 204) return {};
  let body = {};
  try {
    body = await response.json();
  } catch (error) {
    if (response.ok) throw new Problem(0);   // Cut off on the way.
  }
  if (response.ok) return { ...body, now: Date.parse(response.headers.get("Date")) || Date.now() };
  throw new Problem(response.status, body, Number(response.headers.get("Retry-After")) || null);
}

/* What is stored, as one file; and its deletion, with the date and a reference to keep. Both through the chat API. */

import { ask } from "./api.js";
import { forgetAll } from "./memory.js";
import { byId, make, page, say } from "./page.js";
import { withToken } from "./session.js";

const told = byId("my-data");
const sure = byId("erase-sure");

/** Begin; `after` is called when everything is deleted. `readable` makes the file for people, where there is a button. */
export function start(after, readable = null) {
  byId("download").addEventListener("click", () => attempt(() => download("json", (all) => JSON.stringify(all, null, 2))));
  if (readable) byId("download-text").addEventListener("click", () => attempt(() => download("txt", readable)));
  byId("erase").addEventListener("click", () => ask_first(sure.hidden));
  byId("erase-no").addEventListener("click", () => ask_first(false));
  byId("erase-yes").addEventListener("click", () => attempt(() => erase(after)));
}

function ask_first(open) {
  sure.hidden = !open;
  byId("erase").setAttribute("aria-expanded", String(open));
  if (!open) byId("erase").focus();
}

async function download(kind, written) {
  const { now, ...stored } = await withToken((token) => ask("GET", "/me/export", { token }));
  const file = new Blob([written(stored)], { type: kind === "json" ? "application/json" : "text/plain;charset=utf-8" });
  const link = make("a", { href: URL.createObjectURL(file), download: "my-conversation." + kind });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  told.textContent = page.words.downloaded;
}

async function erase(after) {
  const receipt = await withToken((token) => ask("DELETE", "/me", { token }));
  forgetAll();
  ask_first(false);
  after();
  told.textContent = say(page.words.erased, { date: receipt.at.slice(0, 10), reference: receipt.reference });
}

async function attempt(work) {
  told.textContent = "";
  try {
    await work();
  } catch (problem) {
    told.textContent = page.words.data_failed;
  }
}

/* What makes the page bearable: low light (by itself at night, see ../first.js), text size, and whose device this is. */

import { tellLook } from "./frame.js";
import { isOwnDevice, keep, recall, setOwnDevice } from "./memory.js";
import { byId, page } from "./page.js";
import { speak } from "./notices.js";

const root = document.documentElement;

/** Begin. */
export function start() {
  const dim = byId("dim");
  const isDim = () => root.dataset.look === "dim";
  dim.setAttribute("aria-pressed", String(isDim()));
  dim.addEventListener("click", () => {
    const now = !isDim();
    if (now) root.dataset.look = "dim";
    else delete root.dataset.look;
    keep("dim", now ? "yes" : "no");
    tellLook();
    dim.setAttribute("aria-pressed", String(now));
    speak(now ? page.words.dim_on : page.words.dim_off);
  });

  for (const radio of document.querySelectorAll('input[name="size"]')) {
    radio.checked = radio.value === (recall("size") || "normal");
    radio.addEventListener("change", () => {
      root.dataset.size = radio.value;
      keep("size", radio.value);
    });
  }

  const remember = byId("remember");
  remember.checked = isOwnDevice();
  remember.addEventListener("change", () => setOwnDevice(remember.checked));
}

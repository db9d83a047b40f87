/* Reading aloud with the device's own voice, for who asks for it: what others say, as it comes. Nothing leaves the
 * device: only voices that are installed on it are used. */

import { keep, recall } from "./memory.js";
import { byId, page } from "./page.js";

const voices = window.speechSynthesis;
let isOn = recall("aloud") === "yes";

/** Begin: a switch, where this device can speak. */
export function start() {
  const button = byId("aloud");
  button.hidden = !voices;
  button.setAttribute("aria-pressed", String(isOn));
  button.addEventListener("click", () => {
    isOn = !isOn;
    keep("aloud", isOn ? "yes" : "no");
    button.setAttribute("aria-pressed", String(isOn));
    if (!isOn) voices.cancel();
  });
}

/** Read new messages out, those of the patient left out. */
export function read(messages) {
  const voice = isOn && voices && localVoice();
  if (!voice) return;
  for (const { from, text, choices } of messages) {
    if (from === "patient") continue;
    const speech = new SpeechSynthesisUtterance([text, ...choices.map(({ title }) => title)].join(". "));
    speech.voice = voice;
    speech.lang = voice.lang;
    voices.speak(speech);
  }
}

/** Be quiet at once. */
export function hush() {
  if (voices) voices.cancel();
}

function localVoice() {
  const found = voices.getVoices().filter(({ localService }) => localService);
  return found.find(({ lang }) => lang.startsWith(page.language)) || null;
}

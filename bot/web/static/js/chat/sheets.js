/* The two sheets, "Get help now" and "Comfort": native disclosures that work without script. With script they also
 * close with Esc or a tap outside. From anywhere F1 opens the contacts, and F2 goes to "Talk to a person". */

import * as frame from "./frame.js";
import { byId } from "./page.js";

const help = byId("help");
const sheets = [help, byId("comfort")].filter(Boolean);   // Not every page has both.

/** Begin. */
export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "F1") {
      event.preventDefault();
      help.open = true;
      help.querySelector("a").focus();
    }
    if (event.key === "F2") {
      event.preventDefault();
      toPerson();
    }
    if (event.key === "Escape" && !event.isComposing && !event.repeat) {
      const open = sheets.filter((sheet) => sheet.open);
      if (open.length) open.forEach(close);
      else frame.close();
    }
  });
  document.addEventListener("click", (event) => {
    for (const sheet of sheets) if (sheet.open && !sheet.contains(event.target)) sheet.open = false;
  });
  for (const sheet of sheets) {
    sheet.addEventListener("toggle", () => {
      if (sheet.open) sheets.filter((other) => other !== sheet).forEach((other) => (other.open = false));
    });
  }
}

/** Go to "Talk to a person"; Enter then asks for one. */
export function toPerson() {
  sheets.forEach((sheet) => (sheet.open = false));
  byId("person").querySelector("button").focus();
}

function close(sheet) {
  const hadFocus = sheet.contains(document.activeElement);
  sheet.open = false;
  if (hadFocus) sheet.querySelector("summary").focus();
}

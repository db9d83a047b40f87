/* The name that a sender is shown by. */

import { page, say } from "./page.js";

const words = page.words;

/** You, the bot, or a person of the team. */
export function nameOf({ from, name }) {
  if (from === "patient") return words.you;
  if (from === "staff") return name ? say(words.team, { name }) : words.someone;
  return words.bot;
}

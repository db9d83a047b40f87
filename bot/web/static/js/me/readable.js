/* The file that is easy to read: what was said and kept, in the order of time, as plain text. */

import { page, say } from "../chat/page.js";
import { nameOf } from "../chat/names.js";
import { moment } from "./charts.js";

const words = page.me;

/** The text of the file, from the export. */
export function readable({ messages, answers, read_by, note }) {
  const parts = [
    [words.file_chat, messages.map((one) => `${moment(one.at)} ${nameOf({ from: one.sender, name: one.name })}: ${one.text}`)],
    [words.file_answers, answers.map((one) => `${moment(one.at)} ${one.wording} ${shown(one)}`)],
    [words.readers, read_by.map((one) => `${moment(one.at)} ${one.by}`)],
  ];
  const sections = parts.map(([title, lines]) => `${title}\n\n${lines.join("\n") || words.none}`);
  return [say(words.file_title, { day: moment(new Date()) }), ...sections, note].join("\n\n\n") + "\n";
}

function shown({ value, text }) {
  if (text) return text;
  return Array.isArray(value) ? value.join(", ") : String(value === null ? words.no_value : value);
}

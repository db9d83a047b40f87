/* Contacts as a list of things to tap, with their hours: the same as in the page's HTML (templates/pages/pieces.html). */

import { make, page, say } from "./page.js";

const words = page.help;

/** A list of contacts for a card. */
export function contactList(contacts) {
  return make("ul", { class: "contacts" }, ...contacts.map(contactItem));
}

function contactItem({ role, name, number, tel, text_to, hours }) {
  const ways = make("p", { class: "contact-ways" });
  if (tel) ways.append(make("a", { class: "call", href: "tel:" + tel }, say(words.call, { number })));
  if (text_to) {
    const label = tel ? say(words.text, { number: text_to.split("?")[0] }) : number[0].toUpperCase() + number.slice(1);
    ways.append(" ", make("a", { class: "call", href: "sms:" + text_to }, label));
  }
  const who = make("div", { class: "contact-who" },
    make("p", { class: "contact-name" }, name),
    make("p", { class: "contact-hours" }, hours ? say(words.hours, { hours }) : words.hours_unknown));
  return make("li", { class: "contact", "data-role": role }, who, ways);
}

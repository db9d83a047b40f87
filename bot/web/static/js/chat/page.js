/* What the server wrote into the page: the clinic, and all wording. */

export const page = JSON.parse(document.getElementById("page").textContent);

/** A wording with its {braces} filled in. */
export function say(text, values = {}) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const byId = (id) => document.getElementById(id);

/** An element. Text always becomes text, never markup: a patient's "< 5 mg" stays as it is. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

// Single keys, as WCAG 2.2 (2.1.4) allows them: they can be switched off, and never act while somebody types.

const OFF = "between-console-shortcuts-off";
const dialog = document.querySelector("[data-shortcut-help]");

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || dialog?.open) return;
    const act = event.key === "?" ? help : isOn() && ACTS[event.key];
    if (act && act() !== false) event.preventDefault();
  });
  for (const box of document.querySelectorAll("[data-shortcuts]")) {
    box.checked = isOn();
    box.addEventListener("change", () => set(box.checked));
  }
  document.querySelector("[data-help]")?.addEventListener("click", (event) => {
    if (help() !== false) event.preventDefault();
  });
  dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  c: () => press(chosen()?.querySelector("[data-claim]") ?? document.querySelector("body[data-record] [data-claim]")),
  a: () => press(document.querySelector("body[data-record] [data-acknowledge]")),
  n: () => focus(document.querySelector("[data-note]")),
  q: () => location.assign("/console"),
};

function help() {
  if (!dialog) return false;
  dialog.showModal();
  return true;
}

function chosen() {
  return document.activeElement?.closest("[data-row]");
}

function step(by) {
  const links = [...document.querySelectorAll("[data-row] [data-open]")];
  const now = links.findIndex((link) => link.closest("[data-row]") === chosen());
  const next = now < 0 ? (by > 0 ? 0 : links.length - 1) : now + by;
  return focus(links[next]);
}

function focus(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
  return Boolean(element);
}

function press(button) {
  button?.click();
  return Boolean(button);
}

function isTyping(element) {
  return element.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]") != null;
}

function isOn() {
  try { return localStorage.getItem(OFF) === null; } catch { return true; }
}

function set(on) {
  try { on ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "yes"); } catch { /* It holds for this page only. */ }
}

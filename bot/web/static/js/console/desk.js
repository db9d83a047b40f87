// The desk: a ready-made reply goes into the box without loading the page; the patient sees that somebody writes.

const TYPING_MS = 4000;

export function prepareDesk() {
  const box = document.querySelector("[data-reply]");
  if (!box) return;
  for (const link of document.querySelectorAll("[data-ready]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      box.value = [box.value.trim(), link.dataset.ready].filter(Boolean).join(" ");
      box.focus();
    });
  }
  let told = 0;
  box.addEventListener("input", () => {
    if (Date.now() - told < TYPING_MS) return;
    told = Date.now();
    fetch(box.form.dataset.typing, { method: "POST" }).catch(() => {});
  });
}

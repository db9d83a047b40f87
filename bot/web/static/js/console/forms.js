// Forms are sent once, however often somebody taps; what was typed is not lost by leaving or by showing what is new.

let leaving = false;

export function guardForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-download]")) return; // The page stays, and may be asked again.
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    leaving = true;
  });
  addEventListener("pageshow", () => {
    leaving = false;
    for (const form of document.forms) delete form.dataset.sent;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && isDirty()) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-renew]")) renew(event);
  });
}

function isDirty() {
  return [...document.querySelectorAll("textarea:not([readonly])")].some((field) => field.value !== field.defaultValue);
}

// Shows what is new in the record and leaves the forms as they are.
async function renew(event) {
  event.preventDefault();
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of [".column-said", ".column-story", "[data-board]"]) {
      document.querySelector(part).replaceWith(fresh.querySelector(part));
    }
    const seen = document.querySelector("[name=last_signal_seq]");
    if (seen) seen.value = fresh.querySelector("[name=last_signal_seq]")?.value ?? seen.value;
    document.querySelector("[data-stream]").dataset.stream = fresh.querySelector("[data-stream]").dataset.stream;
    document.dispatchEvent(new CustomEvent("between:renewed"));
    const newest = document.querySelector(".column-story .turn:last-child");
    newest?.setAttribute("tabindex", "-1");
    newest?.focus();
    newest?.scrollIntoView({ block: "center" });
  } catch {
    location.assign(location.pathname);
  }
}

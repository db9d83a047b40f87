/* The loader on a clinic's page: a button, the crisis contacts, and a frame on our origin in which all else runs. The
 * server puts `given` before it: {clinic, words, contacts, style} (bot/web/pages/widget.py). Nothing here is asked for
 * over the network but the frame; page and frame say only open, close, size and unread, each to one exact origin. */

const ours = new URL(document.currentScript.src).origin;
const script = document.currentScript;
const TAG = "between-sessions";
const FRAME_NAME = "between-sessions";
const ANSWER_SECONDS = 10;
const TWICE_MS = 1200;
const PARTING_MS = 300;
const NIGHT_HOURS = { from: 22, to: 7 };
const NARROW = "(max-width: 30rem), (max-height: 30rem)";

class Widget extends HTMLElement {
  connectedCallback() {
    const found = Widget.clinics[this.getAttribute("clinic")];
    if (found && !this.drawn && window.HTMLDialogElement) this.draw(found);
  }

  /** The shadow keeps the page's style out, and holds no secret: whatever page script might read stays in the frame. */
  draw({ clinic, words, contacts, style }) {
    this.drawn = true;
    const root = this.attachShadow({ mode: "open" });
    if (root.adoptedStyleSheets) {
      const sheet = new CSSStyleSheet();   // Needs no permission of the page's content policy, unlike <style>.
      sheet.replaceSync(style);
      root.adoptedStyleSheets = [sheet];
    } else root.append(make("style", {}, style));

    const opener = make("button", { class: "chat", "aria-haspopup": "dialog" }, words.open);
    const helper = make("button", { class: "help", "aria-haspopup": "dialog" }, words.help);
    const closer = make("button", { class: "close" }, words.close);
    const room = make("div", { class: "room" });
    const lost = make("div", { class: "lost", hidden: "" }, make("p", {}, words.lost), list(contacts, words));
    const panel = make("dialog", { class: "panel", "aria-label": words.title },
      make("div", { class: "top" }, make("p", {}, words.title), closer), lost, room);
    const done = make("button", {}, words.close);
    const sheet = make("dialog", { class: "sheet", "aria-label": words.help },
      make("div", { class: "top" }, make("p", {}, words.help), done), make("p", {}, words.lead), list(contacts, words),
      make("p", { class: "small" }, words.note));
    const bar = make("div", { class: "bar", role: "region", "aria-label": words.region }, helper, opener);
    root.append(bar, panel, sheet);

    const hour = new Date().getHours();
    this.toggleAttribute("data-dim", hour >= NIGHT_HOURS.from || hour < NIGHT_HOURS.to);

    let frame = null;
    let timer = null;
    let lastEscape = -TWICE_MS;
    const tell = (message) => frame && frame.contentWindow && frame.contentWindow.postMessage(message, ours);
    const welcome = async () => panel.open && tell({ type: "open", identity: await this.identity() });

    const show = () => {
      if (panel.open) return;
      this.unread(opener, words, 0);
      if (window.matchMedia(NARROW).matches) panel.showModal();
      else panel.show();
      bar.hidden = true;
      if (!frame) {
        frame = make("iframe", { title: words.frame, name: FRAME_NAME, allow: "", referrerpolicy: "no-referrer" });
        frame.addEventListener("load", welcome);
        frame.src = ours + "/chat?clinic=" + encodeURIComponent(clinic);
        room.append(frame);
        timer = setTimeout(() => (lost.hidden = false), ANSWER_SECONDS * 1000);
      } else welcome();
      frame.focus();
    };
    const hide = () => {
      bar.hidden = false;   // Before the dialog gives the focus back to where it was.
      if (panel.open) panel.close();
    };
    const leave = (hasForgotten) => {
      document.documentElement.style.setProperty("display", "none", "important");
      if (!hasForgotten) tell({ type: "close", leave: true });
      setTimeout(() => window.location.replace(words.leave_to), hasForgotten ? 0 : PARTING_MS);
    };

    opener.addEventListener("click", () => (panel.open ? hide() : show()));
    closer.addEventListener("click", hide);
    helper.addEventListener("click", () => sheet.showModal());
    done.addEventListener("click", () => sheet.close());
    panel.addEventListener("close", () => {
      bar.hidden = false;
      tell({ type: "close" });
      opener.focus();
    });
    document.addEventListener("keydown", (event) => {
      const { key, isComposing, repeat, timeStamp } = event;
      if (key === "F1" && panel.open) {   // As inside the frame; where the chat is closed, the key is the page's.
        event.preventDefault();
        if (!sheet.open) sheet.showModal();
      }
      if (key === "F2" && panel.open) {
        event.preventDefault();
        sheet.close();
        frame.focus();
        tell({ type: "open", person: true });
      }
      if (key !== "Escape" || isComposing || repeat) return;
      if (timeStamp - lastEscape < TWICE_MS) return leave(false);
      lastEscape = panel.open ? timeStamp : -TWICE_MS;
      hide();
    });

    window.addEventListener("message", ({ data, origin, source }) => {
      if (!frame || source !== frame.contentWindow || origin !== ours || !data) return;
      if (data.type === "open") {
        clearTimeout(timer);
        lost.hidden = true;
        if (data.again) welcome();
      }
      if (data.type === "close") {
        if (data.leave) return leave(true);
        lastEscape = data.escape ? performance.now() : -TWICE_MS;
        hide();
      }
      if (data.type === "size") {
        panel.classList.toggle("wide", data.wide === true);
        this.toggleAttribute("data-dim", data.dim === true);
      }
      if (data.type === "unread") this.unread(opener, words, panel.open ? 0 : Number(data.count) || 0);
    });
  }

  unread(opener, words, count) {
    opener.classList.toggle("unread", count > 0);
    opener.textContent = count > 0 ? words.unread : words.open;
  }

  /** Who is logged in here, as a token that the page's own server has signed; asked for anew each time. */
  async identity() {
    const address = this.getAttribute("identity-from");
    if (!address) return null;
    try {
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store" });
      return (await answer.json()).identity || null;
    } catch (error) {
      return null;   // The frame says so if this clinic needs one.
    }
  }
}
Widget.clinics = {};

/** Contacts as things to tap. What fills this in is text, never markup. */
function list(contacts, words) {
  return make("ul", {}, ...contacts.map(({ name, number, tel, text_to, hours }) => {
    const item = make("li", {}, make("span", {}, name, hours ? make("small", {}, hours) : ""));
    if (tel) item.append(make("a", { href: "tel:" + tel }, words.call.replace("{number}", number)));
    else if (text_to) item.append(make("a", { href: "sms:" + text_to }, number));
    return item;
  }));
}

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  if (tag === "button") element.type = "button";
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

/** Where the page has no element for this clinic, one is put at its end; the script's data- attributes become its own. */
function place() {
  if (document.querySelector(TAG + "[clinic=" + JSON.stringify(given.clinic) + "]")) return;
  const element = document.createElement(TAG);
  element.setAttribute("clinic", given.clinic);
  for (const { name, value } of script.attributes) {
    if (name.startsWith("data-")) element.setAttribute(name.slice(5), value);
  }
  document.body.append(element);
}

const known = customElements.get(TAG) || Widget;
known.clinics[given.clinic] = given;
if (known === Widget) customElements.define(TAG, Widget);
else document.querySelectorAll(TAG).forEach((element) => element.connectedCallback());
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", place);
else place();

// Tells by a sound and by a notice of the browser that something new came in, on the queue and on every page that is
// read beside it. Both can be muted and tested; the choice stays on this device. A browser that holds the sound back
// until somebody has touched the page is said so in plain sight: silence must never pass for quiet.

const SOUND_OFF = "between-console-sound-off";
const NOTICE_ON = "between-console-notice-on";
const AGAIN_MS = 20_000;
const EMERGENCY = [[880, 0], [1175, 0.2], [1480, 0.4]]; // Hertz, and seconds from the beginning.
const OTHER = [[523, 0]];
const TONE_SECONDS = 0.18;

const place = document.querySelector("[data-alarm]");
let player;
let unseen = 0;

export function listenForAlarms() {
  if (!place) return;
  document.addEventListener("between:told", (event) => hear(event.detail));
  if (!document.querySelector('[data-stream="/console/queue/stream?show=all"]')) followQueue();
  setInterval(() => unseen && play("emergency"), AGAIN_MS);
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, wake, true);
  prepareSound();
  prepareNotice();
}

// What the stream of a page has told: what is new (nothing, or the gravest level of it), and how many emergencies wait.
function hear(told) {
  if (told.unseen !== undefined) unseen = told.unseen;
  if (!told.alarm) return;
  play(told.alarm);
  notify(place.dataset.body);
}

function followQueue() {
  const source = new EventSource(place.dataset.streamOfQueue);
  source.addEventListener("board", (event) => {
    const told = JSON.parse(event.data);
    hear(told);
    const news = place.querySelector("[data-elsewhere]");
    if (told.alarm) news.querySelector("span").textContent = told.say;
    if (told.alarm) news.hidden = false;
  });
}

/* ---- the sound ---- */

function prepareSound() {
  const box = place.querySelector("[data-sound]");
  box.checked = !read(SOUND_OFF);
  box.addEventListener("change", () => {
    keep(SOUND_OFF, !box.checked);
    showSound();
  });
  place.querySelector("[data-try-sound]").addEventListener("click", () => sound("emergency"));
  place.querySelector("[data-let-sound]").addEventListener("click", wake);
  wake().then(showSound);
}

async function wake() {
  player ??= new AudioContext();
  if (player.state === "running") return;
  showSound();
  try { await Promise.race([player.resume(), new Promise((done) => setTimeout(done, 300))]); } catch { /* It is told. */ }
  showSound();
}

function showSound() {
  const muted = Boolean(read(SOUND_OFF));
  const state = place.querySelector("[data-sound-state]");
  state.textContent = muted ? state.dataset.muted : state.dataset.on;
  place.querySelector("[data-held-back]").hidden = muted || player.state === "running";
}

function play(level) {
  if (!read(SOUND_OFF)) sound(level);
}

async function sound(level) {
  await wake();
  if (player.state !== "running") return; // It would come late, when somebody touches the page.
  for (const [hertz, at] of level === "emergency" ? EMERGENCY : OTHER) {
    const tone = player.createOscillator();
    const loudness = player.createGain();
    const start = player.currentTime + at;
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.4, start);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + TONE_SECONDS);
    tone.connect(loudness).connect(player.destination);
    tone.start(start);
    tone.stop(start + TONE_SECONDS);
  }
  place.dataset.played = String(Number(place.dataset.played ?? 0) + 1);
}

/* ---- the notice ---- */

function prepareNotice() {
  const box = place.querySelector("[data-notice]");
  const allowed = "Notification" in window && Notification.permission === "granted";
  box.checked = allowed && Boolean(read(NOTICE_ON));
  box.addEventListener("change", async () => {
    box.checked = box.checked && await allow();
    keep(NOTICE_ON, box.checked);
  });
  place.querySelector("[data-try-notice]").addEventListener("click", async () => await allow() && show(place.dataset.test));
}

async function allow() {
  if (!("Notification" in window)) return trouble("cannot");
  if (await Notification.requestPermission() !== "granted") return trouble("refused");
  return true;
}

function notify(body) {
  if (read(NOTICE_ON) && !document.hasFocus()) show(body);
}

function show(body) {
  try {
    const notice = new Notification(place.dataset.title, { body, tag: "between", renotify: true });
    notice.onclick = () => { focus(); notice.close(); };
  } catch { // Telephones show notices of installed apps only.
    trouble("cannot");
  }
}

function trouble(name) {
  const line = place.querySelector("[data-notice-trouble]");
  line.textContent = line.dataset[name];
  line.hidden = false;
  return false;
}

function read(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function keep(name, on) {
  try { on ? localStorage.setItem(name, "yes") : localStorage.removeItem(name); } catch { /* It holds for this page only. */ }
}

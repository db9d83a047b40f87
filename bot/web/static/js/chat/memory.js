/* What this device may remember: only this tab, unless the patient says that the device is theirs.
 * Where storage is refused (some browsers do so inside frames), memory lasts as long as the page. */

const PREFIX = "between.";
const DEVICE_VALUES = ["session", "dim", "size", "aloud", "pace"];   // Never words: what is not sent yet stays in its tab.
const fallback = new Map();

const own = () => store("localStorage");
const tab = () => store("sessionStorage");

/** A value by name, or null. */
export function recall(name) {
  for (const place of [tab(), own()]) {
    const found = place && place.getItem(PREFIX + name);
    if (found) return parsed(found);
  }
  return fallback.has(name) ? fallback.get(name) : null;
}

/** Keep a value: in this tab, or on the device if it is a value for that and the device is the patient's own. */
export function keep(name, value) {
  fallback.set(name, value);
  write(DEVICE_VALUES.includes(name) && isOwnDevice() ? own() : tab(), name, value);
}

/** Forget one value. */
export function forget(name) {
  fallback.delete(name);
  for (const place of [tab(), own()]) if (place) place.removeItem(PREFIX + name);
}

/** Whether the patient said that this device is theirs. */
export function isOwnDevice() {
  const place = own();
  return Boolean(place && place.getItem(PREFIX + "own"));
}

/** Move what is kept to the device, or back to this tab only. */
export function setOwnDevice(yes) {
  const values = new Map(fallback);
  for (const place of [own(), tab()]) {
    for (const name of names(place)) values.set(name, parsed(place.getItem(PREFIX + name)));
  }
  values.delete("own");
  forgetAll();
  if (yes) write(own(), "own", true);
  for (const [name, value] of values) keep(name, value);
}

/** Leave nothing behind. */
export function forgetAll() {
  fallback.clear();
  for (const place of [tab(), own()]) for (const name of names(place)) place.removeItem(PREFIX + name);
}

function names(place) {
  const keys = place ? Array.from({ length: place.length }, (_, at) => place.key(at)) : [];
  return keys.filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
}

function store(name) {
  try {
    return window[name];
  } catch (error) {
    return null;
  }
}

function write(place, name, value) {
  try {
    place.setItem(PREFIX + name, JSON.stringify(value));
  } catch (error) {
    // Full or refused: the fallback has it.
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return null;
  }
}

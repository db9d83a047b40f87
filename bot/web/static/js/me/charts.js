/* Charts as inline SVG, drawn without colour as the only sign, each with its numbers in a table behind it. */

import { make, page, say } from "../chat/page.js";

const SVG = "http://www.w3.org/2000/svg";
const words = page.me;
const WIDTH = 320;
const HEIGHT = 120;
const LEFT = 24;
const RIGHT = 8;
const TOP = 14;
const BOTTOM = 18;

/** One rating over time. `points` are {at, value, mark}: no value leaves a gap, a mark is a change of dose in words. */
export function line(title, points, most) {
  const svg = picture(title, summary(points));
  const x = (at) => LEFT + at * (WIDTH - LEFT - RIGHT) / Math.max(1, points.length - 1);
  const y = (value) => HEIGHT - BOTTOM - value * (HEIGHT - TOP - BOTTOM) / most;
  for (const value of [0, most / 2, most]) {
    svg.append(draw("line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
      draw("text", { class: "axis", x: LEFT - 5, y: y(value) + 4, "text-anchor": "end" }, value));
  }
  for (const run of runs(points)) {
    const path = run.map(({ at, value }) => x(at) + "," + y(value)).join(" ");
    svg.append(draw("polyline", { class: "path", points: path }));
    for (const { at, value } of run) svg.append(draw("circle", { class: "point", cx: x(at), cy: y(value), r: 3 }));
  }
  points.forEach(({ mark }, at) => {
    if (!mark) return;
    svg.append(draw("line", { class: "change", x1: x(at), x2: x(at), y1: TOP, y2: HEIGHT - BOTTOM }),
      draw("path", { class: "change-sign", d: `M${x(at) - 4} ${TOP - 8}h8l-4 7z` }));
  });
  if (points.length) {
    svg.append(draw("text", { class: "axis", x: LEFT, y: HEIGHT - 4 }, day(points[0].at)),
      draw("text", { class: "axis", x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, day(points[points.length - 1].at)));
  }
  const rows = points.map(({ at, value, mark }) => [moment(at), value === null ? words.no_value : String(value), mark || ""]);
  return figure(title, svg, [words.when, title, words.change], rows);
}

/** How often, by a kind of time. `bars` are {label, count}. */
export function bars(title, columns) {
  const most = Math.max(1, ...columns.map(({ count }) => count));
  const svg = picture(title, columns.map(({ label, count }) => label + ": " + count).join(", "));
  const room = (WIDTH - LEFT - RIGHT) / columns.length;
  columns.forEach(({ label, count }, at) => {
    const height = count * (HEIGHT - TOP - BOTTOM) / most;
    const left = LEFT + at * room;
    svg.append(draw("rect", { class: "bar", x: left + 3, y: HEIGHT - BOTTOM - height, width: room - 6, height }),
      draw("text", { class: "axis", x: left + room / 2, y: HEIGHT - 4, "text-anchor": "middle" }, label));
    if (count) svg.append(draw("text", { class: "axis", x: left + room / 2, y: HEIGHT - BOTTOM - height - 3, "text-anchor": "middle" }, count));
  });
  return figure(title, svg, [words.when, words.times], columns.map(({ label, count }) => [label, String(count)]));
}

/** A day as people write it here. */
export function day(at) {
  return new Date(at).toLocaleDateString(page.language, { day: "numeric", month: "short" });
}

/** A day with its time. */
export function moment(at) {
  return day(at) + ", " + new Date(at).toLocaleTimeString(page.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function figure(title, svg, head, rows) {
  const table = make("table", {}, make("caption", { class: "unseen" }, title),
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...rows.map(([first, ...rest]) =>
      make("tr", {}, make("th", { scope: "row" }, first), ...rest.map((cell) => make("td", {}, cell))))));
  return make("figure", { class: "chart" }, make("figcaption", {}, title), svg,
    make("details", {}, make("summary", {}, make("span", {}, words.numbers), make("span", { class: "unseen" }, ": " + title)),
      make("div", { class: "table", tabindex: "0", role: "region", "aria-label": title }, table)));
}

function picture(title, said) {
  const svg = draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": title + ". " + said });
  return svg;
}

function summary(points) {
  const given = points.filter(({ value }) => value !== null);
  if (!given.length) return words.none;
  const values = given.map(({ value }) => value);
  const last = given[given.length - 1];
  return say(words.summary, { count: given.length, low: Math.min(...values), high: Math.max(...values), last: last.value, day: day(last.at) });
}

/** Neighbouring points that have a value, with their place. */
function runs(points) {
  const found = [[]];
  points.forEach(({ value }, at) => {
    if (value === null) found.push([]);
    else found[found.length - 1].push({ at, value });
  });
  return found.filter((run) => run.length);
}

function draw(tag, attributes, text = null) {
  const element = document.createElementNS(SVG, tag);
  for (const name of Object.keys(attributes)) element.setAttribute(name, attributes[name]);
  if (text !== null) element.textContent = text;
  return element;
}

// The pictures: signs of the services, dials, the line of a year, bars with the target line. Inline SVG of our own.
import { make } from "/assets/rujukan/draw.js";
import { month, number, percent, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  "spm-01": "M12 3.2a2.1 2.1 0 1 1 0 4.2 2.100 2.100 0 0 1 0-4.200M9.500 21V9.500h3.500l1 3c3 .8 3 5 0 5.500h-1V21",
  "spm-02": "M3 19v-9M3 16h18v3M21 16v-2.500a3 3 0 0 0-3-3h-7V16M7 13.500a1.700 1.700 0 1 0 0-3.400 1.700 1.700 0 0 0 0 3.400",
  "spm-03": "M12 20.500a8 8 0 1 0 0-16 8 8 0 0 0 0 16M9 11.500v.4M15 11.500v.4M9.500 15.500c1.500 1.200 3.500 1.200 5 0M12 4.500c-2 0-1.500 3 .8 2.600",
  "spm-04": "M12 7.500a2.400 2.400 0 1 0 0-4.800 2.400 2.400 0 0 0 0 4.800M6 10l6 1.500 6-1.500M9.500 21l.5-6v-3.500M14.500 21l-.5-6v-3.500M10 16h4",
  "spm-05": "M4 5.500C7 4 10 4.500 12 6c2-1.500 5-2 8-.5V19c-3-1.500-6-1-8 .5-2-1.500-5-2-8-.5zM12 6v13.500",
  "spm-06": "M4 8h16v11.500H4zM9 8V5h6v3M4 13h16M12 12v2.500",
  "spm-07": "M10 6.800a2.100 2.100 0 1 0 0-4.200 2.100 2.100 0 0 0 0 4.200M10 9l-1.500 5.500 3 2L12.500 21M8.500 14.500 6.500 21M10 9c2 .3 3 3 5.500 3M17.500 11.500V21",
  "spm-08": "M12 20.500S3.500 15 3.500 9.200a4.300 4.300 0 0 1 8.500-1.200 4.300 4.300 0 0 1 8.500 1.200c0 5.800-8.500 11.300-8.500 11.300zM5 12h3.500l1.700-3 2.600 5 1.700-2H19",
  "spm-09": "M12 3s6.500 7 6.500 11.500a6.500 6.500 0 0 1-13 0C5.500 10 12 3 12 3zM9.500 14.500h5M12 12v5",
  "spm-10": "M9 21v-3H7.500A1.500 1.500 0 0 1 6 16.500V14l-2-1 2-3.500a6.500 6.500 0 0 1 13 0c0 3-2 4-2 6.500v5M10 9.500h5M12.500 7v5",
  "spm-11": "M12 3.500V11l-2 2M12 11l2 2M10 7c-3 0-6 6-6 11 0 2 1 2.500 3 2s3-2 3-4zM14 7c3 0 6 6 6 11 0 2-1 2.500-3 2s-3-2-3-4z",
  "spm-12": "M9 3.500c0 5 7 12 7 17.500M15 3.500c0 5-7 12-7 17.500M9 3.500c2-.8 4-.8 6 0",
  "pip-1": "M3.500 13h3.500l2-6 3.500 11 2.500-8 1.500 3h4",
  "pip-2": "M18 3l3 3M19.500 4.500 15.500 8.500M10 6l8 8M11.500 7.500 5 14v5h5l6.500-6.500M5 19l-2 2M9 14l1.500 1.500",
  "pip-3": "M12 7.500c-3-2-7 0-7 5s3 8.500 5 8.500c1 0 1-.5 2-.5s1 .5 2 .5c2 0 5-3.500 5-8.500s-4-7-7-5zM12 7.500c0-2 1-4 3-4.500",
  "pip-4": "M4 21V8.500L12 3l8 5.500V21M3 21h18M12 9.500v6M9 12.500h6M9.500 21v-2.500h5V21",
};

/** An SVG element. */
export function draw(tag, properties = {}, ...inside) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(properties)) made.setAttribute(name, value);
  made.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== ""));
  return made;
}

export function sign(id) {
  const known = SIGNS[id] ?? SIGNS[id.split("-").slice(0, 2).join("-")] ?? SIGNS["pip-1"];
  return draw("svg", { viewBox: "0 0 24 24", class: "sign big", "aria-hidden": "true" }, draw("path", { d: known }));
}

/** The word of a PWS status with its arrow; colour never says it alone. */
export function chip(status, going) {
  if (!status) return null;
  const arrow = { up: "▲", same: "▬", down: "▼" }[going];
  return make("span", { className: `status s-${status}`, title: word(going) }, make("span", { "aria-hidden": "true" }, arrow), word(status));
}

/** How far round: coverage, with a notch where the line stands today. */
export function dial(coverage, line, size = 92) {
  const [r, c] = [40, 2 * Math.PI * 40];
  const part = Math.min(100, Math.max(0, coverage ?? 0)) / 100;
  const turn = (Math.min(100, line ?? 0) / 100) * 2 * Math.PI - Math.PI / 2;
  const at = (radius) => `${(50 + radius * Math.cos(turn)).toFixed(2)} ${(50 + radius * Math.sin(turn)).toFixed(2)}`;
  return draw("svg", { viewBox: "0 0 100 100", class: "dial", width: size, height: size, role: "img", "aria-label": percent(coverage) },
    draw("circle", { cx: 50, cy: 50, r, class: "track" }),
    coverage ? draw("circle", { cx: 50, cy: 50, r, class: "arc", "stroke-dasharray": `${(part * c).toFixed(2)} ${c.toFixed(2)}`, transform: "rotate(-90 50 50)" }) : null,
    line ? draw("path", { d: `M${at(33)}L${at(47)}`, class: "notch" }) : null,
    draw("text", { x: 50, y: 56, "text-anchor": "middle" }, percent(coverage, coverage < 10 ? 1 : 0)));
}

/** What was reached in each month, small. */
export function spark(months, upto) {
  if (!months || upto < 1) return null;
  const some = months.slice(1, upto + 1);
  const most = Math.max(1, ...some);
  return draw("svg", { viewBox: "0 0 120 28", class: "spark", "aria-hidden": "true", preserveAspectRatio: "none" },
    some.map((n, at) => draw("rect", { x: at * 10 + 1, width: 7, y: 28 - Math.max(1.5, (n / most) * 26), height: Math.max(1.5, (n / most) * 26), rx: 1.5, class: n ? "" : "nil" })));
}

const [LEFT, FOOT] = [44, 30];

/** The line of a year: cumulative coverage against both denominators, and the line it should follow. */
export function trend(told) {
  const [WIDE, HIGH] = innerWidth < 640 ? [360, 260] : [680, 280];
  const most = Math.max(100, ...told.points.flatMap((p) => [p.coverage ?? 0, p.official_coverage ?? 0]));
  const top = Math.ceil(most / 25) * 25;
  const x = (m) => LEFT + (m / 12) * (WIDE - LEFT - 16);
  const y = (v) => HIGH - FOOT - (v / top) * (HIGH - FOOT - 14);
  const way = (name) => told.points.filter((p) => p[name] !== null).map((p, n) => `${n ? "L" : "M"}${x(p.month).toFixed(1)} ${y(p[name]).toFixed(1)}`).join("");
  const svg = draw("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "trend", role: "img", "aria-label": word("trend") });
  for (let v = 0; v <= top; v += top / 4) {
    svg.append(draw("path", { d: `M${LEFT} ${y(v)}H${WIDE - 16}`, class: v ? "grid" : "axis" }), draw("text", { x: LEFT - 8, y: y(v) + 4, "text-anchor": "end" }, percent(v, 0)));
  }
  for (let m = 1; m <= 12; m++) svg.append(draw("text", { x: x(m), y: HIGH - 8, "text-anchor": "middle" }, month(m, "short").slice(0, WIDE < 500 ? 1 : 3)));
  if (told.points.at(-1)?.line) svg.append(draw("path", { d: `M${x(0)} ${y(0)}L${x(12)} ${y(told.goal)}`, class: "target" }));
  const drawn = told.official ? ["official_coverage", "coverage"] : ["coverage"];
  for (const name of [...drawn].reverse()) {
    const line = way(name);
    if (!line) continue;
    const shown = told.points.filter((p) => p[name] !== null);
    const last = shown.at(-1);
    if (name === drawn[0]) svg.append(draw("path", { d: `${line}L${x(last.month)} ${y(0)}L${x(shown[0].month)} ${y(0)}Z`, class: "under" }));
    svg.append(draw("path", { d: line, class: `way ${name === drawn[0] ? "first" : "other-way"}` }));
    for (const p of shown) {
      const said = `${month(p.month)}: ${percent(p[name])} · ${number(p.served)} ${word("served")}`;
      svg.append(draw("circle", { cx: x(p.month), cy: y(p[name]), r: p === last ? 5 : 3, class: name === drawn[0] ? "first" : "other-way" }, draw("title", {}, said)));
    }
    if (name === drawn[0]) svg.append(draw("text", { x: Math.min(x(last.month) + 10, WIDE - 60), y: y(last[name]) - 9, class: "said" }, percent(last[name])));
  }
  const key = (cls, text) => make("span", { className: `key ${cls}` }, text);
  const legend = make("p", { className: "legend" }, key("first", word(told.official ? "official" : "registered")), told.official ? key("other-way", word("registered")) : null, told.points.at(-1)?.line ? key("target", word("line")) : null);
  return make("div", {}, svg, legend);
}

/** One bar of a list: how long (percent of `top`), with the target line across all of them. */
export function bar({ name, value, length, line, note, status, href, rank, tone = "" }) {
  const track = make("span", { className: "track" }, make("i", { className: tone }));
  track.firstChild.style.width = `${Math.max(0, Math.min(100, length))}%`;
  if (line !== undefined) {
    const mark = make("b", { "aria-hidden": "true" });
    mark.style.left = `${Math.min(100, line)}%`;
    track.append(mark);
  }
  const inside = [make("span", { className: "name" }, rank ? make("span", { className: "rank" }, String(rank)) : null, name), make("span", { className: "value" }, value, status), track, note ? make("span", { className: "note-line" }, note) : null];
  return make("li", {}, href ? make("a", { className: "bar-row", href }, inside) : make("div", { className: "bar-row" }, inside));
}

/** One bar in parts. */
export function stack(parts, whole) {
  const track = make("span", { className: "track stack" });
  for (const [tone, n, said] of parts) {
    const part = make("i", { className: tone, title: said });
    part.style.width = `${whole ? (100 * n) / whole : 0}%`;
    track.append(part);
  }
  return track;
}

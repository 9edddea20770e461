// KBK and UHC on the overview: a gauge for each first-level facility, what is still needed in words, the district's shares.
import { make } from "/assets/rujukan/draw.js";
import { call, session } from "/assets/session.js";
import { draw, sign } from "./charts.js";
import { month, number, percent, plain, spoken, word } from "./words.js";

const FEW = 6;
const KEPT = 60_000; // the page is drawn more often than what this counts from everybody changes
let told = null;

async function asked(path) {
  try {
    const [status, body] = await call(path);
    return status === 200 ? body : null;
  } catch { return null; }
}

/** Half a circle to twice the target, a notch at the target; the number is said below it. */
function gauge(value, target, unit) {
  const [r, c] = [40, Math.PI * 40];
  const part = Math.min(1, (value ?? 0) / (2 * target));
  return draw("svg", { viewBox: "0 0 100 62", class: "dial gauge", width: 104, height: 64, role: "img", "aria-label": `${plain(value)} ${unit}` },
    draw("path", { d: `M10 52A${r} ${r} 0 0 1 90 52`, class: "track" }),
    value ? draw("path", { d: `M10 52A${r} ${r} 0 0 1 90 52`, class: "arc", "stroke-dasharray": `${(part * c).toFixed(2)} ${c.toFixed(2)}` }) : null,
    draw("path", { d: "M50 19V5", class: "notch" }),
    draw("text", { x: 50, y: 54, "text-anchor": "middle" }, value === null ? word("few") : `${plain(value, value < 10 ? 1 : 0)}${unit}`));
}

function tile(row) {
  const [contact, ...others] = row.figures;
  const band = row.percent === null ? null : make("span", { className: `status s-${row.percent === 100 ? "Baik" : "Kurang"}` }, word("paid", { n: String(row.percent) }));
  return make("li", {}, make("div", { className: `tile still kbk s-${contact.rating === 4 ? "Baik" : "Kurang"}`, "data-facility": row.facility },
    make("span", { className: "head" }, sign("spm-06"), "KBK", band),
    make("h3", {}, row.name),
    gauge(contact.value, contact.target, contact.unit),
    make("dl", {},
      make("dt", {}, word("members")), make("dd", {}, make("b", {}, number(row.members)), row.members_from === "list" ? null : ` ${word("known")}`),
      others.flatMap((f) => [make("dt", { title: spoken(f.title) }, f.code.toUpperCase()), make("dd", {}, f.value === null ? word("few") : `${plain(f.value, 2)}${f.unit}`)]),
      make("dt", {}, word("score")), make("dd", {}, plain(row.score, 2))),
    contact.words ? make("p", { className: "small soft" }, spoken(contact.words)) : null));
}

function shares(told) {
  const t = told.total;
  const line = (name, value, least) => [make("dt", {}, word(name)), make("dd", {}, make("b", {}, percent(value, 2)), least ? ` / ${percent(least, 0)}` : null)];
  return make("li", {}, make("div", { className: "tile still uhc" },
    make("span", { className: "head" }, sign("spm-03"), "UHC", told.reaches === null ? null : make("span", { className: `status s-${told.reaches ? "Baik" : "Kurang"}` }, word(told.reaches ? "reached" : "unreached"))),
    make("h3", {}, word("uhc")),
    make("dl", {}, line("registeredShare", t.registered_of_population, told.registered_threshold), line("activeShare", t.active_of_registered, told.active_threshold), line("activeOfAll", t.active_of_population))));
}

/** What was asked last, for a minute; somebody else's answers are never shown. */
function recent() {
  if (!told || told.token !== session.token || Date.now() - told.at > KEPT) {
    told = { token: session.token, at: Date.now(), answers: Promise.all([asked("/v1/kbk"), asked("/v1/uhc")]) };
  }
  return told.answers;
}

/** The JKN part of the overview; null where nobody is registered anywhere. */
export async function jkn() {
  const [kbk, uhc] = await recent();
  const rows = (kbk?.rows ?? []).filter((r) => r.members > 0);
  if (!rows.length) {
    told = null; // perhaps it has only not arrived yet
    return null;
  }
  const far = (r) => (r.facility === session.facility ? -1 : r.figures[0].value ?? Infinity);
  rows.sort((a, b) => far(a) - far(b));
  const rest = rows.slice(FEW);
  const name = `${word("kbk")} · ${month(Number(kbk.month.slice(5)))}`;
  return make("section", { id: "kbk" }, make("h2", { className: "family" }, name),
    make("ul", { className: "tiles" }, uhc ? shares(uhc) : null, rows.slice(0, FEW).map(tile)),
    rest.length ? make("details", { className: "how" }, make("summary", {}, word("all", { n: String(rows.length) })), make("ul", { className: "tiles" }, rest.map(tile))) : null);
}

// The page itself: who is signed in, which indicator is shown, and that what is shown stays true.
import { make, sign as mark } from "/assets/rujukan/draw.js";
import { call, leave, onEnter, session } from "/assets/session.js";
import { chip, dial, sign, spark } from "./charts.js";
import { jkn } from "./jkn.js";
import { one } from "./one.js";
import { detail, forget, units } from "./units.js";
import { day, month, number, percent, plain, spoken, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const FRESH = 15_000;
let year = null;
let drawn = "";
let turn = 0;

export function say(text) {
  if ([...$("alarm").children].some((said) => said.textContent === text)) return; // seven questions, one answer
  const note = make("div", { className: "note wrong" }, mark("alert"), make("span", {}, text));
  $("alarm").append(note);
  setTimeout(() => note.remove(), 9_000);
}

/** What the house answers to a GET; a refusal is said (unless `quiet`) and null is given. */
export async function get(path, query = {}, quiet = false) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== ""));
  try {
    const [status, body] = await call(`/v1/indicators${path}${asked.size ? `?${asked}` : ""}`);
    if (status === 200) return body;
    if (status !== 401 && !quiet) say(body.errors?.[0]?.detail ?? body.detail ?? word("away"));
  } catch { if (!quiet) say(word("away")); }
  return null;
}

const short = (id) => id.toUpperCase().replace("-", " ").replace(/ 0/, " ");

function tile(card) {
  const goal = card.official;
  const said = (n, whole) => make("dd", {}, make("b", {}, number(n)), ` / ${number(whole)}`);
  const whole = goal ? goal.coverage : card.coverage;
  return make("li", {}, make("a", { className: `tile s-${card.status ?? "none"} better-${card.better}`, href: `#/${card.standard}`, "data-standard": card.standard },
    make("span", { className: "head" }, sign(card.id), short(card.id), card.in_force && !card.beside ? null : make("span", { className: "set" }, card.standard.slice(card.id.length + 1)), chip(card.status, card.direction)),
    make("h3", {}, spoken(card.title)),
    dial(whole, card.line),
    make("dl", {},
      make("dt", {}, word("official")), goal ? said(card.served, goal.value) : make("dd", { className: "soft" }, word("none")),
      make("dt", {}, word("registered")), said(card.served, card.eligible),
      make("dt", {}, ""), make("dd", { className: "soft" }, percent(card.coverage))),
    spark(card.months, Number(card.as_of.slice(5, 7)))));
}

/** Life expectancy: from the record's deaths, beside what BPS publishes. */
function lifetime(told) {
  const bps = told.official.filter((o) => o.sex === "all").at(-1);
  const said = told.e0 === null ? null : plain(told.e0);
  return make("li", {}, make("div", { className: "tile still" },
    make("span", { className: "head" }, sign("pip-1"), "PIP 1", make("span", { className: "status" }, word("indicative"))),
    make("h3", {}, spoken(told.title)),
    make("span", { className: "grand" }, said ?? "–", said ? make("small", {}, word("years")) : null),
    make("dl", {}, make("dt", {}, "BPS"), make("dd", {}, bps ? `${plain(bps.value, 2)} (${bps.year})` : word("none")),
      said ? [make("dt", {}, "95%"), make("dd", {}, `${plain(told.low)} – ${plain(told.high)}`)] : null),
    told.refused ? make("p", { className: "soft small" }, spoken(told.refused)) : null));
}

/** The SPM index, or how far it is from being one. */
function index(told) {
  const { index: whole, so_far: far, category, complete, of } = told.district;
  const value = whole ?? far;
  if (value === null) return null;
  const said = whole === null ? word("soFar", { n: complete, all: of }) : category;
  return make("span", { className: "index", title: told.regulation }, word("index"), " ", make("b", {}, plain(value, 2)), " ", make("span", { className: "soft" }, said));
}

function lead(cards, spm) {
  const services = cards.filter((c) => c.id.startsWith("spm-") && !c.beside && c.in_force);
  if (!services.length) return make("p", { className: "none" }, word("empty"));
  const above = services.filter((c) => c.status === "Baik" || c.status === "Kurang").length;
  const hidden = services.filter((c) => c.suppressed && !c.status).length;
  const fill = { n: above, all: services.length, above: word("above"), month: month(Number(services[0].as_of.slice(5, 7))), line: percent(services[0].line) };
  const strip = make("span", { className: "strip" }, services.map((c) =>
    make("a", { href: `#/${c.standard}`, className: `s-${c.status ?? "none"}`, title: `${short(c.id)} · ${c.status ? word(c.status) : word("few")}` }, String(Number(c.id.slice(4))))));
  return make("div", { className: "lead" }, strip, make("span", {}, word("lead", fill), hidden ? make("span", { className: "soft" }, ` ${hidden} ${word("few")}.`) : null), spm ? index(spm) : null);
}

function years(cards) {
  const now = new Date().getFullYear();
  const first = Math.max(now, cards[0]?.year ?? now);
  return make("select", { onchange: (e) => { year = Number(e.target.value); show(true); } }, [...new Set([first, now, now - 1, year ?? now])].sort((a, b) => b - a).map((y) =>
    make("option", { value: String(y), selected: y === (year ?? cards[0]?.year) }, String(y))));
}

async function overview() {
  const [cards, spm, life, paid] = await Promise.all([get("", { year }), get("/index", { year }, true), get("/pip-1", {}, true), jkn()]);
  if (!cards) return null;
  const families = [
    ["spm", cards.filter((c) => c.id.startsWith("spm") && c.in_force && !c.beside)],
    ["pip", cards.filter((c) => c.id.startsWith("pip") && c.in_force && !c.beside)],
    ["beside", cards.filter((c) => c.beside || !c.in_force)],
  ];
  const made = make("div", {},
    make("div", { className: "top" }, make("h1", { tabIndex: -1 }, word("title")),
      make("div", { className: "when" }, make("span", { className: "pulse" }, `${word("asOf")} ${cards[0] ? day(cards[0].as_of) : ""}`), make("label", {}, make("span", { className: "away" }, word("year")), years(cards)))),
    lead(cards, spm));
  for (const [name, some] of families) {
    if (some.length) made.append(make("h2", { className: "family" }, word(name)), make("ul", { className: "tiles" }, name === "pip" && life ? lifetime(life) : null, some.map(tile)));
  }
  if (paid) made.append(paid);
  return made;
}

/** Draw what the address says; `again` also when nothing of it has changed. */
async function show(again = false) {
  if (!session.token) return;
  const mine = ++turn;
  const [path, asked = ""] = location.hash.slice(2).split("?");
  const [standard = "", page = "", id = ""] = path.split("/").map(decodeURIComponent);
  const query = new URLSearchParams(asked);
  let made;
  if (!standard) made = await overview();
  else if (page === "units") made = await units(standard, query, year);
  else if (page === "u") made = await detail(standard, id, query, year);
  else made = await one(standard, query, year);
  if (!made || mine !== turn || !session.token) return;
  const focused = document.activeElement?.closest?.("[data-keep]")?.dataset.keep;
  $("room").replaceChildren(made);
  document.title = `${made.dataset.title ?? word("title")} · Simpul ILP`;
  if (focused) document.querySelector(`[data-keep="${focused}"]`)?.focus();
  if (drawn !== path && !again) {
    made.querySelector("h1")?.focus();
    scrollTo(0, 0);
  }
  drawn = path;
}

function out() {
  leave();
  forget();
  document.title = `${word("title")} · Simpul ILP`;
  turn++;
  drawn = "";
  $("room").replaceChildren();
  $("room").hidden = true;
  $("leave").hidden = true;
  $("enter").hidden = false;
  document.body.classList.add("out");
}

onEnter(async () => {
  $("enter").hidden = true;
  $("room").hidden = false;
  $("leave").hidden = false;
  document.body.classList.remove("out");
  await show();
});
session.ended = () => { out(); say(word("ended")); };
$("leave").addEventListener("click", out);
addEventListener("hashchange", () => show());
document.addEventListener("language", () => show(true));
setInterval(() => { if (session.token && !document.hidden && !location.hash.includes("/u")) show(true); }, FRESH);

// KBK: every first-level facility's month as a card, one facility with its forecast, the people behind a figure, the money.
import { ending, make } from "/assets/rujukan/draw.js";
import { session } from "/assets/session.js";
import { gauge } from "./gauge.js";
import { get } from "./page.js";
import { day, monthName, number, rupiah, spoken, word } from "./words.js";

const OFFICE = new Set(["dinkes-admin", "dinkes-analyst", "auditor"]);
const BEHIND = { contact: ["contact"], rrns: ["rrns"], rppt: ["dm", "ht"] };
let month = null;

function figure(one, titled = true) {
  const value = one.value !== null ? `${number(one.value, 1)} ${one.unit}` : one.of === null ? word("withheld") : "–";
  return make("div", { className: `figure r-${one.rating ?? 0}`, "data-figure": one.code },
    make("p", { className: "line" }, make("span", {}, titled ? spoken(one.title) : `${word("target")} ${number(one.target, 1)} ${one.unit}`), make("b", {}, value)),
    gauge(one),
    make("p", { className: "line soft" },
      make("span", {}, one.of === null || one.count === null ? "" : `${number(one.count)} / ${number(one.of)}`),
      make("span", {}, one.rating ? word("rating", { n: one.rating }) : "")));
}

function paid(row) {
  if (row.percent === null) return null;
  return make("span", { className: `paid p-${row.percent === 100 ? "full" : "part"}`, title: spoken(row.why) },
    make("b", {}, `${row.percent} %`), ` ${word(row.adjusts === false ? "paidWould" : "paid")}`);
}

function card(row) {
  return make("li", {}, make("a", { className: "tile kbk", href: `#/kbk/${row.facility}`, "data-facility": row.facility },
    make("h3", {}, row.name), paid(row),
    make("div", { className: "figures" }, row.figures.map((one) => figure(one))),
    make("p", { className: "soft small" }, `${number(row.members)} ${word("members")}, ${word(`from.${row.members_from}`)}`)));
}

function months(chosen, redraw) {
  const start = new Date();
  const last = [...Array(6)].map((_, back) => {
    const one = new Date(start.getFullYear(), start.getMonth() - back, 15);
    return `${one.getFullYear()}-${String(one.getMonth() + 1).padStart(2, "0")}`;
  });
  return make("select", { "data-keep": "month", onchange: (event) => { month = event.target.value; redraw(); } },
    [...new Set([chosen, ...last])].sort().reverse().map((one) => make("option", { value: one, selected: one === chosen }, monthName(one))));
}

const top = (title, told, redraw) => make("div", { className: "top" }, make("h1", { tabIndex: -1 }, title),
  make("div", { className: "when" }, make("span", { className: "pulse" }, `${word("asOf")} ${day(told.as_of)}`),
    make("label", {}, make("span", { className: "away" }, word("month")), months(told.month, redraw))));

/** Every facility of the district; somebody of one facility begins with their own. */
export async function overview(redraw) {
  const told = await get("/v1/kbk", { month });
  if (!told) return null;
  const own = (row) => Number(row.facility === session.facility);
  const rows = told.rows.filter((row) => row.members || own(row)).sort((a, b) => own(b) - own(a) || (a.score ?? 9) - (b.score ?? 9));
  const rest = told.rows.length - rows.length;
  return make("div", {}, top("KBK", told, redraw), make("p", { className: "soft" }, word("kbkLead")),
    rows.length ? make("ul", { className: "tiles" }, rows.map(card)) : make("p", { className: "none" }, word("noKbk")),
    rest ? make("p", { className: "soft" }, word("nobody", { n: number(rest) })) : null);
}

function forecast(one) {
  const f = one.forecast;
  if (!f || f.needed === null) return null;
  const way = f.needed === 0 ? "reached" : (f.projected_rating ?? 0) >= 4 ? "reaching" : "missing";
  return make("div", { className: `forecast ${way}` },
    f.needed > 0 ? make("p", {}, make("b", { className: "grand" }, number(f.needed)), ` ${word("needed")} ${day(f.until)}`) : null,
    make("p", {}, make("b", {}, word(way)), f.pace_per_day === null ? "" : ` · ${word("pace")} ${number(f.pace_per_day, 1)} ${word("perDay")}`,
      f.projected_value === null ? "" : ` · ${word("projected")} ${number(f.projected_value, 1)} ${one.unit}`));
}

function opened(one, row) {
  const people = BEHIND[one.code].map((what) => make("a", { className: "second", href: `#/kbk/${row.facility}/${what}` }, word(`who.${what}`)));
  const mayOpen = session.role === "dinkes-admin" || row.facility === session.facility;
  return make("section", { className: "board" }, make("h2", {}, spoken(one.title)), figure(one, false), forecast(one),
    make("p", { className: "soft" }, spoken(one.words ?? one.formula)), mayOpen ? make("div", { className: "files" }, people) : null);
}

function restated(told) {
  if (!told.closed) return null;
  const change = (c) => make("li", {}, `${c.code}: ${word("was")} ${number(c.was, 1)}, ${word("now")} ${number(c.now, 1)}`);
  return make("section", { className: "board" }, make("h2", {}, `${word("closed")}, ${day(told.closes_on)}`), paid(told.closed),
    told.restated.length ? [make("h3", {}, word("restated")), make("ul", {}, told.restated.map(change))] : null);
}

function money(told) {
  if (!told) return null;
  const row = (name, value) => [make("dt", {}, word(name)), make("dd", {}, rupiah(value))];
  return make("section", { className: "board money" }, make("h2", {}, word("money")),
    make("dl", {}, row("expected", told.expected), row("listed", told.list_amount), row("difference", told.difference), row("atStake", told.at_stake)),
    make("ul", { className: "soft" }, told.reasons.map((why) => make("li", {}, `${rupiah(why.rupiah)}: ${spoken(why.words)}`))),
    make("p", { className: "soft" }, spoken(told.tariff_why)));
}

/** One facility's month: figures with their forecast, what closing knew, the money. */
export async function facility(code, redraw) {
  const mine = session.facility === code || session.role === "dinkes-admin";
  const [told, rupiahs] = await Promise.all([get(`/v1/kbk/${code}`, { month }), mine ? get(`/v1/kbk/${code}/capitation`, { month }, true) : null]);
  const row = told?.rows[0];
  if (!row) return null;
  const back = OFFICE.has(session.role) || session.facility !== code ? make("a", { href: "#/kbk", className: "back" }, `← ${word("back")}`) : null;
  return make("div", {}, back, top(row.name, told, redraw), make("p", {}, paid(row), row.score === null ? "" : ` ${word("score")} ${number(row.score, 2)}`),
    make("p", { className: "soft" }, `${number(row.members)} ${word("members")}, ${word(`from.${row.members_from}`)}. ${spoken(row.why)}`),
    make("div", { className: "boards three" }, row.figures.map((one) => opened(one, row))),
    make("div", { className: "boards" }, money(rupiahs), restated(told)));
}

const person = (one) => make("li", { className: "unit" }, make("b", {}, one.who?.name ?? word("unnamed")),
  make("p", { className: "soft" }, [one.who?.address, one.on && day(one.on), one.value].filter(Boolean).join(" · ")));

/** Those who still lack what the figure counts (of referrals: those that count against it); at a tick, the others. */
export async function people(code, figureName) {
  const [first, ticked] = figureName === "rrns" ? ["counted", "all"] : ["lacking", "counted"];
  let state = first;
  let named = false;
  const list = make("ul", { className: "units" });
  const load = async (after = null) => {
    const told = await get(`/v1/kbk/${code}/${figureName}/persons`, { month, state, after, names: named });
    if (!told) return;
    if (!after) list.replaceChildren();
    list.append(...told.items.map(person));
    list.nextElementSibling?.remove();
    const end = told.next ? make("button", { type: "button", className: "more" }, word("more")) : make("p", { className: "soft" }, list.children.length ? "" : word("none"));
    list.after(end);
    if (told.next) ending(end, () => load(told.next));
  };
  const names = make("label", { className: "check" }, make("input", { type: "checkbox", onchange: (event) => { named = event.target.checked; load(); } }), ` ${word("names")} `, make("small", { className: "soft" }, word("namesHelp")));
  const others = make("label", { className: "check" }, make("input", { type: "checkbox", onchange: (event) => { state = event.target.checked ? ticked : first; load(); } }), ` ${word(`others.${figureName}`)}`);
  const made = make("div", {}, make("a", { href: `#/kbk/${code}`, className: "back" }, "← KBK"),
    make("h1", { tabIndex: -1 }, word(`who.${figureName}`)), make("div", { className: "picks" }, others, names), list);
  await load();
  return made;
}

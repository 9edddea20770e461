// The units behind a number, and why one of them is counted as it is. Names only when asked for; each is logged.
import { make } from "/assets/rujukan/draw.js";
import { get } from "./page.js";
import { day, item, number, spoken, word } from "./words.js";

const PAIR = ["bp_systolic", "bp_diastolic"];
const STATES = ["missing", "served", "eligible"];
let named = false;
/** Whoever signs in next has not asked for names. */
export const forget = () => { named = false; };

const go = (hash) => { location.hash = hash; };
const at = (standard, query) => `#/${standard}/units?${query}`;

/** Until when it is due, or when it was. */
const late = (one) => [one.overdue ? word("overdue") : word("until"), one.due_until ? day(one.due_until) : null].filter(Boolean).join(" ");
/** What was measured; of a pair also which of the two. */
const value = (f) => (f.value === null || f.value === undefined ? null : [PAIR.includes(f.concept) ? word(f.concept) : null, number(f.value)].filter(Boolean).join(" "));

function lacks(row, items) {
  return make("ul", { className: "lacks" }, row.missing.map((m) =>
    make("li", { className: m.overdue ? "overdue" : "" }, item(m.item, items), m.due_until ? ` · ${late(m)}` : "")));
}

function card(row, standard, told, places) {
  const who = row.who?.name ?? `${row.unit_id.slice(0, 8)}…`;
  return make("li", { className: "unit" }, make("a", { href: `#/${standard}/u/${encodeURIComponent(row.unit_id)}` }, who),
    make("p", { className: "soft" }, [word(row.sex), word(row.payer === "unknown" ? "payerUnknown" : row.payer), places.get(row.village) ?? row.village].filter(Boolean).join(" · ")),
    row.served_on ? make("p", {}, `${word("done")} ${day(row.served_on)}`) : lacks(row, told.items));
}

/** A page of units, more on demand. */
export async function units(standard, query, year) {
  const path = `/${encodeURIComponent(standard)}`;
  const asked = { ...Object.fromEntries(query), year, limit: 50, ...(named ? { names: "true" } : {}) };
  const [told, first] = await Promise.all([get(path, { year, by: "village" }), get(`${path}/units`, asked)]);
  if (!told || !first) return null;
  const places = new Map(told.rows.map((r) => [r.code, r.name]));
  const list = make("ul", { className: "units" });
  const add = (page) => list.append(...page.items.map((row) => card(row, standard, told, places)));
  add(first);
  const more = make("button", { type: "button", className: "plain wide", hidden: !first.next }, word("more"));
  let next = first.next;
  more.onclick = async () => {
    const page = await get(`${path}/units`, { ...asked, after: next });
    if (!page) return;
    add(page);
    next = page.next;
    more.hidden = !next;
  };
  const state = query.get("state") ?? "eligible";
  const states = make("div", { className: "switch", role: "group" }, STATES.map((name) =>
    make("button", { type: "button", "aria-pressed": String(name === state), onclick: () => { const q = new URLSearchParams(query); q.set("state", name); if (name !== "missing") q.delete("missing"); go(at(standard, q)); } }, word(`state.${name}`))));
  const box = make("input", { type: "checkbox", checked: named, onchange: (e) => { named = e.target.checked; dispatchEvent(new HashChangeEvent("hashchange")); } });
  const where = [places.get(query.get("village")) ?? query.get("puskesmas"), query.get("missing") ? item(query.get("missing"), told.items) : null].filter(Boolean).join(" · ");
  return make("div", { "data-title": spoken(told.title) }, make("a", { className: "back", href: `#/${standard}` }, `← ${spoken(told.title)}`),
    make("div", { className: "top" }, make("h1", { tabIndex: -1 }, word("units")), make("span", { className: "soft" }, where)),
    make("div", { className: "picks" }, states, make("label", { className: "check" }, box, `${word("names")}`), make("span", { className: "soft" }, word("namesHelp"))),
    first.items.length ? list : make("p", { className: "none" }, word("nobodyHere")), more);
}

/** Every item of one unit, met or not, with the facts behind it. */
export async function detail(standard, id, query, year) {
  const path = `/${encodeURIComponent(standard)}`;
  const [told, found] = await Promise.all([get(path, { year, by: "sex" }), get(`${path}/units/${encodeURIComponent(id)}`, { year, ...(named ? { names: "true" } : {}) })]);
  if (!told || !found) return null;
  const items = found.items.map((i) => make("div", { className: `item ${i.met ? "met" : i.overdue ? "overdue" : ""}` },
    make("b", {}, item(i.item, told.items)), make("span", { className: "soft" }, ` · ${i.met ? `${word("met")} ${day(i.met_on)}` : i.overdue ? late(i) : i.due_until ? `${word("unmet")}, ${late(i)}` : word("unmet")}`),
    make("ul", { className: "facts" }, i.facts.map((f) => make("li", {}, [day(f.on), value(f), f.facility_name ?? f.facility, f.recorded_by].filter(Boolean).join(" · "))),
      i.withheld ? make("li", {}, word("withheld", { n: i.withheld })) : null)));
  return make("div", { "data-title": spoken(told.title) }, make("a", { className: "back", href: at(standard, "state=missing") }, `← ${word("units")}`),
    make("section", { className: "board" }, make("h1", { tabIndex: -1 }, found.who?.name ?? `${id.slice(0, 8)}…`), make("p", { className: "soft" }, `${spoken(told.title)} · ${found.year}${found.since && found.until ? ` · ${word("counted")} ${day(found.since)} – ${day(found.until)}` : ""}`), items));
}

// One indicator: its two coverages, the year, the places, what is missing, who and whose.
import { make } from "/assets/rujukan/draw.js";
import { ask, session } from "/assets/session.js";
import { bar, chip, dial, sign, stack, trend } from "./charts.js";
import { get, say } from "./page.js";
import { day, item, month, number, percent, signed, spoken, word } from "./words.js";

const CARERS = ["clinic-system", "clinician", "facility-admin", "puskesmas-staff", "hospital", "dinkes-admin"];
const SHOWN = 20;
const FORMS = ["csv", "xlsx"];
const PARTS = ["sex", "age", "payer", "kind", "facility"];
export const opens = () => CARERS.includes(session.role);
const board = (title, help, ...inside) => make("section", { className: "board" }, make("h2", {}, title), help ? make("p", { className: "soft" }, help) : null, inside);

/** The address of this indicator with something of its view changed. */
function to(standard, query, change) {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(change)) value === null ? next.delete(name) : next.set(name, value);
  return `#/${standard}${next.size ? `?${next}` : ""}`;
}
const go = (hash) => { history.replaceState(null, "", hash); dispatchEvent(new HashChangeEvent("hashchange")); };

function choice(standard, query, name, values, chosen) {
  return make("div", { className: "switch", role: "group" }, values.map((v) =>
    make("button", { type: "button", "aria-pressed": String(v === chosen), "data-keep": `${name}-${v}`, onclick: () => go(to(standard, query, { [name]: v })) }, word(v))));
}

async function fetched(standard, form, year) {
  const answer = await ask(`/v1/indicators/${standard}?by=village&format=${form}${year ? `&year=${year}` : ""}`).catch(() => null);
  if (!answer?.ok) return say(word("away"));
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: `${standard}.${form}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function head(told, pws, standard, year) {
  const { total } = told;
  const figure = (coverage, name, served, whole) => make("figure", {}, dial(coverage, pws.line, 104), make("figcaption", {}, word(name), make("b", {}, `${number(served)} / ${whole === null ? word("none") : number(whole)}`), word("served")));
  const goal = total.official;
  return make("header", { className: `one-head s-${pws.whole.status ?? "none"}` },
    make("div", {}, make("p", { className: "row soft" }, sign(told.id), told.regulation, chip(pws.whole.status, pws.whole.direction)),
      make("h1", { tabIndex: -1 }, spoken(told.title)), make("p", { className: "soft" }, `${word("asOf")} ${day(told.as_of)} · ${told.year}${total.carried_in ? ` · ${number(total.carried_in)} ${word("carried")}` : ""}${told.outside.eligible ? ` · ${number(told.outside.eligible)} ${word("outside")}` : ""}`),
      total.suppressed ? make("p", { className: "soft" }, word("fewWhy")) : null),
    make("div", { className: "dials" }, goal ? figure(goal.coverage, "official", total.served, goal.value) : null, figure(total.coverage, "registered", total.served, total.eligible)),
    make("details", { className: "how" }, make("summary", {}, word("how")), make("p", {}, spoken(told.formula)),
      make("ul", {}, told.items.filter((i) => i.active).map((i) => make("li", {}, spoken(i.label)))),
      goal ? make("p", { className: "soft" }, `${word("official")}: ${goal.source ?? "–"}${goal.version ? ` · ${goal.version}` : ""}`) : null,
      make("div", { className: "files" }, FORMS.map((form) => make("button", { type: "button", className: "plain", onclick: () => fetched(standard, form, year) }, form.toUpperCase())))));
}

/** A long list shows its beginning, the rest on demand. */
function folded(rows) {
  if (rows.length <= SHOWN + 5) return rows;
  const more = make("li", {}, make("button", { type: "button", className: "plain wide", onclick: () => more.replaceWith(...rows.slice(SHOWN)) }, word("all", { n: rows.length })));
  return [...rows.slice(0, SHOWN), more];
}

function places(told, pws, standard, query) {
  const { by } = pws;
  const top = Math.max(100, ...pws.bars.map((b) => b.coverage ?? 0));
  const now = pws.month;
  const line = pws.line ? (100 * pws.line) / top : undefined;
  const months = make("select", { "aria-label": word("month"), "data-keep": "month", onchange: (e) => go(to(standard, query, { month: e.target.value })) },
    Array.from({ length: told.year === new Date(told.as_of).getFullYear() ? Number(told.as_of.slice(5, 7)) : 12 }, (_, n) => make("option", { value: String(n + 1), selected: n + 1 === now }, month(n + 1))));
  const opened = (code) => opens() && code && by !== "kecamatan" ? `#/${standard}/units?${new URLSearchParams({ [by]: code, state: "missing" })}` : null;
  const [some, bare] = [pws.bars.filter((b) => b.coverage !== null || b.suppressed), pws.bars.filter((b) => b.coverage === null && !b.suppressed)];
  const rows = some.map((b) => b.coverage === null && b.suppressed
    ? bar({ name: b.name ?? b.code, value: word("few"), length: 100, tone: "hid", line })
    : bar({ name: b.name || b.code || word("unknown"), rank: b.rank, value: percent(b.coverage), status: chip(b.status, b.direction), length: (100 * (b.coverage ?? 0)) / top, line, tone: `s-${b.status}`, href: opened(b.code), note: `${number(b.served)} / ${b.whole === null ? "–" : number(b.whole)}${b.short ? ` · ${word("short", { n: number(b.short) })}` : b.short === 0 ? ` · ${word("reached")}` : ""}` }));
  return board(`${word("pws")} · ${month(now)}`, pws.line ? `${word("line")} ${percent(pws.line, 2)}. ${word("pwsHelp")}` : pws.better === "less" ? word("problem") : null,
    make("div", { className: "picks" }, choice(standard, query, "by", ["village", "puskesmas", "kecamatan"], by), choice(standard, query, "against", ["official", "registered"], pws.against), months),
    make("ol", { className: "bars", id: "pws" }, folded(rows)), bare.length ? make("p", { className: "soft" }, word("bare", { n: bare.length, what: word(by).toLowerCase() })) : null);
}

function missing(told, standard) {
  const lacking = Object.entries(told.total.missing ?? {}).sort((a, b) => (b[1] ?? 1) - (a[1] ?? 1));
  const most = Math.max(1, ...lacking.map(([, n]) => n ?? 0));
  return board(word("missing"), word("missingHelp"), lacking.length
    ? make("ul", { className: "bars" }, lacking.map(([name, n]) => bar({ name: item(name, told.items), value: number(n), length: n === null ? 100 : (100 * n) / most, tone: n === null ? "hid" : "lack", href: opens() ? `#/${standard}/units?${new URLSearchParams({ missing: name, state: "missing" })}` : null })))
    : make("p", { className: "soft" }, told.total.missing ? word("complete") : word("fewWhy")),
  opens() ? make("p", {}, make("a", { href: `#/${standard}/units?state=missing` }, `${word("open")} →`)) : null);
}

function called(by, row) {
  if (by === "age") return row.code === "-1" ? word("unknown") : `${row.code}+ ${word("years")}`;
  if (by === "kind") return row.code.replaceAll("-", " ");
  return row.name ?? word(row.code);
}

function parts(told, standard, query) {
  const doers = told.by === "kind" || told.by === "facility";
  const rows = told.rows.filter((r) => doers || r.eligible !== 0);
  const whole = (r) => (doers ? r.units : r.eligible);
  const most = Math.max(1, ...rows.map((r) => (doers ? r.units ?? 0 : r.coverage ?? 0)));
  const drawn = (doers ? [...rows].sort((a, b) => (b.units ?? 0) - (a.units ?? 0)) : rows).map((r) => bar({
    name: called(told.by, r), value: doers ? number(r.units) : percent(r.coverage), tone: whole(r) === null ? "hid" : "",
    length: whole(r) === null ? 100 : (100 * (doers ? r.units : r.coverage ?? 0)) / (doers ? most : Math.max(100, most)),
    note: `${number(r.served)} / ${number(whole(r))} ${word("served")}${doers && r.ownership ? ` · ${word(r.ownership).toLowerCase()}` : ""}` }));
  return board(word("parts"), null, make("div", { className: "picks" }, choice(standard, query, "part", PARTS, told.by)), drawn.length ? make("ul", { className: "bars" }, drawn) : make("p", { className: "soft" }, word("empty")));
}

function ranked(told) {
  const named = told.rows.filter((r) => r.code && (r.coverage !== null || r.suppressed));
  return board(word("ranking"), null, make("table", {}, named.map((r) => make("tr", {}, make("td", { className: "soft" }, r.rank ? String(r.rank) : "–"), make("td", {}, r.name ?? r.code),
    make("td", { className: "n" }, r.suppressed && r.coverage === null ? word("few") : percent(r.coverage)),
    make("td", { className: "n soft" }, r.gap === null ? "" : signed(r.gap))))),
  make("p", { className: "soft" }, word("gap")));
}

function jkn(told) {
  const tones = { public: "public", private: "private", both: "both", none: "nobody", unknown: "unregistered" };
  const rows = [told.total, ...told.payers.filter((p) => p.eligible !== 0)];
  return board(word("jkn"), word("jknHelp"), make("ul", { className: "bars" }, rows.map((p) => {
    const known = p.doers.every((d) => d.units !== null);
    const said = p.doers.filter((d) => d.units).map((d) => `${word(tones[d.by])} ${number(d.units)}`).join(" · ");
    return make("li", { className: "bar-row" }, make("span", { className: "name" }, p.payer === "*" ? word("state.eligible") : word(p.payer)), make("span", { className: "value" }, `${number(p.served)} / ${number(p.eligible)}`),
      known ? stack(p.doers.map((d) => [d.by, d.units, `${word(tones[d.by])}: ${number(d.units)}`]), p.eligible) : null, make("span", { className: "note-line" }, known ? said : word("few")));
  })), make("p", { className: "legend" }, ["public", "private", "both", "none"].map((d) => make("span", { className: `key box ${d === "none" ? "nil" : d}` }, word(tones[d])))));
}

function yearly(told, help) {
  const [before, now] = told.years.slice(-2);
  if (!before || !now) return null;
  return board(`${word("yearly")} · ${word("upto", { month: month(now.month) })}`, help, make("div", { className: "vs" },
    [before, now].map((y) => make("div", {}, make("b", {}, y.to_month_coverage === null ? "–" : percent(y.to_month_coverage)), `${y.year} · ${number(y.to_month)} / ${number(y.total.eligible)}`)),
    now.change === null ? null : make("div", { className: `change ${now.change < 0 ? "minus" : "plus"}` }, make("b", {}, signed(now.change)), word("points"))));
}

function sides(told) {
  if (told.sets.length < 2) return null;
  const several = new Set(told.sets.map((s) => s.set)).size < told.sets.length;
  return board(`${word("sets")} · ${told.year}`, null, make("table", {}, told.sets.map((s) => make("tr", {},
    make("td", {}, make("a", { href: `#/${s.standard}` }, several ? spoken(s.title) : s.set), s.in_force ? make("span", { className: "soft" }, ` · ${word("inForce")}`) : null, make("div", { className: "soft" }, s.regulation)),
    make("td", { className: "n" }, `${number(s.total.served)} / ${number(s.total.eligible)}`), make("td", { className: "n" }, percent(s.total.coverage))))));
}

/** Everything of one indicator. */
export async function one(standard, query, year) {
  const path = `/${encodeURIComponent(standard)}`;
  const view = { year, by: query.get("by") ?? "village", month: query.get("month"), against: query.get("against") };
  const part = PARTS.includes(query.get("part")) ? query.get("part") : "sex";
  const [told, pws, line, rank, who, before, sets] = await Promise.all([
    get(path, { year, by: part }), get(`${path}/pws`, view), get(`${path}/trend`, { year }), get(`${path}/ranking`, { year, against: view.against }),
    get(`${path}/contribution`, { year }), get(`${path}/years`, { year }), get(`${path}/sets`, { year }),
  ]);
  if (!told || !pws || !line) return null;
  const passing = told.items.some((i) => i.active && (i.rule?.every || i.rule?.index)) ? word("passing") : null;
  const left = [board(word("trend"), line.as_it_stood ? word("stood") : null, trend(line)), places(told, pws, standard, query)];
  const right = [before && yearly(before, passing), missing(told, standard), rank && ranked(rank), parts(told, standard, query), who && jkn(who), sets && sides(sets)];
  return make("div", { "data-title": spoken(told.title) }, make("a", { className: "back", href: "#/" }, `← ${word("back")}`), head(told, pws, standard, year),
    make("div", { className: "boards" }, make("div", { className: "column" }, left), make("div", { className: "column" }, right.filter(Boolean))));
}

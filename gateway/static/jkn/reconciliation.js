// Reconciliation: each day's owed, accepted and listed side by side; differences with whose turn it is, and what was done.
import { ending, make } from "/assets/rujukan/draw.js";
import { post, session } from "/assets/session.js";
import { get, say } from "./page.js";
import { day, moment, number, word } from "./words.js";

const DAYS = 7;
const COLUMNS = ["owed", "sent", "accepted", "listed"];
const VERBS = { open: ["take", "accept"], "in-hand": ["accept", "note"], settled: ["note"], accepted: ["reopen"] };

const since = () => new Date(Date.now() - DAYS * 86_400_000).toISOString().slice(0, 10);

function row(one) {
  const left = one.open + one.in_hand;
  const said = one.because ? word(`because.${one.because}`) : one.compared_at ? "" : word("notCompared");
  return make("tr", { className: left ? "left" : "" },
    make("td", {}, day(one.day), one.facility === session.facility ? "" : make("small", { className: "soft" }, ` ${one.name ?? one.facility}`), said ? make("small", { className: "soft" }, ` ${said}`) : ""),
    make("td", { className: "n" }, left ? make("b", {}, number(left)) : "0"), // beside the day: a phone shows no further
    COLUMNS.map((name) => make("td", { className: "n" }, number(one[name]))));
}

function difference(one) {
  return make("li", { className: `unit difference ${one.state}`, "data-difference": one.id },
    make("a", { href: `#/reconciliation/${one.id}` }, `${day(one.day)} · ${word(`differs.${one.kind}`)}`),
    make("p", {}, one.says),
    make("p", { className: "soft" }, [word(`diff.${one.state}`), `${word("turn")} ${word(`owner.${one.owner}`)}`, `${one.age_days} ${word("days")}`, one.name, one.facility === session.facility ? "" : one.facility].filter(Boolean).join(" · ")));
}

/** The last days, and what does not agree. */
export async function reconciliation(redraw) {
  const asked = { since: since() };
  const opens = session.role !== "dinkes-analyst";
  const [told, page] = await Promise.all([get("/v1/jkn/reconciliation", asked), opens ? get("/v1/jkn/reconciliation/differences", { limit: 50 }) : null]);
  if (!told) return null;
  const compare = make("button", { type: "button", className: "second", onclick: async () => {
    const [status, said] = await post("/v1/jkn/reconciliation", asked).catch(() => [0, {}]);
    say(status === 202 ? word("comparing") : said.errors?.[0]?.detail ?? said.detail ?? word("away"), status === 202 ? "fine" : "wrong");
    setTimeout(redraw, 2_500);
  } }, word("compare"));
  const list = make("ul", { className: "units" }, page?.items.map(difference) ?? []);
  const more = (next) => {
    if (!next) return;
    const end = make("button", { type: "button", className: "more" }, word("more"));
    list.after(end);
    ending(end, async () => {
      end.remove();
      const further = await get("/v1/jkn/reconciliation/differences", { limit: 50, after: next });
      if (!further) return;
      list.append(...further.items.map(difference));
      more(further.next);
    });
  };
  const table = make("table", {}, make("thead", {}, make("tr", {}, make("th", {}, word("day")), ["left", ...COLUMNS].map((name) => make("th", { className: "n" }, word(`col.${name}`))))),
    make("tbody", {}, told.days.map(row)));
  const made = make("div", {}, make("div", { className: "top" }, make("h1", { tabIndex: -1 }, word("reconciliation")), opens ? compare : null),
    make("p", { className: "soft" }, word("reconciliationLead")),
    make("section", { className: "board wide" }, told.days.length ? table : make("p", { className: "none" }, word("noDays"))),
    opens ? [make("h2", {}, word("differences")), list, page?.items.length ? null : make("p", { className: "none" }, word("agrees"))] : null);
  more(page?.next);
  return made;
}

function acts(one, redraw) {
  const note = make("input", { name: "note", maxLength: 500, placeholder: word("note") });
  const step = async (verb) => {
    const body = note.value.trim() ? { note: note.value.trim() } : {};
    const [status, said] = await post(`/v1/jkn/reconciliation/differences/${one.id}/${verb}`, body).catch(() => [0, {}]);
    if (status !== 200) say(said.errors?.[0]?.detail ?? said.detail ?? word("away"));
    else { say(word("saved"), "fine"); await redraw(); }
  };
  return make("div", { className: "acts" }, note, VERBS[one.state].map((verb, at) =>
    make("button", { type: "button", className: at ? "second" : "go", "data-verb": verb, onclick: () => step(verb) }, word(`verb.${verb}`))));
}

/** One difference: what it is, its delivery, who did what. */
export async function opened(id, redraw) {
  const one = await get(`/v1/jkn/reconciliation/differences/${encodeURIComponent(id)}`);
  if (!one) return null;
  const said = (s) => make("li", {}, make("b", {}, word(`verb.${s.step}`)), ` · ${moment(s.at)} · ${s.by}`, s.note ? make("p", {}, s.note) : null);
  return make("div", {}, make("a", { href: "#/reconciliation", className: "back" }, `← ${word("reconciliation")}`),
    make("h1", { tabIndex: -1 }, word(`differs.${one.kind}`)), difference(one),
    one.fields.length ? make("ul", { className: "lacks" }, one.fields.map((f) => make("li", {}, f))) : null,
    one.delivery ? make("p", {}, make("a", { href: `#/deliveries/${one.delivery}` }, word("itsDelivery"))) : null,
    acts(one, redraw), make("h2", {}, word("history")), make("ul", { className: "history" }, one.steps.map(said)));
}

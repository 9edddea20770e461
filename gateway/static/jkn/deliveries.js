// What is sent to BPJS: how each queue stands, what is to be mended in BPJS' words, one delivery with its proof.
import { ending, make, sign } from "/assets/rujukan/draw.js";
import { call, post, session } from "/assets/session.js";
import { get, say } from "./page.js";
import { day, moment, number, word } from "./words.js";

const STATES = ["parked", "waiting", "sending", "delivered", "skipped", "removed"];
const PAGE = 50;
const SIGNS = { parked: "alert", waiting: "clock", sending: "send", delivered: "check", skipped: "cross", removed: "cross" };

const why = (one) => one.message || (one.because ? word(`because.${one.because}`) : "");

function queue(q) {
  const state = q.held ? "held" : q.rests_until ? "rests" : "runs";
  const said = q.held || q.rests_until ? [word(`queue.${state}`), q.because ? word(`because.${q.because}`) : "", q.rests_until && !q.held ? moment(q.rests_until) : ""] : [word("queue.runs")];
  return make("li", { className: `board queue ${state}`, "data-queue": `${q.facility}-${q.service}` },
    make("p", {}, make("b", {}, `${q.facility} · ${word(`service.${q.service}`)}`), make("br"), make("span", { className: "soft" }, said.filter(Boolean).join(" · "))),
    make("dl", {}, ["delivered_today", "waiting", "parked"].map((name) => make("div", {}, make("dt", {}, word(`count.${name}`)), make("dd", {}, number(q[name]))))));
}

function line(one) {
  return make("li", { className: `unit delivery ${one.state}`, "data-delivery": one.id },
    make("a", { href: `#/deliveries/${one.id}` }, sign(SIGNS[one.state] ?? "clock"), ` ${day(one.day)} · ${word(`kind.${one.kind}`)} · ${word(`state.${one.state}`)}`),
    why(one) ? make("p", {}, why(one)) : null,
    one.fields.length ? make("ul", { className: "lacks" }, one.fields.map((f) => make("li", { className: "overdue" }, `${f.field}: ${f.message}`))) : null,
    make("p", { className: "soft" }, [one.facility === session.facility ? "" : one.facility, one.no_kunjungan ?? one.no_urut, one.delivered_at ? moment(one.delivered_at) : ""].filter(Boolean).join(" · ")));
}

/** The queues, then one state's deliveries; what is to be mended comes first. */
export async function deliveries(query) {
  const state = STATES.includes(query.get("state")) ? query.get("state") : "parked";
  const asked = { state, limit: PAGE };
  const [queues, told] = await Promise.all([get("/v1/jkn/deliveries/queues"), get("/v1/jkn/deliveries", asked)]);
  if (!queues || !told) return null;
  const list = make("ul", { className: "units" }, told.deliveries.map(line));
  const made = make("div", {}, make("div", { className: "top" }, make("h1", { tabIndex: -1 }, word("deliveries"))),
    make("p", { className: "soft" }, word("deliveriesLead")),
    make("ul", { className: "queues" }, queues.queues.map(queue)),
    make("nav", { className: "switch", "aria-label": word("deliveries") }, STATES.map((name) => {
      const link = make("a", { href: `#/deliveries?state=${name}` }, word(`state.${name}`));
      if (name === state) link.setAttribute("aria-current", "page");
      return link;
    })), list, told.deliveries.length ? null : make("p", { className: "none" }, word(`none.${state}`)));
  const more = (next) => {
    if (next === null || next === undefined) return;
    const end = make("button", { type: "button", className: "more" }, word("more"));
    list.after(end);
    ending(end, async () => {
      end.remove();
      const page = await get("/v1/jkn/deliveries", { ...asked, after: next });
      if (!page) return;
      list.append(...page.deliveries.map(line));
      more(page.next);
    });
  };
  more(told.next);
  return made;
}

function proof(p) {
  const given = Object.entries(p.given).map(([name, value]) => `${name} ${value}`).join(", ");
  return make("tr", { className: p.outcome }, make("td", {}, moment(p.at)), make("td", {}, word(`step.${p.step.split(/[-:]/)[0]}`), p.step.endsWith("change") || p.step.endsWith("removal") ? ` (${word(p.step.endsWith("change") ? "changed" : "removal")})` : ""),
    make("td", {}, word(`came.${p.outcome}`), p.code ? ` ${p.code}` : "", given ? make("small", { className: "soft" }, ` ${given}`) : ""),
    make("td", { className: "n" }, `${number(p.ms)} ms`));
}

function acts(one, redraw) {
  if (one.state !== "parked") return null;
  const reason = make("input", { name: "reason", maxLength: 300, minLength: 3, required: true, placeholder: word("reason") });
  const told = async ([status, said]) => {
    if (status >= 300) say(said.errors?.[0]?.detail ?? said.detail ?? word("away"));
    else { say(word("saved"), "fine"); await redraw(); }
  };
  const again = make("button", { type: "button", className: "go", onclick: async () => told(await call(`/v1/jkn/deliveries/${one.id}/retry`, { method: "POST" }).catch(() => [0, {}])) }, word("retry"));
  const drop = make("form", { className: "drop", onsubmit: async (event) => {
    event.preventDefault();
    await told(await post(`/v1/jkn/deliveries/${one.id}/give-up`, { reason: reason.value }).catch(() => [0, {}]));
  } }, reason, make("button", { className: "plain" }, word("giveUp")));
  return make("div", { className: "acts" }, again, drop);
}

/** One delivery: why it stands as it does, what to mend, every try with what BPJS answered. */
export async function delivery(id, redraw) {
  const one = await get(`/v1/jkn/deliveries/${encodeURIComponent(id)}`);
  if (!one) return null;
  return make("div", {}, make("a", { href: `#/deliveries?state=${one.state}`, className: "back" }, `← ${word("deliveries")}`),
    make("h1", { tabIndex: -1 }, `${word(`kind.${one.kind}`)} ${day(one.day)}`), line(one), acts(one, redraw),
    make("section", { className: "board" }, make("h2", {}, word("proof")), make("p", { className: "soft" }, word("proofHelp")),
      make("table", {}, make("tbody", {}, one.proof.map(proof)))));
}

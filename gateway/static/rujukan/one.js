// One referral: what it says, the way it went, and the steps this account may take now.
import { ask, call, fresh, post } from "/assets/session.js";
import { mine, named, person, place, places } from "./boxes.js";
import { chip, make, sign, standing, story, ticking, turn, urgency, way, who } from "./draw.js";
import { queue } from "./keeping.js";
import { record } from "./resume.js";
import { clock, day, moment, word } from "./words.js";

const LEADING = ["accept", "arrive", "treat", "refer-back", "depart", "send"];
const DARK = ["decline", "cancel", "no-show", "redirect"];
const OUTCOMES = {
  arrived: ["referred-on", "left", "died"],
  "in-care": ["admitted", "discharged", "referred-on", "left", "died"],
};
const RAISED = { routine: ["urgent", "emergency"], urgent: ["emergency"], emergency: [] };

const part = (title, ...inside) => (inside.flat().some(Boolean)
  ? make("section", { className: "part" }, make("h3", {}, title), inside) : null);
const said = (name, text) => (text ? part(word(`part.${name}`), make("p", { className: "prose" }, text)) : null);

function vitals(v) {
  if (!v) return null;
  const tile = (name, value, unit, odd) => (value === null || value === undefined ? null : make("li", { className: odd ? "odd" : "" },
    make("small", {}, word(`vital.${name}`), odd ? sign("alert") : null), make("b", {}, value.toLocaleString(document.documentElement.lang)), make("small", {}, unit)));
  const pressure = v.systolic || v.diastolic ? `${v.systolic ?? "–"}/${v.diastolic ?? "–"}` : null;
  return make("ul", { className: "vitals" },
    tile("systolic", pressure, "mmHg", v.systolic >= 140 || v.systolic < 90 || v.diastolic >= 90),
    tile("pulse", v.pulse, word("unit.minute"), v.pulse > 120 || v.pulse < 50), tile("respiration", v.respiration, word("unit.minute"), v.respiration > 30),
    tile("temperature", v.temperature, "°C", v.temperature >= 38.5 || v.temperature < 35.5),
    tile("oxygen_saturation", v.oxygen_saturation, "%", v.oxygen_saturation < 94),
    tile("weight", v.weight, "kg"), tile("height", v.height, "cm"),
    tile("consciousness", v.consciousness && word(`aware.${v.consciousness}`), "", v.consciousness && v.consciousness !== "compos-mentis"),
    tile("pain", v.pain, "/10", v.pain >= 7));
}

function sbar(s) {
  if (!s) return null;
  return make("dl", { className: "sbar" }, Object.keys(s).filter((name) => s[name]).map((name) => make("div", {},
    make("dt", {}, make("span", { className: "letter", "aria-hidden": "true" }, name[0].toUpperCase()), word(`sbar.${name}`)), make("dd", {}, s[name]))));
}

function transport(t) {
  if (!t) return null;
  const rows = [word(`mode.${t.mode}`), t.companion ? `${word("part.companion")}: ${t.companion}` : "", t.eta ? `${word("part.eta")}: ${moment(t.eta)}` : ""];
  return make("p", {}, rows.filter(Boolean).join(" · "));
}

const SYSTEMS = { pcare: "PCare", vclaim: "VClaim", satusehat: "SATUSEHAT", "satusehat-servicerequest": "SATUSEHAT (ServiceRequest)", sisrute: "SISRUTE" };

function numbers(r) {
  const rows = [["Simpul", r.number], ...(r.numbers ?? []).map((n) => [SYSTEMS[n.system] ?? n.system, n.value])].filter(([, v]) => v);
  return part(word("part.numbers"), make("dl", { className: "pairs" }, rows.map(([system, value]) => make("div", {}, make("dt", {}, system), make("dd", {}, value)))),
    r.valid_until ? make("p", {}, `${word(r.lapsed ? "part.lapsed" : "part.valid")} ${day(r.valid_until)}`) : null);
}

async function letter(r, say, query = "", name = "rujukan") {
  const answer = await ask(`/v1/referrals/${r.id}/letter${query}`).catch(() => null);
  if (!answer?.ok) {
    say(((await answer?.json().catch(() => ({})))?.detail) ?? word("away"), "wrong");
    return;
  }
  const url = URL.createObjectURL(await answer.blob());
  make("a", { href: url, download: `${name}-${r.number ?? r.id}.pdf` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** The banner: whose turn it is, and until when. */
function duty(r) {
  if (r.closed_at || !r.due_at) return null;
  const yours = mine(r);
  const whose = yours ? word("mine") : r.owner === "office" ? word("turn.office") : `${word("turn")} ${place(r.owner_facility)}`;
  const [, pressing] = clock(r.due_at);
  return make("div", { className: `duty ${pressing}${yours ? " yours" : ""}` },
    make("span", {}, sign(yours ? "hand" : r.owner === "office" ? "office" : "clock"), whose), ticking(r.due_at));
}

const TACC = { 1: "Time", 2: "Age", 3: "Complication", 4: "Comorbidity" };

/** Everything about a referral, as elements; `act(verb)` when a button is pressed. */
export function draw(r, act, say) {
  const c = r.content ?? {};
  const order = [...LEADING.filter((v) => r.legal.includes(v)), ...r.legal.filter((v) => !LEADING.includes(v))];
  const leads = mine(r) || !["send", "depart", "raise", "close"].includes(order[0]);
  const buttons = order.map((verb, n) => make("button", {
    type: "button", className: DARK.includes(verb) ? "plain" : n === 0 && leads ? "go" : "second", "data-verb": verb, onclick: () => act(verb),
  }, word(verb === "send" && r.leg ? "verb.resend" : `verb.${verb}`)));
  const diagnosis = r.diagnosis ? make("p", {}, make("span", { className: "code" }, r.diagnosis), ` ${diagnoses.get(r.diagnosis) ?? ""}`) : null;
  return [
    make("a", { href: "#/", className: "back" }, sign("turn"), word("back")),
    make("header", { className: `head e-${r.urgency}` },
      make("div", { className: "row" }, urgency(r.urgency), standing(r), r.reminded && !r.closed_at ? chip("reminded", "bell", word("reminded")) : null),
      make("h2", { tabIndex: -1 }, who(person(r))),
      make("p", { className: "route" }, make("b", {}, place(r.from_facility)), make("span", { "aria-label": word("to") }, " → "), make("b", {}, place(r.to_facility)), make("small", {}, word(`kind.${r.kind}`)))),
    way(r), duty(r),
    buttons.length ? make("div", { className: "acts", role: "group", "aria-label": word("turn") }, buttons) : null,
    r.withheld ? make("p", { className: "withheld" }, sign("lock"), word("withheld")) : null,
    r.follow_up ? part(word("part.follow"), make("p", { className: "prose" }, r.follow_up.advice ?? ""), r.follow_up.due ? make("p", {}, sign("clock"), `${word("part.due")}: ${day(r.follow_up.due)}`) : null) : null,
    part(word("part.diagnosis"), diagnosis),
    said("reason", c.reason), part("SBAR", sbar(c.sbar)), part(word("part.vitals"), vitals(c.vitals)),
    said("findings", c.findings), said("therapy", c.therapy), said("limit", c.limit), said("tacc", c.tacc && `${TACC[c.tacc.code]}: ${c.tacc.reason}`), said("beside", r.beside),
    part(word("part.criterion"), c.criterion ? make("p", {}, word(`criterion.${c.criterion.kind}`), c.criterion.code ? ` (${c.criterion.code})` : "") : null),
    part(word("part.transport"), transport(c.transport)),
    record(r.summary),
    part(word("part.history"), story(r.history ?? [], place, c.reason)),
    r.candidates?.length ? part(word("part.next"), make("p", {}, r.candidates.map(place).join(" → "))) : null,
    numbers(r),
    ...prints(r, say),
  ].filter(Boolean);
}

function prints(r, say) {
  if (!r.leg || r.withheld) return [];
  const ways = [["print", "", "rujukan"], ["print.half", "?paper=a5", "rujukan-a5"]];
  if (r.outcome === "back-referred") ways.unshift(["print.back", "?form=back", "rujuk-balik"]);
  return ways.map(([what, query, name]) =>
    make("button", { type: "button", className: "second wide", onclick: () => letter(r, say, query, name) }, sign("print"), word(what)));
}

const diagnoses = new Map();

async function diagnosed(code) {
  if (!code || diagnoses.has(code)) return;
  const [status, said] = await call(`/v1/visits/lookup/diagnoses?q=${encodeURIComponent(code)}`).catch(() => [0]);
  if (status === 200) diagnoses.set(code, said.items.find((item) => item.icd10 === code)?.name ?? "");
}

/** Read one, with the names it speaks of; null when it is not ours to see. */
export async function read(id) {
  const [status, r] = await call(`/v1/referrals/${encodeURIComponent(id)}`);
  if (status !== 200) return { problem: r.detail ?? word("gone"), status };
  await Promise.all([diagnosed(r.diagnosis), named([r]), places([r.from_facility, r.to_facility, r.owner_facility, ...(r.candidates ?? []), ...(r.history ?? []).map((s) => s.facility)])]);
  return r;
}

const area = (name, required) => make("label", {}, word(`field.${name}`), make("textarea", { name, rows: 3, required, minLength: required ? 3 : 0, maxLength: 4000 }));
const pick = (name, options) => make("fieldset", { className: "choices" }, make("legend", {}, word(`field.${name}`)), options.map(([value, label], n) =>
  make("label", {}, make("input", { type: "radio", name, value, required: true, checked: options.length === 1 && n === 0 }), make("span", {}, label))));

function fields(verb, r, where) {
  const near = make("input", { type: "date", name: "due", required: true });
  near.min = new Date().toISOString().slice(0, 10);
  return {
    decline: () => [area("reason", true)],
    cancel: () => [area("reason", true)],
    redirect: () => [area("reason", true), where("field.suggest", false)],
    raise: () => [pick("urgency", RAISED[r.urgency].map((u) => [u, word(`urgency.${u}`)])), area("reason", true)],
    send: () => [where("field.to", !r.candidates?.length)],
    "refer-back": () => [area("advice", true), make("label", {}, word("field.due"), near)],
    close: () => [pick("outcome", (OUTCOMES[r.state] ?? ["died"]).map((o) => [o, word(`outcome.${o}`)])), area("note", false)],
  }[verb]?.() ?? [area("note", false)];
}

/** Ask for what a step needs, then take it. `told(r)` with the referral as it is afterwards; `say` for what happened. */
export function step(dialog, verb, r, where, told, say) {
  const wrong = make("p", { className: "wrong", role: "alert", hidden: true });
  const key = fresh("langkah");
  const go = make("button", { className: DARK.includes(verb) ? "go dark" : "go" }, word(verb === "send" && r.leg ? "verb.resend" : `verb.${verb}`));
  const form = make("form", {}, make("h2", { id: "ask-title" }, word(verb === "send" && r.leg ? "verb.resend" : `verb.${verb}`)),
    make("p", { className: "soft" }, who(person(r))), fields(verb, r, where), wrong,
    make("div", { className: "row end" }, make("button", { type: "button", className: "plain", onclick: () => dialog.close() }, word("cancel")), go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = Object.fromEntries([...new FormData(form)].map(([n, v]) => [n, String(v).trim()]).filter(([, v]) => v));
    const url = `/v1/referrals/${r.id}/${verb}`;
    if (!navigator.onLine) body.at = new Date().toISOString();  // it happened now, whenever it is sent
    go.disabled = true;
    try {
      const [status, answer] = await post(url, body, key);
      if (status === 422) {
        wrong.textContent = [answer.detail, ...(answer.errors ?? []).map((e) => `• ${e.detail}`)].join("\n");
        wrong.hidden = false;
        return;
      }
      dialog.close();
      if (status === 200) say(word("done"), "fine");
      else if (status === 409) say(conflict(answer), "wrong");
      else say(answer.detail ?? word("away"), "wrong");
      await told();
    } catch {
      queue(url, body, `${word(`verb.${verb}`)} · ${person(r)?.name ?? r.number}`, key);
      dialog.close();
    } finally { go.disabled = false; }
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

/** What happened instead, in words. */
export function conflict(answer) {
  const last = answer.last;
  if (!last) return answer.detail ?? word("conflict");
  return `${word("conflict")}: ${word(`did.${last.verb}`)}${last.facility ? ` ${word("conflict.by")} ${place(last.facility)}` : ""}, ${moment(last.at)}. ${answer.state ? `${word(`state.${answer.state}`)}.` : ""}`;
}

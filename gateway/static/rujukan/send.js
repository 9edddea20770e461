// The form by which a doctor refers within a minute: who, how urgent, what, why, where to.
import { call, session } from "/assets/session.js";
import { make, sign, URGENT } from "./draw.js";
import { attempt, begun, drop, keep, queue } from "./keeping.js";
import { conflict } from "./one.js";
import { age, word } from "./words.js";

const CODE = /^([A-Za-z]\d{2}(?:\.[0-9A-Za-z]{1,2})?)(?:\s|$)/;
const NIK = "https://fhir.kemkes.go.id/id/nik";
let form = null;
let asked = 0;
let ranked = [];

const line = (key, input, more) => make("label", {}, word(`send.${key}`), input, more);
const box = (name, rows, properties = {}) => make("textarea", { name, rows, maxLength: 4000, ...properties });
const number = (name, label, unit) => make("label", {}, label, make("span", { className: "unit" },
  make("input", { name, inputMode: "decimal", autocomplete: "off" }), make("small", {}, unit)));

function choice(name, values, label, chosen, signs = {}) {
  return make("fieldset", { className: `choices of-${name}` }, make("legend", {}, label), values.map((value) =>
    make("label", { className: `is-${value}` }, make("input", { type: "radio", name, value, checked: value === chosen }),
      make("span", {}, signs[value] ? sign(signs[value]) : null, word(`${name}.${value}`)))));
}

function values() {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
}

const filled = (source, names, prefix = "") => {
  const found = Object.fromEntries(names.map((n) => [n, source[prefix + n]]).filter(([, v]) => v));
  return Object.keys(found).length ? found : undefined;
};
const numeric = (found) => found && Object.fromEntries(Object.entries(found).map(([n, v]) => [n, Number.isNaN(Number(v.replace(",", "."))) ? v : Number(v.replace(",", "."))]));

/** The request that the form asks for. */
function request() {
  const v = values();
  const [systolic, diastolic] = (v.pressure ?? "").split("/").map((p) => p.trim());
  const vitals = filled({ ...v, systolic, diastolic }, ["systolic", "diastolic", "pulse", "respiration", "temperature", "oxygen_saturation", "consciousness"]);
  const to = (v.to || v.to_facility || "").toUpperCase();
  const then = ranked.map((c) => c.facility).filter((code) => code !== to && v.then).slice(0, 3);
  const tacc = v.tacc ? JSON.parse(v.tacc) : undefined;
  return {
    patient: { nik: v.nik }, to_facility: to || undefined, ...(then.length ? { then } : {}),
    urgency: v.urgency, kind: v.kind, diagnosis: (v.diagnosis.match(CODE)?.[1] ?? v.diagnosis).toUpperCase(), reason: v.reason,
    ...(v.consent ? { consent: true } : {}), ...(v.payer ? { payer: v.payer } : {}),
    ...(tacc ? { tacc } : {}), ...(v.limit ? { limit: v.limit } : {}),
    sbar: filled(v, ["situation", "background", "assessment", "recommendation"]), vitals: numeric(vitals),
    findings: v.findings || undefined, therapy: v.therapy || undefined,
    transport: v.mode ? { mode: v.mode, ...(v.companion ? { companion: v.companion } : {}) } : undefined,
  };
}

const NAMES = {
  "/patient/nik": "nik", "/to_facility": "to_facility", "/diagnosis": "diagnosis", "/reason": "reason", "/consent": "consent",
  "/vitals/systolic": "pressure", "/vitals/diastolic": "pressure", "/tacc": "tacc", "/limit": "limit",
};

function complain(text, errors = []) {
  const wrong = form.querySelector(".wrong");
  for (const field of form.elements) field.removeAttribute?.("aria-invalid");
  const lines = errors.map(({ pointer, detail }) => {
    const found = form.elements[NAMES[pointer] ?? pointer.split("/").at(-1)];
    const field = found instanceof RadioNodeList ? found[0] : found;
    field?.setAttribute?.("aria-invalid", "true");
    const called = field?.type === "radio" ? "" : field?.closest?.("label")?.firstChild?.textContent ?? "";
    return called && !detail.startsWith(called) ? `• ${called}: ${detail}` : `• ${detail}`;
  });
  wrong.textContent = [text, ...lines].filter(Boolean).join("\n");
  wrong.hidden = !wrong.textContent;
  (form.querySelector('[aria-invalid="true"]') ?? wrong).scrollIntoView({ block: "center" });
}

/** What is being mended is no longer called wrong; what is not yet mended stays marked. */
function mending({ name }) {
  const fields = [name, ...(["to", "diagnosis"].includes(name) ? ["to_facility"] : [])].map((n) => form.elements[n]);
  for (const field of fields) (field instanceof RadioNodeList ? field[0] : field)?.removeAttribute("aria-invalid");
  form.querySelector(".wrong").hidden = true;
}

async function name_of(nik) {
  const at = form.querySelector(".known");
  at.replaceChildren();
  if (!/^\d{16}$/.test(nik)) return;
  const body = new URLSearchParams({ identifier: `${NIK}|${nik}`, _elements: "name,birthDate,gender" });
  const [status, said] = await call("/fhir-r4/v1/Patient/_search", { method: "POST", body }).catch(() => [0, {}]);
  const found = status === 200 ? said.entry?.find((e) => e.resource?.resourceType === "Patient")?.resource : null;
  if (!found) return;
  const name = found.name?.[0]?.text ?? [...(found.name?.[0]?.given ?? []), found.name?.[0]?.family].join(" ");
  at.replaceChildren(sign("check"), [name, age(found.birthDate), word(found.gender)].filter(Boolean).join(" · "));
}

let typing = 0;

function lookup(list, said) {
  clearTimeout(typing);
  if (said.length < 3) return;
  typing = setTimeout(async () => {
    const [status, found] = await call(`/v1/visits/lookup/diagnoses?q=${encodeURIComponent(said.slice(0, 100))}`).catch(() => [0]);
    if (status !== 200) return;
    list.replaceChildren(...found.items.map((item) => make("option", { value: `${item.icd10} ${item.name}` })));
  }, 250);
}

function candidate(c, n, chosen) {
  const why = c.criteria.filter((w) => w.share !== null).sort((a, b) => b.points - a.points);
  const lacks = c.criteria.filter((w) => w.share !== null && w.share < 0.5);
  const en = document.documentElement.lang === "en" ? "en" : "id";
  const reasons = [...why.slice(0, 4), ...lacks.filter((w) => !why.slice(0, 4).includes(w))];
  return make("label", { className: "candidate" },
    make("input", { type: "radio", name: "to", value: c.facility, checked: chosen ? chosen === c.facility : chosen !== null && n === 0 }),
    make("span", { className: "candidate-in" },
      make("b", {}, c.name), make("small", { className: "rank" }, `${Math.round(c.points)}/100`),
      make("span", { className: "reasons" }, reasons.map((w) =>
        make("span", { className: w.share >= 0.5 ? "good" : "bad" }, sign(w.share >= 0.5 ? "check" : "cross"), w.words[en])))));
}

async function candidates() {
  const at = form.querySelector(".where");
  const code = form.elements.diagnosis.value.match(CODE)?.[1]?.toUpperCase();
  const { urgency, kind } = values();
  const mine = ++asked;
  ranked = [];
  if (!code) {
    at.replaceChildren(make("p", { className: "soft" }, word("younger")));
    return;
  }
  at.replaceChildren(make("p", { className: "soft" }, word("asking")));
  const query = new URLSearchParams({ diagnosis: code, urgency, kind, limit: "5" });
  const [[status, said], [known, own]] = await Promise.all([
    call(`/v1/referrals/candidates?${query}`).catch(() => [0, {}]),
    kind === "vertical" && urgency !== "emergency" ? call(`/v1/referrals/competences?diagnosis=${code}`).catch(() => [0, {}]) : [0, {}],
  ]);
  if (mine !== asked) return;
  ranked = status === 200 ? said.items : [];
  const { to, to_facility } = values();  // as they are now: an answer must not undo what was typed meanwhile
  at.replaceChildren(
    ...(ranked.length ? ranked.map((c, n) => candidate(c, n, to_facility ? null : to)) : [make("p", { className: "soft" }, word("nowhere"))]),
    make("label", { className: ranked.length ? "other" : "" }, word(ranked.length ? "send.elsewhere" : "send.to"),
      make("input", { name: "to_facility", autocomplete: "off", autocapitalize: "characters", value: to_facility ?? "", placeholder: "R1410010401" })),
    ranked.length > 1 ? make("label", { className: "check" }, make("input", { type: "checkbox", name: "then", checked: true }), word("send.then")) : "");
  at.querySelector('[name="to_facility"]').addEventListener("input", ({ target }) => {
    for (const radio of at.querySelectorAll('[name="to"]')) radio.checked = !target.value && radio.value === ranked[0]?.facility;
  });
  own_case(known === 200 && own.non_specialist ? own : null);
}

/** A diagnosis that the first level treats itself asks why it goes up all the same. */
function own_case(own) {
  const at = form.querySelector(".own");
  const en = document.documentElement.lang === "en" ? "en" : "id";
  at.replaceChildren(...(own ? [
    make("p", { className: "hint" }, sign("alert"), word("send.own")),
    make("label", {}, word("part.limit"), make("input", { name: "limit", list: "limits" })),
    make("datalist", { id: "limits" }, own.limit.map((text) => make("option", { value: text[en] }))),
    make("label", {}, word("part.tacc"), make("select", { name: "tacc" }, make("option", { value: "" }, "–"),
      own.tacc.map((t) => make("optgroup", { label: t.name[en] }, t.reasons.map((reason) =>
        make("option", { value: JSON.stringify({ code: t.code, reason }) }, reason)))))),
  ] : []));
}

function built() {
  const codes = make("datalist", { id: "codes" });
  const nik = make("input", { name: "nik", inputMode: "numeric", maxLength: 16, autocomplete: "off", required: true });
  const diagnosis = make("input", { name: "diagnosis", list: "codes", autocomplete: "off", required: true, placeholder: word("send.diagnosis.how") });
  nik.addEventListener("input", () => name_of(nik.value));
  diagnosis.addEventListener("input", () => lookup(codes, diagnosis.value));
  diagnosis.addEventListener("change", candidates);
  const made = make("form", { id: "write", className: "write", noValidate: true, autocomplete: "off" },
    make("a", { href: "#/", className: "back" }, sign("turn"), word("back")),
    make("h2", { tabIndex: -1 }, word("send.title")),
    line("nik", nik, make("span", { className: "known", role: "status" })),
    choice("urgency", ["routine", "urgent", "emergency"], word("send.urgency"), "routine", URGENT),
    line("diagnosis", diagnosis, codes),
    line("reason", box("reason", 3, { required: true })),
    choice("kind", ["vertical", "horizontal", "partial", "back"], word("send.kind"), "vertical"),
    make("div", { className: "own" }),
    make("fieldset", { className: "where", "aria-live": "polite" }, make("p", { className: "soft" }, word("younger"))),
    make("details", {}, make("summary", {}, word("send.more")),
      make("div", { className: "three" }, number("pressure", word("vital.systolic"), "mmHg"), number("pulse", word("vital.pulse"), "/mnt"),
        number("respiration", word("vital.respiration"), "/mnt"), number("temperature", word("vital.temperature"), "°C"), number("oxygen_saturation", "SpO₂", "%"),
        make("label", {}, word("vital.consciousness"), make("select", { name: "consciousness" }, make("option", { value: "" }, "–"),
          ["compos-mentis", "somnolence", "sopor", "coma"].map((a) => make("option", { value: a }, word(`aware.${a}`)))))),
      line("therapy", box("therapy", 2)), line("findings", box("findings", 2)),
      ["situation", "background", "assessment", "recommendation"].map((s) => make("label", {}, word(`sbar.${s}`), box(s, 2))),
      make("div", { className: "two" },
        make("label", {}, word("part.transport"), make("select", { name: "mode" }, make("option", { value: "" }, "–"), ["own", "public", "ambulance", "boat", "other"].map((m) => make("option", { value: m }, word(`mode.${m}`))))),
        line("companion", make("input", { name: "companion", placeholder: word("send.companion.how") }))),
      make("label", {}, word("send.payer"), make("select", { name: "payer" }, [["", "–"], ["jkn", "JKN"], ["self", word("send.self")], ["other", word("mode.other")]].map(([value, text]) => make("option", { value }, text))))),
    make("label", { className: "check" }, make("input", { type: "checkbox", name: "consent" }), word("send.consent")),
    make("p", { className: "wrong", role: "alert", hidden: true }),
    make("button", { className: "go send" }, sign("send"), word("verb.send")));
  for (const radio of made.querySelectorAll('[name="urgency"], [name="kind"]')) radio.addEventListener("change", candidates);
  return made;
}

function fill(v) {
  for (const [name, value] of Object.entries(v ?? {})) {
    const field = form.elements[name];
    if (!field) continue;
    if (field instanceof RadioNodeList) field.value = value;
    else if (field.type === "checkbox") field.checked = Boolean(value);
    else field.value = value;
  }
}

/** The values of a form from a request that was refused. */
function undone(body) {
  return {
    nik: body.patient?.nik, urgency: body.urgency, kind: body.kind, diagnosis: body.diagnosis, reason: body.reason, consent: body.consent,
    to_facility: body.to_facility, therapy: body.therapy, findings: body.findings, limit: body.limit, payer: body.payer, ...body.sbar,
    pressure: body.vitals?.systolic ? `${body.vitals.systolic}/${body.vitals.diastolic ?? ""}` : "", ...body.vitals, mode: body.transport?.mode, companion: body.transport?.companion,
  };
}

/** Show the form in `at`, with what was begun or with a request to mend. `told(referral)` when one is sent; `held()` when it waits. */
export function write(at, { mend, told, held }) {
  form = built();
  at.replaceChildren(form);
  const one = mend ?? null;
  fill(one ? undone(one.body) : begun());
  if (form.elements.diagnosis.value) candidates().then(() => fill(one ? undone(one.body) : begun()));
  name_of(form.elements.nik.value);
  if (one) complain(one.problem?.said.detail, one.problem?.said.errors);
  let saving = 0;
  form.addEventListener("input", (event) => {
    mending(event.target);
    clearTimeout(saving);
    saving = setTimeout(() => form.isConnected && keep(values()), 400);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = request();
    const lacking = ["nik", "diagnosis", "reason"].filter((name) => !values()[name]).map((name) => ({ pointer: `/${name}`, detail: `${word(`send.${name}`)}: ${word("needed")}` }));
    if (!body.to_facility) lacking.push({ pointer: "/to_facility", detail: `${word("field.to")}: ${word("needed")}` });
    if (lacking.length) {
      complain("", lacking);
      return;
    }
    clearTimeout(saving);
    const button = form.querySelector(".go");
    button.disabled = true;
    if (one) drop(one);
    const waits = queue("/v1/referrals", body, [form.querySelector(".known").textContent || `NIK …${body.patient.nik.slice(-4)}`, body.diagnosis, body.to_facility].join(" · "));
    const answer = await attempt(waits);
    button.disabled = false;
    keep(null);
    if (!answer) held();
    else if (answer.status < 300) told(answer.said);
    else {
      drop(waits);
      keep(values());
      complain(answer.status === 409 ? conflict(answer.said) : answer.said.detail, answer.said.errors);
      const there = answer.said.referral;
      if (there) form.querySelector(".wrong").append(make("a", { href: `#/r/${there}` }, word("conflict.see")));
    }
  });
}

/** A field for a facility, for the steps that name one. */
export function facility(label, required) {
  return make("label", {}, word(label), make("input", { name: "to_facility", required, autocomplete: "off", autocapitalize: "characters", placeholder: "R1410010401" }));
}

export const may = () => Boolean(session.facility);

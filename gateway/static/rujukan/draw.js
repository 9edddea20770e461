// The pieces the page is made of: elements, signs, chips, clocks, cards, the way of a referral.
import { age, clock, moment, word } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const SIGNS = {
  siren: "M6 18v-5a6 6 0 0 1 12 0v5M4 21h16M5 18h14M12 2v2M3.5 6.5 5 8M20.5 6.5 19 8",
  bolt: "M13 2 5 13.5h6L10 22l9-12h-6.5z",
  diary: "M5 6h14v14H5zM5 10h14M9 3v4M15 3v4",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  glass: "M7 3h10M7 21h10M8 3c0 5 8 6 8 9s-8 4-8 9M16 3c0 5-8 6-8 9s8 4 8 9",
  alert: "M12 3 2 20.5h20zM12 10v5M12 17.6v.4",
  hand: "M5 12h13M13 6l6 6-6 6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  office: "M4 21h16M6 21V8l6-4 6 4v13M10 12h.5M14 12h.5M10 16h4v5h-4z",
  bell: "M6 17v-6a6 6 0 0 1 12 0v6l1.5 2h-15zM10.5 21h3",
  mute: "M6 17v-6a6 6 0 0 1 9-5.2M18 11v6l1.5 2H8M10.5 21h3M3 3l18 18",
  check: "M5 12.5 10 17.5 19.5 7",
  cross: "M6 6l12 12M18 6 6 18",
  turn: "M4 9h11a5 5 0 0 1 0 10H9M4 9l4-4M4 9l4 4",
  print: "M7 9V3h10v6M7 17H4v-8h16v8h-3M7 14h10v7H7z",
  send: "M21 3 10 14M21 3l-7 18-4-7-7-4z",
  up: "M12 20V5M6 11l6-6 6 6",
  cloud: "M7 18h10a4 4 0 0 0 .5-8A6 6 0 0 0 6 11a3.6 3.6 0 0 0 1 7zM4 4l16 16",
  car: "M4 16v-4l2-5h12l2 5v4M4 16h16v3h-3v-2H7v2H4zM7.5 13.5h.5M16 13.5h.5",
};
export const URGENT = { emergency: "siren", urgent: "bolt", routine: "diary" };
const PRESSING = { late: "alert", soon: "glass", calm: "clock" };

/** An element with its properties, attributes (`aria-…`, `data-…`, `role`) and what stands in it. */
export function make(tag, properties = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "list") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...inside.flat().filter((part) => part !== null && part !== undefined && part !== false && part !== ""));
  return made;
}

export function sign(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", SIGNS[name] ?? SIGNS.clock);
  svg.append(path);
  return svg;
}

/** Do something when the end of a list comes into sight, or is pressed. */
export function ending(button, reached) {
  const watch = new IntersectionObserver(([seen]) => {
    if (!seen.isIntersecting) return;
    watch.disconnect();
    reached();
  }, { rootMargin: "300px" });
  watch.observe(button);
  button.addEventListener("click", reached);
}

export const chip = (kind, name, text) => make("span", { className: `chip ${kind}` }, name ? sign(name) : null, text);
export const urgency = (code) => chip(`u-${code}`, URGENT[code], word(`urgency.${code}`));

/** Until when; `tick` keeps it true. */
export function ticking(due) {
  const made = make("span", { className: "clock", "data-due": due, title: new Date(due).toLocaleString() });
  return strike(made);
}

function strike(at) {
  const [said, pressing] = clock(at.dataset.due);
  if (at.dataset.pressing === pressing && at.lastChild?.textContent === said) return at;
  at.dataset.pressing = pressing;
  at.className = `clock ${pressing}`;
  at.replaceChildren(sign(PRESSING[pressing]), make("span", {}, said));
  return at;
}

export function tick() {
  for (const at of document.querySelectorAll(".clock[data-due]")) strike(at);
}

/** "Siti Aminah · 36 th · P", or that the name is not open yet. */
export function who(person) {
  if (!person?.name) return make("span", { className: "who closed" }, sign("lock"), word("nameless"));
  const about = [age(person.born), person.sex ? word(person.sex) : ""].filter(Boolean).join(", ");
  return make("span", { className: "who" }, person.name, about ? make("small", {}, about) : null);
}

/** How a referral stands, in one chip. */
export function standing(r) {
  if (r.state === "closed") return chip(`s-closed o-${r.outcome}`, "check", word(`outcome.${r.outcome}`));
  return chip(`s-${r.state}`, null, word(`state.${r.state}`));
}

/** Whose turn it is. */
export function turn(r, mine) {
  if (r.closed_at) return null;
  if (mine) return chip("mine", "hand", word("mine"));
  if (r.owner === "office") return chip("office", "office", word("turn.office"));
  return chip("turn", null, word(`turn.${r.owner ?? "receiver"}`));
}

/** One line of a box. */
export function card(r, { box, person, mine, fresh, chosen }) {
  const other = box === "outbox" ? `${word("to")} ${r.to_name ?? r.to_facility ?? "–"}` : `${word("from")} ${r.from_name ?? r.from_facility}`;
  const both = `${r.from_name ?? r.from_facility} → ${r.to_name ?? r.to_facility ?? "–"}`;
  const link = make("a", { href: `#/r/${r.id}`, className: "card-link" },
    make("span", { className: "card-top" }, urgency(r.urgency), r.due_at ? ticking(r.due_at) : make("span", { className: "soft" }, r.closed_at ? moment(r.closed_at) : "")),
    who(person),
    make("span", { className: "card-where" }, box === "district" ? both : other),
    make("span", { className: "card-foot" },
      r.diagnosis ? make("span", { className: "code" }, r.diagnosis) : null,
      standing(r), turn(r, mine),
      r.reminded && !r.closed_at ? chip("reminded", "bell", word("reminded")) : null));
  if (chosen) link.setAttribute("aria-current", "true");
  return make("li", { className: `card e-${r.urgency}${fresh ? " fresh" : ""}`, "data-id": r.id }, link);
}

const STAGES = ["sent", "accepted", "departed", "arrived", "in-care", "closed"];
const STUCK = ["declined", "redirected", "expired"];

/** Where on its way a referral is: a line of stages with the hour each was reached. */
export function way(r) {
  const reached = {};
  for (const step of r.history ?? []) if (STAGES.includes(step.state)) reached[step.state] ??= step;
  const stuck = STUCK.includes(r.state);
  const here = stuck ? 0 : STAGES.indexOf(r.state);
  const stages = STAGES.map((stage, n) => {
    const step = reached[stage];
    const is = stage === r.state && !r.closed_at ? "now" : step ? "done" : n < here ? "passed" : "ahead";
    const label = stage === "closed" && r.outcome ? word(`outcome.${r.outcome}`) : word(`stage.${stage}`);
    const item = make("li", { className: is },
      make("span", { className: "dot" }, is === "done" ? sign("check") : null),
      make("span", { className: "stage" }, label),
      step ? make("small", {}, moment(step.at)) : null);
    if (is === "now") item.setAttribute("aria-current", "step");
    return item;
  });
  if (stuck) {
    stages.splice(1, 0, make("li", { className: "now stuck", "aria-current": "step" },
      make("span", { className: "dot" }, sign("alert")), make("span", { className: "stage" }, word(`state.${r.state}`)),
      r.history?.length ? make("small", {}, moment(r.history.at(-1).at)) : null));
  }
  return make("ol", { className: "way" }, stages);
}

const DID = {
  accept: "check", decline: "cross", redirect: "turn", expire: "glass", escalate: "office", remind: "bell", raise: "up",
  depart: "car", arrive: "person", cancel: "cross", "no-show": "cross", "refer-back": "turn", close: "check", send: "send", treat: "hand",
};

/** Every step, the newest first: what, where, when, why. */
export function story(steps, named, known) {
  return make("ol", { className: "story" }, [...steps].reverse().map((step) => make("li", { className: `v-${step.verb}` },
    make("span", { className: "dot" }, sign(DID[step.verb] ?? "clock")),
    make("div", {},
      make("b", {}, word(`did.${step.verb}`)), " ",
      make("time", { dateTime: step.at }, moment(step.at)),
      make("div", { className: "soft" }, step.side === "clock" ? "" : named(step.facility)),
      step.reason && step.reason !== known ? make("p", {}, step.reason) : null,
      step.note ? make("p", {}, step.note) : null))));
}

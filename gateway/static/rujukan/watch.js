// What an office and a busy facility watch: how long open referrals wait, and the follow-ups that came home.
import { call, post, session } from "/assets/session.js";
import { named, person } from "./boxes.js";
import { chip, ending, make, who } from "./draw.js";
import { day, word } from "./words.js";

const LATE = ["under_1h", "under_6h", "under_1d", "under_3d", "under_7d", "over_7d"];

function bar(row, most) {
  const parts = ["in_time", ...LATE].filter((name) => row[name]).map((name) => {
    const part = make("span", { className: `age-${name}`, title: `${word(`age.${name}`)}: ${row[name]}` });
    part.style.flexGrow = String(row[name]);
    return part;
  });
  const made = make("span", { className: "heap", "aria-hidden": "true" }, parts);
  made.style.width = `${Math.max(4, (100 * row.open) / most)}%`;
  return made;
}

function block(title, said) {
  if (!said.facilities.length) return null;
  const most = Math.max(...said.facilities.map((row) => row.open));
  return make("section", { className: "ageing" },
    make("h2", {}, title),
    make("ul", {}, said.facilities.map((row) => make("li", {},
      make("span", { className: "bar-name" }, row.name ?? row.facility),
      make("span", { className: "bar-track" }, bar(row, most)),
      make("span", { className: "bar-said" }, make("b", {}, String(row.open)),
        row.overdue ? chip("late", "alert", `${row.overdue} ${word("ageing.late")}`) : null,
        row.escalated ? chip("office", "office", `${row.escalated} ${word("ageing.office")}`) : null)))));
}

/** Bars by sender and receiver; the darker, the longer past their time. */
export async function ageing() {
  const sides = ["sender", "receiver"];
  const answers = await Promise.all(sides.map((by) => call(`/v1/referrals/ageing?by=${by}`)));
  const found = answers.flatMap(([status, said], n) => (status === 200 ? [block(word(`ageing.${sides[n]}`), said)] : []));
  if (!found.some(Boolean)) return make("p", { className: "none" }, word("none.ageing"));
  const legend = make("ul", { className: "legend" }, ["in_time", ...LATE].map((name) =>
    make("li", {}, make("span", { className: `swatch age-${name}` }), word(`age.${name}`))));
  return make("div", {}, make("p", { className: "soft" }, word("ageing.about")), found, legend);
}

function task(one, done) {
  const open = one.stands === "due" || one.stands === "late";
  const note = make("input", { "aria-label": word("follow.note"), placeholder: word("follow.note"), minLength: 3 });
  const mark = make("form", { className: "row", onsubmit: (event) => {
    event.preventDefault();
    if (note.value.trim().length > 2) done(one, note.value.trim());
    else note.focus();
  } }, note, make("button", {}, word("follow.mark")));
  return make("li", { className: `card follow ${one.stands}` },
    make("div", { className: "card-link" },
      make("span", { className: "card-top" },
        chip(one.stands, { due: "clock", late: "alert" }[one.stands] ?? "check", word(`follow.${one.stands}`)),
        make("span", { className: "soft" }, day(one.due))),
      who(person(one)),
      make("span", { className: "card-where" }, `${word("from")} ${one.from_name ?? one.from_facility} · ${word(`cause.${one.cause}`)}`),
      one.advice ? make("p", { className: "advice" }, one.advice) : null,
      one.note ? make("p", { className: "soft" }, one.note) : null,
      make("a", { href: `#/r/${one.referral}` }, `${word("see")} ${one.number}`),
      open && one.facility === session.facility ? mark : null));
}

/** The follow-ups of the home facility, late ones first; the end of the list asks for what follows. */
export async function follow_ups(told, after = null) {
  const [status, said] = await call(`/v1/referrals/follow-ups?limit=30${after ? `&after=${encodeURIComponent(after)}` : ""}`);
  if (status !== 200 || (!said.items.length && !after)) return make("p", { className: "none" }, word("none.followups"));
  await named(said.items);
  const done = async (one, note) => told(await post(`/v1/referrals/follow-ups/${one.referral}`, { note }));
  const counted = after ? [] : ["late", "due", "done", "done_late"].filter((name) => said.counts[name]);
  const more = said.next ? make("button", { type: "button", className: "more" }, word("more")) : null;
  if (more) ending(more, async () => more.replaceWith(await follow_ups(told, said.next)));
  return make("div", {},
    counted.length ? make("p", { className: "row" }, counted.map((name) => chip(name, null, `${said.counts[name]} ${word(`follow.${name.replace("_", "-")}`)}`))) : null,
    make("ul", { className: "cards" }, said.items.map((one) => task(one, done))), more);
}

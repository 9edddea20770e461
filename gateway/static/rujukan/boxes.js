// The lists: what lies in a box, in the API's own order, page by page; names by the reader's own right to them.
import { call, session } from "/assets/session.js";
import { card, ending, make, sign } from "./draw.js";
import { waiting } from "./keeping.js";
import { moment, word } from "./words.js";

const RANK = { emergency: 0, urgent: 1, routine: 2 };
const PAGE = 30;
const boxes = new Map();
const persons = new Map();
const facilities = new Map();
export const fresh = new Set();

/** Forget everything that was read. */
export function forget() {
  for (const kept of [boxes, persons, facilities, fresh]) kept.clear();
}

const district = () => ["dinkes-admin", "auditor"].includes(session.role);
export const tabs = () => (district() ? ["district", "office", "followups", "ageing"] : ["inbox", "outbox", "followups", "ageing"]);
export const mine = (r) => !r.closed_at && (r.owner === "office"
  ? session.role === "dinkes-admin" : r.owner_facility === session.facility);

function path(name, after) {
  const [box, side] = name.split("/");
  const query = new URLSearchParams({ limit: String(PAGE), open: String(side !== "ended") });
  if (box === "inbox" || box === "outbox") query.set("box", box);
  if (box === "office") query.set("box", "office");
  if (after) query.set("after", after);
  return `/v1/referrals?${query}`;
}

/** What is known of a box; its first page is asked for once. */
export async function load(name, { more = false, anew = false } = {}) {
  let box = boxes.get(name);
  if (!box) boxes.set(name, box = { items: new Map(), next: null, read: false, busy: null });
  if (box.busy) return box.busy;
  if (box.read && !anew && !(more && box.next)) return box;
  box.busy = (async () => {
    try {
      const [status, said] = await call(path(name, more ? box.next : null));
      if (status !== 200) throw new Error(String(status));
      if (!more) box.items.clear();
      for (const r of said.items) box.items.set(r.id, r);
      Object.assign(box, { next: said.next, read: true });
      note(said.items);
      await named(said.items);
    } finally { box.busy = null; }
    return box;
  })();
  return box.busy;
}

function note(items) {
  for (const r of items) {
    if (r.from_name) facilities.set(r.from_facility, r.from_name);
    if (r.to_name) facilities.set(r.to_facility, r.to_name);
  }
}

/** A facility's name, as far as it has been read. */
export const place = (code) => facilities.get(code) ?? code ?? "–";

/** Read the names of facilities that a history speaks of. */
export async function places(codes) {
  const unknown = [...new Set(codes)].filter((code) => code && /^[A-Z]\d+$/.test(code) && !facilities.has(code));
  await Promise.all(unknown.map(async (code) => {
    const [status, said] = await call(`/v1/facilities/${encodeURIComponent(code)}`).catch(() => [0, {}]);
    if (status === 200) facilities.set(code, said.name);
  }));
}

/** The names that were not told with a page of referrals, in one request: the record shows those this account may see. */
export async function named(items) {
  if (session.role === "auditor") return;
  const ids = [...new Set(items.filter((r) => !r.patient).map((r) => r.person_id))].filter((id) => id && !persons.get(id)?.name);
  if (!ids.length) return;
  const body = new URLSearchParams({ _id: ids.join(","), _elements: "name,birthDate,gender", _count: String(ids.length) });
  const [status, said] = await call("/fhir-r4/v1/Patient/_search", { method: "POST", body }).catch(() => [0, {}]);
  if (status !== 200) return;
  for (const id of ids) persons.set(id, {});
  for (const { resource: p } of said.entry ?? []) {
    if (p?.resourceType !== "Patient") continue;
    const name = p.name?.[0];
    const full = name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(" ");
    persons.set(p.id, { name: full, born: p.birthDate, sex: p.gender });
  }
}

/** Who a referral is about: as it was told with it, else from the record. */
export function person(r) {
  const told = r.patient;
  return told ? { name: told.name, born: told.birth_date, sex: told.gender } : persons.get(r.person_id);
}

const before = (a, b) => RANK[a.urgency] - RANK[b.urgency] || a.opened_at.localeCompare(b.opened_at) || a.id.localeCompare(b.id);

/** Put a referral as it is now into every list that is read, and out of those it has left. */
export function put(r, told) {
  note([r]);
  for (const [name, box] of boxes) {
    const [which, side] = name.split("/");
    const fits = which === told || (which === "office" && r.owner === "office") || which === "district";
    const belongs = fits && (which !== "office" || r.owner === "office") && (side === "ended") === Boolean(r.closed_at);
    if (!belongs) {
      if (which === told || which === "office" || which === "district") box.items.delete(r.id);
      continue;
    }
    const last = [...box.items.values()].at(-1);
    if (!box.items.has(r.id) && box.next && side !== "ended" && last && before(last, r) < 0) continue;
    box.items.set(r.id, r);
    const order = side === "ended" ? (a, b) => b.closed_at.localeCompare(a.closed_at) : before;
    box.items = new Map([...box.items.values()].sort(order).map((one) => [one.id, one]));
  }
}

/** Take over what the stream tells of a referral; whether it was in a list. */
export function patch(told) {
  let known = false;
  for (const box of boxes.values()) {
    const r = box.items.get(told.id);
    if (!r) continue;
    known = true;
    const { state, urgency, owner, due_at, outcome, version } = told;
    Object.assign(r, { state, urgency, owner, due_at, outcome, version });
    if (state === "closed") box.items.delete(told.id);
  }
  return known;
}

/** Take a referral out of the lists of one box. */
export function pull(id, told) {
  for (const [name, box] of boxes) if (name.startsWith(`${told}/`)) box.items.delete(id);
}

/** How many of a box are this reader's to do, as far as they have been read. */
export function todo(name) {
  return [...(boxes.get(`${name}/open`)?.items.values() ?? [])].filter(mine).length;
}

/** A box as a list; the end of it asks for what follows when it comes into sight. */
export function list(name, chosen, more) {
  const box = boxes.get(name);
  const which = name.split("/")[0];
  const kind = which === "office" ? "district" : which;
  const items = [...box.items.values()];
  if (!items.length && !box.next) return make("p", { className: "none" }, word(`none.${which}`));
  const drawn = items.map((r) => card(r, {
    box: kind, person: person(r), mine: mine(r), fresh: fresh.has(r.id), chosen: r.id === chosen,
  }));
  const end = box.next ? make("button", { type: "button", className: "more" }, word("more")) : null;
  if (end) ending(end, more);
  return make("div", {}, make("ul", { className: "cards" }, drawn), end);
}

/** What this phone has written and could not send yet. */
export function held(mend, discard) {
  return waiting().map((one) => make("article", { className: `held${one.problem ? " wrong" : ""}` },
    make("b", {}, sign(one.problem ? "alert" : "cloud"), word(one.problem ? "waiting.fix" : "waiting")),
    make("span", {}, one.label), make("small", { className: "soft" }, `${word("waiting.since")} ${moment(one.at)}`),
    one.problem ? make("p", {}, one.problem.said.detail ?? "") : null,
    one.problem ? make("div", { className: "row" },
      one.path === "/v1/referrals" ? make("button", { type: "button", onclick: () => mend(one) }, word("mend")) : null,
      make("button", { type: "button", className: "plain", onclick: () => discard(one) }, word("drop"))) : null));
}

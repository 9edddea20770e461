// The worklist: who is due, late or lost, as the API orders them; an outcome in two taps; one person's items.
// Nothing is kept on the phone. An outcome carries its own key, so that sending it again records it once.
import { ending, make, sign } from "/assets/rujukan/draw.js";
import { call, fresh, leave, onEnter, post, session } from "/assets/session.js";
import { age, day, spoken, word } from "./words.js";

const $ = (id) => document.getElementById(id);
const TABS = ["", "lost", "late", "due", "hold"];
const KINDS = ["reached", "refused", "served-elsewhere", "moved", "died"];
const PAGE = 25;
const SHOWN = 5;
let tab = "";
const EMPTY = { items: [], next: null, counts: null };
let list = EMPTY;
let refused = "";
let turn = 0;
let places = { villages: new Map(), puskesmas: new Map() };

function say(text, kind = "fine") {
  const note = make("div", { className: `note ${kind}` }, sign(kind === "fine" ? "check" : "alert"), make("span", {}, text));
  $(kind === "wrong" ? "alarm" : "notes").append(note);
  setTimeout(() => note.remove(), kind === "wrong" ? 12_000 : 5_000);
}

/** What the typed place is called and under which code: villages and puskesmas by name too. */
function typed() {
  const said = $("code").value.trim();
  const code = said.replaceAll(".", "");
  for (const [kind, known] of [["village", places.villages], ["puskesmas", places.puskesmas]]) {
    if (known.has(code)) return [kind, code];
    const [found] = [...known].filter(([, name]) => name.toLowerCase() === said.toLowerCase());
    if (found) return [kind, found[0]];
  }
  return [/^\d{10}$/.test(code) ? "village" : "posyandu", code];
}

/** The district's villages and puskesmas, to choose from and to say by name; without them codes do. */
async function learn() {
  const all = async (path) => {
    const [status, said] = await call(path).catch(() => [0, {}]);
    return status === 200 ? said.items.map((one) => [one.code, one.name]) : [];
  };
  const [areas, puskesmas] = await Promise.all([all("/v1/areas?limit=2000"), all("/v1/facilities?kind=puskesmas&limit=2000")]);
  places = { villages: new Map(areas.filter(([code]) => code.length === 10)), puskesmas: new Map(puskesmas) };
  $("known").replaceChildren(...[...places.puskesmas, ...places.villages].map(([code, name]) => make("option", { value: code }, name)));
}

function path(after) {
  const query = new URLSearchParams({ names: "true", limit: String(PAGE) });
  const [kind, code] = typed();
  if (code) query.set(kind, code);
  if (tab === "hold") query.set("on_hold", "true");
  else if (tab) query.set("state", tab);
  if (after) query.set("after", after);
  return `/v1/worklists?${query}`;
}

async function load(more = false) {
  const mine = ++turn;
  if (session.role === "dinkes-admin" && !$("code").value.trim()) {
    list = EMPTY;
    refused = word("choose");
    draw();
    return;
  }
  const [status, said] = await call(path(more ? list.next : null)).catch(() => [0, {}]);
  if (mine !== turn) return;
  if (status !== 200 && more) {
    say(said.detail ?? word("away"), "wrong");
    return;
  }
  if (status !== 200) {
    list = EMPTY;
    refused = status === 403 ? word("notYours") : said.errors?.[0]?.detail ?? said.detail ?? word("away");
    draw();
    return;
  }
  refused = "";
  list = { items: more ? [...list.items, ...said.items] : said.items, next: said.next, counts: said.counts };
  draw();
}

function drawTabs() {
  $("place").textContent = word("title");
  const c = list.counts;
  const count = { "": c && c.lost + c.late + c.due, lost: c?.lost, late: c?.late, due: c?.due, hold: c && c.resting + c.refused + c.claimed };
  $("tabs").replaceChildren(...TABS.map((name) => {
    const link = make("a", { href: `#/${name}` }, word(`tab.${name}`), count[name] ? make("span", { className: "count" }, String(count[name])) : null);
    if (name === tab) link.setAttribute("aria-current", "page");
    return link;
  }));
}

function things(line) {
  const all = line.standards.flatMap((s) => s.items.filter((i) => i.state !== "later"));
  const first = [...all.filter((i) => i.state === "now"), ...all.filter((i) => i.state === "overdue")];
  const named = new Map(first.map((i) => [`${i.state} ${spoken(i.label) || i.item}`, i]));
  const chips = [...named.values()].slice(0, SHOWN).map((i) =>
    make("li", { className: i.state }, `${spoken(i.label) || i.item}${i.state === "overdue" ? ` (${word("item.overdue")})` : ""}`));
  if (named.size > SHOWN) chips.push(make("li", {}, `+${named.size - SHOWN} ${word("others")}`));
  return make("ul", { className: "things" }, chips);
}

const traits = (line) => [age(line.age_months), line.sex && word(line.sex), places.villages.get(line.village), line.who?.address].filter(Boolean).join(" · ");
const rests = (o) => `${word(`kind.${o.kind}`)}, ${day(o.on)} · ${word(`rests.${o.state}`)}${o.state === "resting" ? ` ${day(o.rest_until)}` : ""}`;

function acts(line, done) {
  const phone = line.who?.phone;
  return make("div", { className: "acts" },
    make("button", { type: "button", className: "go outcome", onclick: () => choose(line, done) }, word("outcome")),
    phone ? make("a", { className: "second", href: `tel:${phone}` }, word("call")) : null);
}

function card(line) {
  const name = line.who?.name ?? word("unnamed");
  return make("li", { className: `person ${line.state}`, "data-id": line.person_id },
    make("p", { className: "state" }, word(`state.${line.state}`), line.closes ? ` · ${word("closes")} ${day(line.closes)}` : ""),
    make("h2", {}, make("a", { href: `#/p/${line.person_id}` }, name)),
    make("p", { className: "soft" }, traits(line)),
    line.outcome ? make("p", { className: "soft" }, rests(line.outcome)) : null,
    things(line), acts(line, load));
}

function draw() {
  drawTabs();
  const end = list.next ? make("button", { type: "button", className: "more" }, word("more")) : null;
  if (end) ending(end, () => load(true));
  const cards = make("ul", { className: "cards" }, list.items.map(card));
  $("panel").replaceChildren(list.items.length || end ? make("div", {}, cards, end) : make("p", { className: "none" }, refused || word("none")), ...choices());
}

/** The office begins with a puskesmas. */
function choices() {
  if (session.role !== "dinkes-admin" || $("code").value.trim()) return [];
  return [...places.puskesmas].map(([code, name]) => make("button", {
    type: "button", className: "plain wide", "data-puskesmas": code, onclick: () => { $("code").value = code; load(); },
  }, name));
}

/** The second tap records it; what is not answered is sent again under the same key. */
function choose(line, done) {
  const key = fresh("hasil");
  let way = "home-visit";
  const note = make("textarea", { name: "note", rows: 2, maxLength: 500 });
  const come = make("input", { type: "date", name: "come_on" });
  const ways = make("div", { className: "switch", role: "group", "aria-label": word("ask") });
  const drawWays = () => ways.replaceChildren(...["home-visit", "call"].map((one) => make("button", {
    type: "button", "aria-pressed": String(one === way), onclick: () => { way = one; drawWays(); },
  }, word(`way.${one}`))));
  drawWays();
  const record = async (kind) => {
    const body = { kind, way, ...(note.value.trim() ? { note: note.value.trim() } : {}), ...(kind === "reached" && come.value ? { come_on: come.value } : {}) };
    const [status, said] = await post(`/v1/worklists/${line.person_id}/outcomes`, body, `${key}-${kind}`).catch(() => [0, {}]);
    if (status !== 200 && status !== 201) {
      say(said.errors?.[0]?.detail ?? said.detail ?? word("away"), "wrong");
      return;
    }
    $("ask").close();
    say(`${word("saved")} · ${word(`kind.${kind}`)}`);
    await done();
  };
  $("ask").replaceChildren(
    make("h2", { id: "ask-title" }, line.who?.name ?? word("ask")), ways,
    make("div", { className: "choices" }, KINDS.map((kind) => make("button", {
      type: "button", className: kind === "reached" ? "go" : "second", "data-kind": kind, onclick: () => record(kind),
    }, word(`kind.${kind}`)))),
    make("label", {}, word("come_on"), come), make("label", {}, word("note"), note),
    make("div", { className: "row end" }, make("button", { type: "button", className: "plain", onclick: () => $("ask").close() }, word("cancel"))));
  $("ask").showModal();
}

function standard(s) {
  return [make("h3", {}, spoken(s.title)), make("table", {}, make("tbody", {}, s.items.map((i) => make("tr", { className: i.state },
    make("td", {}, spoken(i.label) || i.item, i.item.includes(":") ? ` ${i.item.split(":")[1]}` : ""),
    make("td", {}, word(`item.${i.state}`), i.due_until ? make("small", { className: "soft" }, ` ${day(i.due_until)}`) : "")))))];
}

const told = (o) => make("article", { className: "said" }, make("b", {}, rests(o)),
  make("p", {}, [word(`way.${o.way}`), o.by].filter(Boolean).join(" · ")), o.note ? make("p", {}, o.note) : null);

async function open(id) {
  const [status, line] = await call(`/v1/worklists/${id}?names=true`).catch(() => [0, {}]);
  if (!session.token || !location.hash.includes(id)) return;
  const back = make("a", { href: `#/${tab}`, className: "back" }, word("back"));
  if (status !== 200) {
    $("one").replaceChildren(back, make("p", { className: "none" }, line.detail ?? word("away")));
    return;
  }
  const again = async () => { await open(id); load(); };
  $("one").replaceChildren(back,
    make("h2", { tabIndex: -1 }, line.who?.name ?? word("unnamed")), make("p", { className: "soft" }, traits(line)),
    make("p", {}, `${word("contact")}: ${line.last_contact ? day(line.last_contact) : word("never")}`), acts(line, again),
    make("h3", {}, word("waiting")), ...(line.standards.length ? line.standards.flatMap(standard) : [make("p", {}, word("nothing"))]),
    ...(line.outcomes.length ? [make("h3", {}, word("history")), ...line.outcomes.map(told)] : []));
  scrollTo(0, 0);
  $("one").querySelector("h2").focus({ preventScroll: true });
}

async function go() {
  if (!session.token) return;
  const [, page = "", id] = location.hash.match(/^#\/(p\/([0-9a-f-]+)|[a-z]*)/) ?? [];
  document.body.classList.toggle("deep", Boolean(id));
  if (id) {
    await open(id);
    return;
  }
  $("one").replaceChildren();
  if (TABS.includes(page) && page !== tab) {
    tab = page;
    list = { ...list, items: [], next: null };
    draw();
    await load();
  } else draw();
}

function out() {
  leave();
  turn++;
  list = EMPTY;
  refused = "";
  $("code").value = "";
  $("ask").close();
  for (const id of ["panel", "one", "tabs", "ask", "notes", "alarm"]) $(id).replaceChildren();
  document.body.className = "out";
  $("enter").hidden = false;
  $("desk").hidden = $("leave").hidden = true;
}

session.ended = out;
onEnter(async () => {
  document.body.classList.remove("out");
  $("enter").hidden = true;
  $("desk").hidden = $("leave").hidden = false;
  await learn();
  await load();
  await go();
});
addEventListener("hashchange", go);
document.addEventListener("language", () => {
  if (!session.token) return;
  if (refused) load();
  go();
});
$("leave").addEventListener("click", out);
$("where").addEventListener("submit", (event) => {
  event.preventDefault();
  load();
});

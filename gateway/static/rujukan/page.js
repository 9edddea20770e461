// The page itself: who is signed in, which list and which referral are shown, what the stream brings.
import { leave, onEnter, session } from "/assets/session.js";
import { forget, fresh, held, list, load, mine, patch, person, pull, put, tabs, todo } from "./boxes.js";
import { make, sign, tick } from "./draw.js";
import { drop, flush, lock, sealed, unlock, waiting } from "./keeping.js";
import { conflict, draw, read, step } from "./one.js";
import { facility, may, write } from "./send.js";
import { follow } from "./stream.js";
import { ageing, follow_ups } from "./watch.js";
import { word } from "./words.js";

const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 60rem)");
let tab = "";
let side = "open";
let shown = null;
let silence = () => {};
let sounding = true;
let bell = null;

function say(text, kind = "fine", alarm = false) {
  const note = make("div", { className: `note ${kind}` }, sign({ fine: "check", wrong: "alert", new: "bell", held: "cloud" }[kind]), make("span", {}, text));
  const at = alarm || kind === "wrong" ? $("alarm") : $("notes");
  at.append(note);
  setTimeout(() => note.remove(), kind === "wrong" ? 12_000 : 6_000);
}

/** Two short tones, three for an emergency; a phone trembles too. */
function ring(emergency) {
  if (!sounding) return;
  navigator.vibrate?.(emergency ? [200, 80, 200, 80, 300] : 120);
  try {
    bell ??= new AudioContext();
    for (let n = 0; n < (emergency ? 3 : 2); n++) {
      const [tone, loud] = [bell.createOscillator(), bell.createGain()];
      const at = bell.currentTime + n * 0.22;
      tone.frequency.value = emergency ? 880 : 660 + n * 110;
      loud.gain.setValueAtTime(0.0001, at);
      loud.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
      loud.gain.exponentialRampToValueAtTime(0.0001, at + 0.2);
      tone.connect(loud).connect(bell.destination);
      tone.start(at);
      tone.stop(at + 0.21);
    }
  } catch { /* no sound on this device */ }
}

const route = () => location.hash.match(/^#\/(r\/([0-9A-Za-z-]+)|new|[a-z]*)/) ?? [];

function title() {
  const count = tab === "inbox" || tab === "office" ? todo(tab) : todo(tabs()[0]);
  document.title = `${count ? `(${count}) ` : ""}${word(`tab.${tab || "inbox"}`)} · Simpul ILP`;
}

function drawTabs() {
  $("place").textContent = word(`title.${tab}`);
  $("tabs").replaceChildren(...tabs().map((name) => {
    const count = todo(name);
    const link = make("a", { href: `#/${name}` }, word(`tab.${name}`), count ? make("span", { className: "count" }, String(count), make("span", { className: "away" }, ` ${word("mine")}`)) : null);
    if (name === tab) link.setAttribute("aria-current", "page");
    return link;
  }));
  title();
}

function switcher() {
  return make("div", { className: "switch", role: "group", "aria-label": word(`tab.${tab}`) }, ["open", "ended"].map((name) =>
    make("button", { type: "button", "aria-pressed": String(side === name), onclick: () => { side = name; panel(); } }, word(name))));
}

const boxed = () => ["inbox", "outbox", "district", "office"].includes(tab);
const box = () => `${tab}/${tab === "office" ? "open" : side}`;

function drawPanel() {
  if (!boxed()) return;
  const more = async () => {
    await load(box(), { more: true }).catch(() => say(word("away"), "wrong"));
    drawPanel();
  };
  const kept = document.activeElement?.closest?.(".card")?.dataset.id;
  $("panel").replaceChildren(tab === "office" ? "" : switcher(), list(box(), shown?.id, more));
  if (kept) document.querySelector(`.card[data-id="${CSS.escape(kept)}"] a`)?.focus();
  drawTabs();
}

/** Show the list that is chosen. */
async function panel() {
  drawTabs();
  drawHeld();
  const wanted = tab;
  try {
    if (boxed()) {
      await load(box());
      if (wanted === tab) drawPanel();
    } else {
      const made = tab === "ageing" ? await ageing() : await follow_ups(([status, said]) => {
        say(status < 300 ? word("done") : said.detail ?? word("away"), status < 300 ? "fine" : "wrong");
        panel();
      });
      if (wanted === tab) $("panel").replaceChildren(made);
    }
  } catch { say(word("away"), "wrong"); }
}

function drawHeld() {
  $("waiting").replaceChildren(...held((one) => {
    location.hash = "#/new";
    write($("one"), { ...sending, mend: one });
  }, drop));
}

const sending = {
  told: (r) => {
    say(`${word("sent")} · ${r.number ?? ""}`, "fine");
    put(r, "outbox");
    location.hash = `#/r/${r.id}`;
  },
  held: () => {
    say(word(sealed() ? "kept" : "kept.page"), "held");
    tab = "outbox";
    location.hash = "#/outbox";
  },
};

async function open(id) {
  const r = await read(id).catch(() => ({ problem: word("away") }));
  if (route()[2] !== id) return;
  fresh.delete(id);
  shown = r.problem ? null : r;
  const inside = r.problem ? [make("a", { href: "#/", className: "back" }, word("back")), make("p", { className: "none" }, r.problem)]
    : draw(r, (verb) => step($("ask"), verb, r, facility, () => again(id), say), say);
  const before = $("one").dataset.id;
  $("one").replaceChildren(...inside);
  $("one").dataset.id = id;
  if (before !== id) {
    if (!wide.matches) scrollTo(0, 0);
    else $("one").scrollTop = 0;
    $("one").querySelector("h2")?.focus({ preventScroll: true });
  }
  if (!r.problem) drawPanel();
}

/** Read one again after something happened to it, here and in the lists. */
async function again(id, told) {
  const r = await read(id).catch(() => null);
  if (!r || r.problem) return null;
  put(r, told ?? (r.from_facility === session.facility ? "outbox" : "inbox"));
  if (route()[2] === id) await open(id);
  drawPanel();
  return r;
}

async function go() {
  if (!session.token) return;
  const [, page = "", id] = route();
  document.body.classList.toggle("deep", Boolean(id) || page === "new");
  if (tabs().includes(page) && page !== tab) [tab, side] = [page, "open"];
  if (id) await open(id);
  else if (page === "new" && may()) {
    delete $("one").dataset.id;
    if (!$("one").querySelector("#write")) write($("one"), sending);
    $("one").querySelector("h2")?.focus({ preventScroll: true });
    if (!wide.matches) scrollTo(0, 0);
  } else {
    shown = null;
    delete $("one").dataset.id;
    $("one").replaceChildren(make("p", { className: "none" }, word("choose")));
    if (!wide.matches) scrollTo(0, 0);
  }
  await panel();
}

let later = 0;

/** The district's list is read again, at most every few seconds: the stream says nothing of whom a referral is about. */
function stale() {
  if (tab !== "district" || later) return;
  later = setTimeout(async () => {
    later = 0;
    if (tab !== "district") return;
    await load(box(), { anew: true }).catch(() => {});
    drawPanel();
  }, 700);
}

/** What the stream says. A referral that is new here is read once; one that has left is taken out. */
async function heard(event, told) {
  if (event === "reset") {
    forget();
    await go();
  }
  if (event !== "referral") return;
  if (told.over) {
    pull(told.id, told.box);
    if (shown?.id === told.id) await open(told.id);
    drawPanel();
    return;
  }
  if (told.box === "district" && told.owner !== "office") {
    if (patch(told)) drawPanel();
    else stale();
    return;
  }
  const r = await again(told.id, told.box);
  if (!r) return;
  const theirs = mine(r) && !(r.history?.at(-1)?.facility === session.facility && r.history.at(-1).side !== "clock");
  if (!theirs && told.box !== "outbox") return;
  if (r.history?.at(-1)?.facility === session.facility && r.history.at(-1).side !== "clock") return;
  fresh.add(r.id);
  drawPanel();
  const emergency = r.urgency === "emergency";
  const what = told.verb === "send" && told.box === "inbox" ? word("new.inbox") : word(`did.${told.verb}`);
  say([what, emergency ? word("urgency.emergency") : "", person(r)?.name ?? r.number].filter(Boolean).join(" · "), "new", emergency);
  ring(emergency);
}

function state(name) {
  $("live").className = `live ${name}`;
  $("live").replaceChildren(make("span", { className: "dot" }), make("span", { className: "live-said" }, word({ live: "live", wait: "live.wait", off: "live.off" }[name])));
  if (name === "live") out();
}

let pause = 0;
let next = 0;

/** Send what was written offline; what does not get through is tried again, ever more slowly. */
async function out() {
  clearTimeout(next);
  await flush((one, { status, said }) => {
    pause = 0;
    if (status < 300) {
      say(word("late.kept"), "fine");
      if (said.id) put(said, said.from_facility === session.facility ? "outbox" : "inbox");
      drawPanel();
    } else say(status === 409 ? conflict(said) : said.detail ?? "", "wrong");
  });
  if (!session.token || !waiting().some((one) => !one.problem)) return;
  pause = Math.min(Math.max(pause * 2, 1000), 30_000);
  next = setTimeout(out, pause);
}

function drawSound() {
  $("sound").setAttribute("aria-pressed", String(sounding));
  $("sound").replaceChildren(sign(sounding ? "bell" : "mute"), make("span", { className: "away" }, word(sounding ? "sound.on" : "sound.off")));
}

onEnter(async (password) => {
  await unlock(password, drawHeld);
  for (const id of ["leave", "live", "sound", "desk"]) $(id).hidden = false;
  $("enter").hidden = true;
  $("begin").hidden = !may();
  document.body.classList.remove("out");
  if (!tabs().includes(tab)) [tab] = tabs();
  silence();
  drawSound();
  await go();
  silence = follow((event, told) => { heard(event, told).catch(() => {}); }, state);
});

session.ended = () => {
  silence();
  leave();
  $("desk").hidden = $("leave").hidden = $("live").hidden = $("sound").hidden = true;
  $("enter").hidden = false;
  document.body.classList.add("out");
};

$("leave").addEventListener("click", async () => {
  session.ended();
  forget();
  for (const id of ["panel", "one", "waiting", "tabs"]) $(id).replaceChildren();
  delete $("one").dataset.id;
  await lock();
});
$("sound").addEventListener("click", () => {
  sounding = !sounding;
  drawSound();
});
document.addEventListener("language", () => {
  if (!session.token) return;
  drawSound();
  delete $("one").dataset.id;
  if (route()[1] === "new") $("one").replaceChildren();
  go();
});
addEventListener("hashchange", go);
addEventListener("online", () => {
  pause = 0;
  out();
});
addEventListener("beforeunload", (event) => {
  if (waiting().length && !sealed()) event.preventDefault();
});
setInterval(tick, 10_000);

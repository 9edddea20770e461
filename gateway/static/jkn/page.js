// The page itself: who is signed in, which part of the JKN room is shown, and that what is shown stays true.
import { make, sign } from "/assets/rujukan/draw.js";
import { call, leave, onEnter, session } from "/assets/session.js";
import { deliveries, delivery } from "./deliveries.js";
import { facility, overview, people } from "./kbk.js";
import { opened, reconciliation } from "./reconciliation.js";
import { word } from "./words.js";

const $ = (id) => document.getElementById(id);
const FRESH = 15_000;
const ALL = ["kbk", "deliveries", "reconciliation"];
const SEES = { "dinkes-analyst": ["kbk", "reconciliation"], auditor: ["kbk"], clinician: ["kbk", "deliveries"], "jkn-connector": ["deliveries"] };
let drawn = "";
let turn = 0;

/** Tell what went wrong, or (`fine`) what was done. */
export function say(text, kind = "wrong") {
  if ([...$("alarm").children].some((said) => said.textContent === text)) return;
  const note = make("div", { className: `note ${kind}` }, sign(kind === "fine" ? "check" : "alert"), make("span", {}, text));
  $(kind === "fine" ? "notes" : "alarm").append(note);
  setTimeout(() => note.remove(), kind === "fine" ? 5_000 : 9_000);
}

/** What the house answers to a GET; a refusal is said (unless `quiet`) and null is given. */
export async function get(path, query = {}, quiet = false) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, v]) => v !== null && v !== undefined && v !== ""));
  try {
    const [status, body] = await call(`${path}${asked.size ? `?${asked}` : ""}`);
    if (status === 200) return body;
    if (status !== 401 && !quiet) say(body.errors?.[0]?.detail ?? body.detail ?? word("away"));
  } catch { if (!quiet) say(word("away")); }
  return null;
}

const parts = () => SEES[session.role] ?? ALL;

function tabs(at) {
  $("tabs").replaceChildren(...parts().map((name) => {
    const link = make("a", { href: `#/${name}` }, word(`tab.${name}`));
    if (name === at) link.setAttribute("aria-current", "page");
    return link;
  }));
}

/** Draw what the address says; `again` also when nothing of it has changed. */
async function show(again = false) {
  if (!session.token) return;
  const mine = ++turn;
  const [path, asked = ""] = location.hash.slice(2).split("?");
  const [part, one = "", what = ""] = (path || parts()[0]).split("/").map(decodeURIComponent);
  tabs(part);
  let made;
  if (part === "deliveries") made = one ? await delivery(one, () => show(true)) : await deliveries(new URLSearchParams(asked));
  else if (part === "reconciliation") made = one ? await opened(one, () => show(true)) : await reconciliation(() => show(true));
  else if (what) made = await people(one, what);
  else if (one) made = await facility(one, () => show(true));
  else made = await overview(() => show(true));
  if (!made || mine !== turn || !session.token) return;
  const focused = document.activeElement?.closest?.("[data-keep]")?.dataset.keep;
  $("room").replaceChildren(made);
  if (focused) document.querySelector(`[data-keep="${focused}"]`)?.focus();
  if (drawn !== location.hash && !again) {
    made.querySelector("h1")?.focus();
    scrollTo(0, 0);
  }
  drawn = location.hash;
}

function out() {
  leave();
  turn++;
  drawn = "";
  for (const id of ["room", "tabs", "notes", "alarm"]) $(id).replaceChildren();
  $("desk").hidden = $("leave").hidden = true;
  $("enter").hidden = false;
  document.body.classList.add("out");
}

onEnter(async () => {
  $("enter").hidden = true;
  $("desk").hidden = $("leave").hidden = false;
  document.body.classList.remove("out");
  await show();
});
session.ended = () => { out(); say(word("ended")); };
$("leave").addEventListener("click", out);
addEventListener("hashchange", () => show());
document.addEventListener("language", () => show(true));
setInterval(() => { if (session.token && !document.hidden && /^#?\/?(kbk|deliveries|reconciliation)?(\?|$)/.test(location.hash)) show(true); }, FRESH);

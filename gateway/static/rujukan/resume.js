// The record in short, as it went along: our words for what is measured often, the sender's own for the rest.
import { make } from "./draw.js";
import { day, knows, moment, word } from "./words.js";

const SECTIONS = ["allergies", "problems", "medicines", "pregnancy", "vitals", "lab", "immunizations"];
const UNITS = [["mm[Hg]", "mmHg"], ["{beats}/min", "/mnt"], ["Cel", "°C"], [" wk", " mgg"]];
const ANSWERS = { "Non-Reactive": "no", Negative: "no", Reactive: "yes", Positive: "yes" };

function valued(value) {
  if (ANSWERS[value]) return word(`result.${ANSWERS[value]}`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return day(value);
  const said = UNITS.reduce((text, [ucum, shown]) => text.replace(ucum, document.documentElement.lang === "en" ? shown.replace("mnt", "min").replace("mgg", "wk") : shown), value);
  return said.replace(/^-?\d+(\.\d+)?(?=\s|$)/, (number) => Number(number).toLocaleString(document.documentElement.lang));
}

function entry({ system, code, display, date, value }) {
  const name = knows(`of.${code}`) ? word(`of.${code}`) : display;
  const known = system?.includes("icd-10") ? ` ${code}` : "";
  return make("li", {}, value ? `${name}: ` : make("b", {}, name), value ? make("b", {}, valued(value)) : known,
    date ? make("span", { className: "soft" }, ` · ${day(date)}`) : "");
}

/** The summary, folded; null when none went along. */
export function record(summary) {
  if (!summary) return null;
  const full = SECTIONS.filter((name) => summary[name]?.length);
  return make("details", { className: "part summary" }, make("summary", {}, word("part.summary")),
    make("p", { className: "soft" }, `${word("summary.taken")} ${moment(summary.taken_at)}`, summary.withheld ? ` · ${word("summary.kept")}` : ""),
    full.length ? make("dl", { className: "tree" }, full.map((name) => make("div", {}, make("dt", {}, word(`summary.${name}`)),
      make("dd", {}, make("ul", {}, summary[name].map(entry)))))) : make("p", { className: "soft" }, word("summary.empty")));
}

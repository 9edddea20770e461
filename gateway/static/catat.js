// Gathers the fields by their path, sends one visit, shows what was doubted and what is still due.
// The form lives in this page only: nothing of a patient stays on the phone.
import { call, fresh, leave, onEnter, post, session } from "/assets/session.js";

const $ = (id) => document.getElementById(id);
let number = "";
const FIELDS = [...document.querySelectorAll("[data-path]")];

function show(id) {
  for (const part of ["enter", "visit", "done"]) $(part).hidden = part !== id;
  $("leave").hidden = id === "enter";
  scrollTo(0, 0);
}

function say(text) {
  $("wrong").textContent = text;
  $("wrong").hidden = !text;
}

function begin() {
  $("visit").reset();
  mark([]);
  say("");
  number = fresh("catat");
  const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000);
  document.querySelector('[data-path="at"]').value = now.toISOString().slice(0, 16);
  show("visit");
}

function value(field) {
  const said = field.value.trim();
  if (field.dataset.kind === "check") return field.checked || undefined;
  if (said === "") return undefined;
  if (field.dataset.kind === "number") return Number(said.replace(",", "."));
  if (field.dataset.kind === "whole") return Number(said);
  if (field.type === "datetime-local") return new Date(said).toISOString();
  return said;
}

function gather() {
  const visit = { number };
  for (const field of FIELDS) {
    const said = value(field);
    if (said === undefined) continue;
    const path = field.dataset.path.split(".");
    const last = path.pop();
    path.reduce((at, step) => (at[step] ??= {}), visit)[last] = said;
  }
  const diagnosis = $("diagnosis").value.trim();
  if (diagnosis) {
    const code = diagnosis.match(/^([A-Za-z]\d{2}(?:\.\d{1,2})?)(?:\s|$)/);
    visit.diagnoses = [code ? { icd10: code[1], primary: true } : { name: diagnosis, primary: true }];
  }
  if ($("drug").value.trim()) {
    visit.medicines = [{ name: $("drug").value.trim(), quantity: Number($("amount").value.replace(",", ".") || 1) }];
  }
  return visit;
}

function mark(errors) {
  const wrong = new Set(errors.map((e) => e.pointer.slice(1).replaceAll("/", ".")));
  for (const field of FIELDS) field.setAttribute("aria-invalid", String(wrong.has(field.dataset.path)));
  document.querySelector('[aria-invalid="true"]')?.scrollIntoView({ block: "center" });
}

function items(list, texts, none) {
  list.replaceChildren(...(texts.length ? texts : [none]).filter(Boolean).map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function tell(done) {
  items($("warnings"), (done.warnings ?? []).map((w) => w.detail), "");
  const due = done.due?.known ? done.due.standards.flatMap((s) => s.items
    .filter((i) => i.state !== "later")
    .map((i) => `${i.label?.id ?? i.item}${i.due_until ? ` (sampai ${i.due_until})` : ""}`)) : null;
  items($("due"), due ?? [], due ? "Tidak ada" : "Belum dapat dihitung");
  show("done");
}

session.ended = () => {
  leave();
  show("enter");
};
onEnter(begin);

$("visit").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter ?? $("visit").querySelector(".send");
  button.disabled = true;
  say("");
  try {
    const [status, said] = await post("/v1/visits?due=true", gather());
    if (status === 200 || status === 201) {
      tell(said);
    } else if (status !== 401) {
      mark(said.errors ?? []);
      say([said.detail, ...(said.errors ?? []).map((e) => `• ${e.detail}`)].filter(Boolean).join("\n"));
    }
  } catch {
    say("Tidak terhubung. Tekan Simpan lagi setelah ada jaringan; kunjungan tidak akan ganda.");
  } finally {
    button.disabled = false;
  }
});

let wait = 0;
$("diagnosis").addEventListener("input", () => {
  clearTimeout(wait);
  wait = setTimeout(async () => {
    const said = $("diagnosis").value.trim();
    if (said.length < 3 || !session.token) return;
    const [status, found] = await call(`/v1/visits/lookup/diagnoses?q=${encodeURIComponent(said.slice(0, 100))}`);
    if (status !== 200) return;
    $("codes").replaceChildren(...found.items.map((item) => {
      const option = document.createElement("option");
      option.value = `${item.icd10} ${item.name}`;
      return option;
    }));
  }, 250);
});
$("next").addEventListener("click", begin);
$("leave").addEventListener("click", () => {
  $("visit").reset();
  session.ended();
});

"use strict";
// Shows the questions of the link's survey and sends one person's answers. The link's secret stands behind # and is
// sent to this house only; the phone keeps one random mark, nothing of what was answered.
const $ = (id) => document.getElementById(id);
const LABELS = {
  age: ["Umur", "Age"], sex: ["Jenis kelamin", "Sex"], education: ["Pendidikan", "Education"],
  occupation: ["Pekerjaan", "Occupation"], service: ["Layanan yang diterima", "Service received"],
};
const SAYS = {
  unknown: ["Survei tidak ditemukan. Periksa kembali tautan atau kode QR-nya.", "There is no such survey. Check the link or QR code."],
  closed: ["Survei ini sudah ditutup. Terima kasih.", "This survey is closed. Thank you."],
  away: ["Tidak terhubung. Coba lagi setelah ada jaringan; isian Anda masih ada.", "Not connected. Try again once you are online; your answers are still here."],
  none: ["Jawab sedikitnya satu pertanyaan.", "Answer at least one question."],
  answered: ["Perangkat ini sudah mengisi survei ini. Bila Anda orang lain, tekan tombol di bawah.", "This device has answered this survey. If you are another person, press the button below."],
};

function two(at, [id, en]) {
  at.replaceChildren(...[["id", id], ["en", en]].map(([lang, text]) => {
    const span = document.createElement("span");
    span.lang = lang;
    span.textContent = text;
    return span;
  }));
  return at;
}

function make(tag, properties = {}, ...inside) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...inside);
  return made;
}

function say(words) {
  $("wrong").hidden = !words;
  if (words) two($("wrong"), words);
}

function question(asked, number) {
  const legend = two(make("legend"), [asked.ask.id, asked.ask.en]);
  legend.prepend(make("b", { textContent: `${number}.` }));
  const four = asked.answers.map((answer, n) =>
    make("label", {}, make("input", { type: "radio", name: asked.code, value: String(n + 1) }), two(make("span"), [answer.id, answer.en])));
  return make("fieldset", {}, legend, make("div", { className: "four" }, ...four));
}

function about(name, choices) {
  const empty = make("option", { value: "", textContent: "–" });
  const options = choices.map((choice) => {
    const option = make("option", { value: choice.code });
    option.dataset.id = choice.says.id;
    option.dataset.en = choice.says.en;
    return option;
  });
  return make("label", {}, two(make("span"), LABELS[name] ?? [name, name]), make("select", { name }, empty, ...options));
}

function speak() {
  const lang = document.documentElement.lang;
  for (const option of document.querySelectorAll("option[data-id]")) option.textContent = option.dataset[lang];
}

function device() {
  const KEY = "simpul-survey-device";
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  try {
    const known = localStorage.getItem(KEY) ?? fresh();
    localStorage.setItem(KEY, known);
    return known;
  } catch { return null; }
}

function gather() {
  const said = {};
  for (const [name, value] of new FormData($("survey"))) {
    if (String(value).trim()) said[name] = /^u\d$/.test(name) ? Number(value) : String(value).trim();
  }
  return said;
}

async function send(again) {
  const said = gather();
  say(null);
  if (!Object.keys(said).some((name) => /^u\d$/.test(name))) {
    say(SAYS.none);
    return;
  }
  for (const button of document.querySelectorAll(".send")) button.disabled = true;
  try {
    const answer = await fetch(`/v1/surveys/links/${encodeURIComponent(token())}/answers`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify({ ...said, device: device(), again }),
    });
    if (answer.ok) {
      finish();
    } else if (answer.status === 409) {
      say(SAYS.answered);
      $("again").hidden = false;
    } else if (answer.status === 410) {
      state(SAYS.closed);
    } else {
      const problem = await answer.json().catch(() => ({}));
      const text = [problem.detail, ...(problem.errors ?? []).map((e) => `• ${e.detail}`)].filter(Boolean).join("\n");
      say(text ? [text, text] : SAYS.away);
    }
  } catch {
    say(SAYS.away);
  } finally {
    for (const button of document.querySelectorAll(".send")) button.disabled = false;
  }
}

function finish() {
  $("survey").reset();
  $("survey").hidden = true;
  $("done").hidden = false;
  scrollTo(0, 0);
  $("done").querySelector("h1").focus();
}

function state(words) {
  $("survey").hidden = true;
  two($("state"), words).hidden = false;
}

function token() {
  return location.hash.slice(1);
}

async function begin() {
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(token())) {
    state(SAYS.unknown);
    return;
  }
  try {
    const answer = await fetch(`/v1/surveys/links/${token()}`, { cache: "no-store" });
    if (!answer.ok) {
      const problem = answer.status === 404 ? null : (await answer.json().catch(() => ({}))).detail;
      state(problem ? [problem, problem] : SAYS.unknown);
      return;
    }
    const form = await answer.json();
    if (!form.open) {
      state(SAYS.closed);
      return;
    }
    $("where").textContent = `${form.facility} · ${form.period}`;
    $("questions").replaceChildren(...form.questions.map((asked, n) => question(asked, n + 1)));
    $("about").append(...Object.entries(form.about).map(([name, choices]) => about(name, choices)));
    speak();
    $("state").hidden = true;
    $("survey").hidden = false;
  } catch {
    state(SAYS.away);
  }
}

document.addEventListener("language", speak);
addEventListener("hashchange", () => location.reload());
$("survey").addEventListener("submit", (event) => {
  event.preventDefault();
  send(false);
});
$("again").addEventListener("click", () => send(true));
begin();

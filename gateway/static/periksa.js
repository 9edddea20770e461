"use strict";
// Says whether a referral letter is genuine and still holds. The number stands behind # in the letter's QR code, so that
// no log and no referrer keeps it. Nothing is kept in the browser.
const $ = (id) => document.getElementById(id);
const SAYS = {
  shape: ["Nomor surat terdiri dari 12 huruf/angka, misalnya ABCD-EF01-2345.", "A letter's number has 12 letters or digits, such as ABCD-EF01-2345."],
  unknown: ["Surat dengan nomor ini tidak ada. Periksa ketikannya; bila sudah benar, surat ini bukan dari sistem ini.", "There is no letter with this number. Check what you typed; if it is right, the letter is not from this system."],
  away: ["Tidak terhubung. Coba lagi setelah ada jaringan.", "Not connected. Try again once you are online."],
  one: ["Isi tanggal lahir, atau 4 angka terakhir NIK.", "Give the birth date, or the last 4 digits of the NIK."],
  match: ["Cocok: surat ini untuk pasien tersebut.", "Match: the letter is for that patient."],
  differs: ["Tidak cocok dengan pasien pada surat ini.", "No match with the patient of this letter."],
  nothing: ["Tidak dapat dibandingkan: data ini belum tercatat.", "Cannot be compared: this is not on record."],
};
const STANDS = {
  valid: ["Asli dan masih berlaku", "Genuine, and it still holds", ""],
  lapsed: ["Asli, tetapi masa berlakunya habis", "Genuine, but its validity has ended", "Minta surat baru kepada faskes pengirim.", "Ask the sending facility for a new letter."],
  unplaced: ["Asli, tetapi tujuan ini tidak menerima", "Genuine, but this facility has not taken it", "Hubungi faskes pengirim untuk tujuan lain.", "Ask the sending facility where to go instead."],
  replaced: ["Asli, tetapi sudah diganti", "Genuine, but replaced", "Rujukan ini dialihkan ke faskes lain; pakai surat yang baru, dengan nomornya yang lengkap.", "The referral goes to another facility; use the new letter, with its whole number."],
  ended: ["Asli, dan rujukannya sudah selesai", "Genuine, and the referral has ended", "Surat ini tidak dapat dipakai lagi.", "This letter can no longer be used."],
};
const FACTS = {
  form: ["Surat", "Letter"], number: ["Nomor", "Number"], from: ["Dari", "From"], to: ["Kepada", "To"], date: ["Tanggal surat", "Date of the letter"],
  valid_until: ["Berlaku sampai dengan", "Valid until"],
};
const FORMS = { referral: ["Surat rujukan", "Referral letter"], back: ["Surat rujuk balik", "Back-referral letter"] };
let shown = "";

function two(at, [id, en]) {
  at.replaceChildren(...[["id", id], ["en", en]].map(([lang, text]) => {
    const span = document.createElement("span");
    span.lang = lang;
    span.textContent = text;
    return span;
  }));
  return at;
}

function say(words) {
  $("wrong").hidden = !words;
  if (words) two($("wrong"), words);
}

function day(iso) {
  const at = new Date(`${iso}T12:00:00`);
  return ["id-ID", "en-GB"].map((to) => at.toLocaleDateString(to, { day: "numeric", month: "long", year: "numeric" }));
}

function tidy(text) {
  const parts = /^([0-9A-F]{4})-?([0-9A-F]{4})-?([0-9A-F]{4})(?:[-/ ]?(\d{1,3}|B)(?:[-/ ]?([0-9A-F]{6}))?)?$/.exec(text.trim().toUpperCase().replace(/\s*\/\s*/, "-"));
  return parts ? parts.slice(1, 6).filter(Boolean).join("-") : null;
}

async function ask(path, more = {}) {
  const answer = await fetch(path, { cache: "no-store", ...more, headers: { "Accept-Language": document.documentElement.lang, ...more.headers } });
  return [answer.status, await answer.json().catch(() => ({}))];
}

function told(problem) {
  return problem.detail ? [problem.detail, problem.detail] : SAYS.away;
}

async function check(number) {
  say(null);
  $("found").hidden = true;
  try {
    const [status, letter] = await ask(`/v1/referrals/letters/${number}`);
    if (status === 200) show(number, letter);
    else say(status === 404 ? SAYS.unknown : told(letter));
  } catch {
    say(SAYS.away);
  }
}

function show(number, letter) {
  shown = number;
  const [id, en, moreId, moreEn] = STANDS[letter.standing];
  $("found").className = letter.standing;
  two($("verdict"), [id, en]);
  two($("stands"), [moreId ?? "", moreEn ?? ""]);
  const place = (name) => [name, name];
  const rows = [
    ["form", FORMS[letter.form]], ["number", place(letter.number)], ["from", place(letter.from_name)], ["to", place(letter.to_name)],
    ["date", day(letter.written_on)], ["valid_until", letter.valid_until && day(letter.valid_until)],
  ].filter(([, said]) => said);
  $("facts").replaceChildren(...rows.flatMap(([name, said]) => [two(document.createElement("dt"), FACTS[name]), two(document.createElement("dd"), said)]));
  $("match").reset();
  $("answer").replaceChildren();
  $("answer").className = "";
  $("found").hidden = false;
  $("verdict").focus();
}

async function compare() {
  const given = new FormData($("match"));
  const birth = String(given.get("birth_date")), end = String(given.get("nik_end")).trim();
  const answer = $("answer");
  answer.className = "";
  if (!birth === !/^\d{4}$/.test(end)) {
    two(answer, SAYS.one);
    return;
  }
  try {
    const [status, said] = await ask(`/v1/referrals/letters/${shown}/check`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(birth ? { birth_date: birth } : { nik_end: end }),
    });
    if (status !== 200) {
      two(answer, told(said));
    } else {
      answer.className = said.match === true ? "good" : said.match === false ? "bad" : "";
      two(answer, said.match === true ? SAYS.match : said.match === false ? SAYS.differs : SAYS.nothing);
    }
  } catch {
    two(answer, SAYS.away);
  }
}

function begin() {
  const given = decodeURIComponent(location.hash.slice(1));
  if (!given) return;
  const number = tidy(given);
  $("number").value = number ?? given.slice(0, 24);
  if (number) check(number);
  else say(SAYS.shape);
}

addEventListener("hashchange", begin);
$("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const number = tidy($("number").value);
  if (number) check(number);
  else say(SAYS.shape);
});
$("match").addEventListener("submit", (event) => {
  event.preventDefault();
  compare();
});
begin();

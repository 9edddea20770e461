// The simulator's page. Everything it shows comes from /_control, with persons' numbers already shortened.
"use strict";
const base = new URL(document.baseURI).pathname;
const $ = (id) => document.getElementById(id);
const GROUPS = { "sign-in": ["Masuk dan tanda tangan", "sign-in"], line: ["Sambungan", "the line"], refusal: ["Penolakan", "refusals"], envelope: ["Amplop", "the envelope"], content: ["Isi jawaban", "what is inside"] };
const LISTS = { registrations: ["Pendaftaran", "registrations"], visits: ["Kunjungan", "visits"], referrals: ["Rujukan", "referrals"], tickets: ["Antrean", "tickets"], hospital: ["Rumah sakit", "SEP, RS, PRB"] };
const state = { menu: [], playing: [], facilities: [], tab: "registrations", last: 0, shown: "" };

function el(tag, attrs = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attrs)) {
    if (name === "on") for (const [event, act] of Object.entries(value)) node.addEventListener(event, act);
    else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c != null));
  return node;
}
const both = (words) => [words[0] + " ", el("i", { lang: "en" }, words[1])];

async function control(path, method = "GET", body) {
  const headers = { "X-Simulator-Key": sessionStorage.getItem("key") || "" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(`${base}_control${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (answer.status === 403) return shut();
  const told = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Error(typeof told?.detail === "string" ? told.detail : `${answer.status}`);
  $("shut").hidden = true;
  return told;
}
function shut() {
  const field = el("input", { type: "password", id: "key", autocomplete: "off" });
  const open = el("button", { type: "button", on: { click: () => { sessionStorage.setItem("key", field.value); refresh(); } } }, "Buka");
  if ($("shut").hidden) $("shut").replaceChildren("Kendali hanya dari mesin ini, atau dengan kunci simulator (this machine only, or with the simulator's key). ", field, " ", open);
  $("shut").hidden = false;
  return null;
}
function complain(error) { $("shut").replaceChildren(String(error.message || error)); $("shut").hidden = false; }

// Faults
function aimed(fault) {
  const play = { fault, seconds: Number($("seconds").value) || 0 };
  for (const name of ["service", "method", "path", "moment"]) if ($(name).value) play[name] = $(name).value;
  if ($("who").value) play.provider = $("who").value;
  if ($("times").value) play.times = Number($("times").value);
  if ($("share").value !== "1") play.share = Number($("share").value);
  return play;
}
async function toggle(fault) {
  const here = state.playing.filter((p) => p.fault === fault);
  if (here.length) for (const p of here) await control(`/faults/${p.id}`, "DELETE");
  else await control("/faults", "POST", aimed(fault));
  await refresh();
}
function drawMenu() {
  const groups = Object.entries(GROUPS).map(([group, words]) => [
    el("h3", {}, ...both(words)),
    el("div", { class: "faults" }, ...state.menu.filter((m) => m.group === group).map((m) =>
      el("button", { type: "button", class: "fault", "data-fault": m.fault, "aria-pressed": "false", on: { click: () => toggle(m.fault).catch(complain) } },
        el("b", {}, m.title.id), el("i", { lang: "en" }, m.title.en), el("small", {}, m.does.id), el("small", { lang: "en" }, m.does.en)))),
  ]);
  $("menu").replaceChildren(...groups.flat());
}
function drawPlaying() {
  $("now").hidden = state.playing.length === 0;
  $("playing").replaceChildren(...state.playing.map((p) => {
    const entry = state.menu.find((m) => m.fault === p.fault);
    const aim = [p.service, p.method, p.path, p.provider, p.moment, p.share < 1 ? `${p.share * 100} %` : null].filter(Boolean).join(" · ");
    return el("li", {}, el("b", {}, entry ? entry.title.id : p.fault), el("code", {}, p.fault), el("span", {}, aim || "semua permintaan"),
      el("span", { class: "tag warn" }, `kena ${p.struck}${p.times ? ` dari ${p.times}` : ""}×`),
      el("button", { type: "button", on: { click: () => control(`/faults/${p.id}`, "DELETE").then(refresh).catch(complain) } }, ...both(["Hentikan", "stop"])),
      entry ? el("p", { class: "client" }, `Klien yang baik: ${entry.client.id} `, el("i", { lang: "en" }, `A good client: ${entry.client.en}`)) : null);
  }));
  for (const button of document.querySelectorAll(".fault")) {
    const on = state.playing.some((p) => p.fault === button.dataset.fault);
    button.classList.toggle("on", on); button.setAttribute("aria-pressed", String(on));
  }
}

// Requests
const clock = (at) => new Date(at * 1000).toLocaleTimeString("id-ID", { hour12: false });
function answerTag(status) {
  if (status === 0) return el("span", { class: "tag bad" }, "tanpa jawaban");
  return el("span", { class: status < 300 ? "tag" : status < 500 ? "tag warn" : "tag bad" }, String(status));
}
function drawRequests(requests) {
  if (!requests.length) return $("requests").replaceChildren(el("tr", {}, el("td", { colspan: 7, class: "empty" }, "Belum ada permintaan (none yet).")));
  $("requests").replaceChildren(...requests.map((r) => el("tr", { class: r.at > state.last ? "new" : null },
    el("td", {}, clock(r.at)), el("td", {}, r.provider || "–"), el("td", {}, r.service), el("td", { class: "path" }, `${r.method} ${r.path}`),
    el("td", {}, answerTag(r.status)), el("td", {}, r.faults.join(", ")), el("td", { class: "n" }, r.ms.toFixed(1)))));
  state.last = requests[0].at;
}

// What is kept
function options(select, rows, first) {
  const signature = JSON.stringify(rows);
  if (select.dataset.rows === signature) return;
  const chosen = select.value;
  select.dataset.rows = signature;
  select.replaceChildren(...(first ? [el("option", { value: "" }, first)] : []), ...rows.map(([value, text]) => el("option", { value }, text)));
  if ([...select.options].some((o) => o.value === chosen)) select.value = chosen;
}
const COLUMNS = { registrations: [["Hari", "day"], ["Nomor", "number"], ["Peserta", "name"], ["Kartu", "card"], ["Poli", "poli"], ["Kunjungan", "visit"]],
  visits: [["Hari", "day"], ["noKunjungan", "number"], ["Peserta", "name"], ["Kartu", "card"], ["Poli", "poli"], ["Diagnosis", "diagnosis"], ["Rujuk", "target"]],
  referrals: [["Hari", "day"], ["Nomor", "number"], ["Peserta", "name"], ["Kartu", "card"], ["Diagnosis", "diagnosis"], ["Tujuan", "target"], ["SATUSEHAT", "theirs"]],
  tickets: [["Hari", "day"], ["Nomor", "number"], ["Peserta", "name"], ["Kartu", "card"], ["Poli", "poli"], ["Keadaan", "state"]],
  hospital: [["Hari", "day"], ["Jenis", "kind"], ["Nomor", "number"], ["Peserta", "name"], ["Kartu", "card"]] };
function drawTabs() {
  const here = state.facilities.find((f) => f.code === $("facility").value) || {};
  $("tabs").replaceChildren(...Object.entries(LISTS).map(([key, words]) => el("button",
    { type: "button", role: "tab", "data-tab": key, "aria-selected": String(key === state.tab), on: { click: () => { state.tab = key; drawTabs(); drawKept().catch(complain); } } },
    ...both([`${words[0]} (${here[key] || 0})`, words[1]]))));
}
async function drawKept() {
  const code = $("facility").value;
  if (!code) return;
  const told = await control(`/look/${encodeURIComponent(code)}/${state.tab}`);
  if (!told) return;
  const columns = COLUMNS[state.tab];
  $("kept-head").replaceChildren(el("tr", {}, ...columns.map(([title]) => el("th", {}, title))));
  $("kept").replaceChildren(...(told.rows.length ? told.rows.map((row) => el("tr", {}, ...columns.map(([, key]) => el("td", {}, row[key] == null ? "–" : String(row[key])))))
    : [el("tr", {}, el("td", { colspan: columns.length, class: "empty" }, "Belum ada (none yet)."))]));
}

// Members
const CHOICES = [["Aktif", "active", { active: true }], ["Tidak aktif", "inactive", { active: false }], ["Tidak terdaftar", "unknown", { registered: false }]];
function memberLine(m) {
  if (!m.registered) return ["Tidak terdaftar di BPJS (not registered)"];
  return [el("b", {}, m.name), el("span", {}, m.card), el("span", { class: m.active ? "tag" : "tag bad" }, m.status), el("span", {}, `${m.provider.kdProvider} ${m.provider.nmProvider}`), el("span", {}, m.payer)];
}
async function lookUp() {
  const nik = $("nik").value.trim();
  if (!/^\d{16}$/.test(nik)) return $("member").replaceChildren(el("p", { class: "empty" }, "NIK 16 angka (16 digits)."));
  const told = await control(`/look/members?nik=${nik}`);
  if (!told) return;
  const set = (body) => control(`/members/${nik}`, body ? "PATCH" : "DELETE", body).then(lookUp).then(drawFixed).catch(complain);
  $("member").replaceChildren(el("div", { class: "who" }, ...memberLine(told.members[0]),
    el("span", { class: "buttons" }, ...CHOICES.map(([id, en, body]) => el("button", { type: "button", on: { click: () => set(body) } }, ...both([id, en]))),
      told.members[0].fixed ? el("button", { type: "button", on: { click: () => set() } }, ...both(["Biarkan", "as drawn"])) : null)));
}
async function drawFixed() {
  const told = await control("/look/members");
  if (told) $("fixed").replaceChildren(...told.members.map((m) => el("tr", {}, el("td", {}, m.nik), ...memberLine(m).map((x) => el("td", {}, x)))));
}

// Mobile JKN
function drawTalk(conversation) {
  $("talk").replaceChildren(...conversation.turns.map((t) => el("li", {},
    el("b", {}, `${t.method} ${t.path} `), el("span", { class: t.code === 200 ? "tag" : t.code ? "tag warn" : "tag bad" }, `${t.code || t.status || "–"} ${t.message}`), ` ${t.ms} ms`,
    t.body || t.response ? el("pre", {}, [t.body ? `→ ${JSON.stringify(t.body)}` : "", t.response ? `← ${JSON.stringify(t.response)}` : ""].filter(Boolean).join("\n")) : null)));
}
async function drawMobile() {
  const told = await control("/mobile");
  if (!told) return;
  options($("callable"), Object.entries(told.endpoints).map(([code, e]) => [code, `${code} · ${e.base_url}`]));
  if (told.conversations.length && !$("talk").children.length) drawTalk(told.conversations[0]);
}
async function keepEndpoint(form) {
  const given = Object.fromEntries(new FormData(form));
  const provider = given.provider; delete given.provider;
  await control(`/mobile/endpoints/${encodeURIComponent(provider)}`, "PUT", given);
  form.reset();
  await drawMobile();
}
async function callFacility(form, does) {
  const wish = { does, ...Object.fromEntries([...new FormData(form)].filter(([, value]) => value)) };
  const told = await control("/mobile/calls", "POST", wish);
  if (told) drawTalk(told);
}

async function refresh() {
  const told = await control("/look");
  if (!told) return;
  Object.assign(state, { playing: told.playing, facilities: told.facilities });
  $("today").textContent = told.today; $("asked").textContent = told.asked; $("count").textContent = told.playing.length;
  const rows = told.facilities.map((f) => [f.code, `${f.code} · ${f.name}`]);
  options($("facility"), rows); options($("who"), rows, "semua");
  drawPlaying(); drawRequests(told.requests); drawTabs();
  const signature = JSON.stringify([told.facilities, $("facility").value]);
  if (signature !== state.shown) { state.shown = signature; await drawKept(); }
}

async function start() {
  $("stop-all").addEventListener("click", () => control("/faults", "DELETE").then(refresh).catch(complain));
  $("facility").addEventListener("change", () => refresh().catch(complain));
  $("member-form").addEventListener("submit", (event) => { event.preventDefault(); lookUp().catch(complain); });
  $("endpoint").addEventListener("submit", (event) => { event.preventDefault(); keepEndpoint(event.target).catch(complain); });
  $("call").addEventListener("submit", (event) => { event.preventDefault(); callFacility(event.target, event.submitter.value).catch(complain); });
  $("aim").addEventListener("submit", (event) => event.preventDefault());
  const told = await control("/faults");
  if (told) { state.menu = told.menu; drawMenu(); }
  await refresh(); await drawFixed(); await drawMobile();
  setInterval(() => { if (!document.hidden) refresh().catch(complain); }, 1500);
}
start().catch(complain);

"use strict";
// Live health, the copy buttons, and this installation's own address in the example.
const EVERY = 10_000;
const SAYS = {
  ok: { id: "semua layanan siap", en: "all services ready" },
  down: { id: "ada layanan yang belum siap", en: "a service is not ready" },
  away: { id: "tidak terhubung", en: "not connected" },
};

function show(state, services) {
  const whole = document.getElementById("whole");
  whole.className = `whole ${state === "ok" ? "ok" : "down"}`;
  whole.replaceChildren(document.createElement("i"), ...["id", "en"].map((lang) => {
    const said = document.createElement("span");
    said.lang = lang;
    said.textContent = SAYS[state][lang];
    return said;
  }));
  document.getElementById("services").replaceChildren(...Object.entries(services).map(([name, is]) => {
    const item = document.createElement("li");
    item.textContent = name;
    item.className = is;
    return item;
  }));
}

async function look() {
  try {
    const answer = await fetch("/health/ready", { cache: "no-store" });
    const { status, services } = await answer.json();
    show(status === "ok" ? "ok" : "down", services);
  } catch {
    show("away", {});
  }
}

function onlyWhenSeen() {
  if (!document.hidden) look();
}

document.getElementById("token").textContent =
  `curl -u ID:SECRET \\\n-d grant_type=client_credentials \\\n${location.origin}/oauth2/v1/token`;
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    await navigator.clipboard?.writeText(button.previousElementSibling.textContent);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1500);
  });
}
look();
setInterval(onlyWhenSeen, EVERY);
document.addEventListener("visibilitychange", onlyWhenSeen);

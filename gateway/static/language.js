"use strict";
// The language of the door's pages: the one chosen before, else Indonesian. Runs before the page is painted.
(() => {
  const KEY = "simpul-language";
  const read = () => { try { return localStorage.getItem(KEY); } catch { return null; } };
  document.documentElement.lang = read() === "en" ? "en" : "id";
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-language]");
    if (!button) return;
    try { localStorage.setItem(KEY, button.dataset.language); } catch { /* private window: until the page closes */ }
    document.documentElement.lang = button.dataset.language;
    document.dispatchEvent(new CustomEvent("language"));
  });
})();

/* Light or dark, before anything is drawn: what was chosen here last, else what the system prefers. */
"use strict";
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem("newsmill-theme"); } catch { /* storage may be forbidden */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();

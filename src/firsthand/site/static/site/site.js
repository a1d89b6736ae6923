// What every page has: copy buttons, the theme without reloading, the slash that goes to the search.
"use strict";
document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    const text = copy.dataset.copy || copy.parentElement.querySelector("pre").innerText;
    await navigator.clipboard.writeText(text.trimEnd() + (text.includes("\n") ? "\n" : ""));
    document.getElementById("told").textContent = "Copied.";
    copy.classList.add("done");
  }
});
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});

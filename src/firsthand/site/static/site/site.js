// What every page has: copy buttons, the slash that goes to the search, and news from the server while it is looked at.
"use strict";

// Follows a stream. A hidden tab holds no connection, since a browser has but six for one site; it goes on where it was.
// `heard` has a function for each event; after `end` there is nothing more to come.
function follow(address, heard) {
  let source = null, since = 0, over = false;
  const close = () => { if (source) source.close(); source = null; };
  const open = () => {
    if (source || over || document.hidden) return;
    source = new EventSource(since ? `${address}?since=${since}` : address);
    for (const [name, does] of Object.entries(heard)) {
      source.addEventListener(name, (event) => {
        if (event.lastEventId) since = event.lastEventId;
        if (name === "end") { over = true; close(); }
        does(JSON.parse(event.data));
      });
    }
  };
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", open);
  open();
}

function say(words) {
  document.getElementById("told").textContent = words;
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (!copy) return;
  const text = copy.dataset.copy || copy.parentElement.querySelector("pre").innerText;
  try {
    await navigator.clipboard.writeText(text.trimEnd() + (text.includes("\n") ? "\n" : ""));
    say("Copied.");
    copy.classList.add("done");
    setTimeout(() => copy.classList.remove("done"), 1500);
  } catch {
    say("The browser does not let us copy. Select the text and copy it yourself.");
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});

// What carries data-live is told of `changed` whenever the history did, also by the terminal: hx-trigger="changed".
document.addEventListener("DOMContentLoaded", () => {
  if (!document.querySelector("[data-live]")) return;
  follow("/live/", {
    changed: () => document.querySelectorAll("[data-live]").forEach((part) => part.dispatchEvent(new Event("changed"))),
  });
});

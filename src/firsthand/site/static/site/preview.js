// The author's preview: reloads the page when content has changed, and shows what the linter finds about it.
"use strict";
const shown = document.currentScript.dataset.stamp;
const EVERY_MS = 700;
const look = async () => {
  try {
    const answer = await fetch("/preview/changed/");
    if (answer.ok && (await answer.json()).stamp !== shown) return location.reload();
  } catch { /* the preview was ended, or is being started again */ }
  setTimeout(look, EVERY_MS);
};
const tell = async () => {
  const answer = await fetch(`/preview/findings/?page=${encodeURIComponent(location.pathname)}`);
  if (answer.ok) document.getElementById("main").insertAdjacentHTML("afterbegin", await answer.text());
};
tell();
setTimeout(look, EVERY_MS);

// A term's meaning stays within the screen; Escape puts it away, and so does scrolling where it does not move along.
"use strict";
const EDGE = 8;
const place = (event) => {
  const term = event.target.closest?.(".term");
  const tip = term?.querySelector(".term-tip");
  if (!tip) return;
  tip.classList.remove("away");
  const word = term.firstElementChild.getBoundingClientRect();
  const last = document.documentElement.clientWidth - tip.offsetWidth - EDGE;
  const left = Math.max(EDGE, Math.min(word.left - EDGE, last));
  if (getComputedStyle(tip).position === "fixed") {
    tip.style.left = `${left}px`;
    tip.style.top = `${word.bottom + 4}px`;
  } else {
    tip.style.left = `${left - term.getBoundingClientRect().left}px`;
  }
};
const away = (selector) => document.querySelectorAll(selector).forEach((tip) => tip.classList.add("away"));
document.addEventListener("mouseover", place);
document.addEventListener("focusin", place);
document.addEventListener("keydown", (event) => event.key === "Escape" && away(".term-tip"));
document.addEventListener("scroll", () => away(".table .term-tip"), { passive: true, capture: true });

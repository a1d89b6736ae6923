// A term's meaning stays within the screen, and Escape puts it away.
"use strict";
const tipOf = (event) => event.target.closest(".term")?.querySelector(".term-tip");
const place = (event) => {
  const tip = tipOf(event);
  if (!tip) return;
  tip.classList.remove("away", "from-end");
  const box = tip.getBoundingClientRect();
  tip.classList.toggle("from-end", box.right > document.documentElement.clientWidth - 8);
};
document.addEventListener("mouseover", place);
document.addEventListener("focusin", place);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.querySelectorAll(".term .term-tip").forEach((tip) => tip.classList.add("away"));
});

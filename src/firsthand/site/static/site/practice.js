// Questions: keys within one (1 to 9 choose, ? is "I don't know", Enter goes on from a result), and steps that are moved instead of numbered.
"use strict";
document.addEventListener("keydown", (event) => {
  const next = document.querySelector("[data-next]");
  if (event.key === "Enter" && next && event.target.matches(".told, body")) {
    next.click();
    return;
  }
  const form = event.target.closest("form[data-question]");
  const typing = event.target.matches("input:not([type=radio]), select, textarea");
  if (!form || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") {
    event.preventDefault();
    form.querySelector("[data-unsure]").click();
  } else if (/^[1-9]$/.test(event.key)) {
    const option = form.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (option) {
      event.preventDefault();
      option.checked = true;
      option.focus();
    }
  }
});

function numbered(list) {
  [...list.children].forEach((step, place) => { step.querySelector("select").value = String(place + 1); });
}

function mover(step, words, sign, by) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = sign;
  button.setAttribute("aria-label", `${words}: ${step.querySelector(".step").textContent}`);
  button.addEventListener("click", () => {
    const list = step.parentElement;
    const other = by < 0 ? step.previousElementSibling : step.nextElementSibling;
    if (!other) return;
    list.insertBefore(by < 0 ? step : other, by < 0 ? other : step);
    numbered(list);
    const hidden = getComputedStyle(button).visibility === "hidden";
    (hidden ? button.previousElementSibling || button.nextElementSibling : button).focus();
    const place = [...list.children].indexOf(step) + 1;
    document.getElementById("told").textContent = `Now at place ${place} of ${list.children.length}.`;
  });
  return button;
}

function movable(root) {
  for (const list of root.querySelectorAll("ol[data-order]:not(.movable)")) {
    const place = (step) => Number(step.querySelector("select").value) || 99;
    [...list.children].sort((one, other) => place(one) - place(other)).forEach((step) => list.append(step));
    for (const step of list.children) {
      const buttons = document.createElement("span");
      buttons.className = "movers";
      buttons.append(mover(step, "Earlier", "↑", -1), mover(step, "Later", "↓", 1));
      step.append(buttons);
      step.querySelector("select").hidden = true;
    }
    list.classList.add("movable");
    const hint = list.parentElement.querySelector("p");
    hint.textContent = "Move the steps until the first is at the top.";
    numbered(list);
    if (list.querySelector("[autofocus]")) list.querySelector("li:first-child button:last-child").focus();
  }
}

document.addEventListener("DOMContentLoaded", () => movable(document));
document.addEventListener("htmx:load", (event) => movable(event.detail.elt));

// The wire view by keyboard, and messages beside the diagram instead of on a page of their own.
"use strict";
(() => {
  const wire = document.querySelector(".wire");
  const panel = document.getElementById("said");
  if (!wire || !panel) return;
  let opener = null;
  const arrows = () => [...wire.querySelectorAll("a.arrow")].filter((one) => one.offsetParent);
  const select = (arrow) => {
    for (const other of wire.querySelectorAll("a.arrow[aria-current]")) other.removeAttribute("aria-current");
    if (arrow) arrow.setAttribute("aria-current", "true");
  };
  const fetched = async (address) => {
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    return answer.ok ? answer.text() : null;
  };
  const open = async (arrow) => {
    opener = arrow;
    select(arrow);
    const part = await fetched(arrow.getAttribute("href"));
    if (part === null) return location.assign(arrow.getAttribute("href"));
    panel.innerHTML = part;
    wire.classList.add("opened");
    panel.scrollTop = 0;
    panel.focus({ preventScroll: true });
  };
  const close = () => {
    panel.replaceChildren();
    wire.classList.remove("opened");
    select(null);
    if (opener) opener.focus();
  };
  const unfold = async (link) => {
    const part = await fetched(link.getAttribute("href"));
    if (part === null) return location.assign(link.getAttribute("href"));
    const holder = document.createElement("div");
    holder.innerHTML = part;
    const row = link.closest("li");
    const rows = holder.querySelector("ol");
    if (row.classList.contains("more")) {
      row.replaceWith(...rows.children);
      return;
    }
    rows.removeAttribute("id");
    row.append(rows);
    link.remove();
    rows.querySelector("a.arrow")?.focus();
  };
  wire.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    const arrow = event.target.closest("a.arrow");
    const behind = event.target.closest("a[data-behind]");
    const ending = event.target.closest(".said-close");
    if (!arrow && !behind && !ending) return;
    event.preventDefault();
    if (arrow) open(arrow);
    else if (behind) unfold(behind);
    else close();
  });
  const step = (by) => {
    const all = arrows();
    const here = all.indexOf(document.activeElement.closest("a.arrow") || opener);
    const next = all[Math.min(Math.max(here + by, 0), all.length - 1)];
    if (!next) return;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (wire.classList.contains("opened")) open(next).then(() => next.focus({ preventScroll: true }));
  };
  const toCheck = (by) => {
    const all = [...wire.querySelectorAll(".wire-checks a:not(.none)")];
    const next = all[all.findIndex((one) => one.hasAttribute("aria-current")) + by];
    if (next) next.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
    if (event.target.closest("#said, pre, summary") && event.key !== "Escape") return;
    const act = { ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => toCheck(1), ArrowLeft: () => toCheck(-1), Escape: close }[event.key];
    if (!act || (event.key === "Escape" && !wire.classList.contains("opened"))) return;
    event.preventDefault();
    act();
  });
  const list = wire.querySelector(".wire-checks");
  const here = list?.querySelector("[aria-current]");
  if (here) list.scrollTop += here.getBoundingClientRect().top - list.getBoundingClientRect().top - list.clientHeight / 2;
})();

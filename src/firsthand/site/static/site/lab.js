// A run while it goes on: marks at its stages and checks as they are judged, then the whole report.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const live = document.getElementById("live");
  if (!live) return;
  const title = document.getElementById("live-title"), now = document.getElementById("live-now");
  const SIGNS = { passed: ["✓", "good"], failed: ["✗", "bad"], invalid: ["✗", "bad"], error: ["!", "warn"], skipped: ["–", "soft"], "not reached": ["–", "soft"] };
  const WORDS = { invalid: "did not start", error: "we could not judge" };
  const find = (kind, id) => document.getElementById(`${kind}-${id}`);
  const mark = (where, verdict) => {
    const [sign, style] = SIGNS[verdict] || ["·", "soft"];
    const shown = where.querySelector(".mark");
    shown.textContent = sign;
    shown.className = `mark ${style}`;
  };
  const seconds = (long) => (long >= 1 ? `${long.toFixed(2)} s` : `${(long * 1000).toFixed(1)} ms`);
  const note = (words) => {
    const item = document.createElement("li");
    item.className = "notice small";
    item.textContent = words;
    document.getElementById("live-notes").append(item);
  };
  const clear = () => {
    for (const shown of document.querySelectorAll(".run-stages .mark")) { shown.textContent = "·"; shown.className = "mark soft"; }
    for (const shown of document.querySelectorAll(".check-says, .stage-says")) shown.textContent = "";
    document.getElementById("live-notes").replaceChildren();
  };
  follow(`/run/${live.dataset.run}/events`, {
    RunStarted: () => { clear(); title.textContent = "Checking"; now.textContent = "Your files are being copied and the servers made ready."; },
    Notice: (told) => note(told.text),
    BuildStarted: (told) => { now.textContent = `Building: ${told.command}`; },
    BuildFinished: () => { now.textContent = "Built. Starting your program."; },
    ProgramStarted: (told) => { now.textContent = `${told.process} is up after ${seconds(told.seconds)}.`; },
    StageStarted: (told) => {
      now.textContent = told.title;
      const stage = find("stage", told.stage);
      if (stage) { stage.classList.add("now"); stage.querySelector(".stage-says").textContent = "being checked"; }
    },
    CheckStarted: (told) => {
      const check = find("check", told.check);
      if (check) { check.classList.add("now"); check.querySelector(".check-says").textContent = "…"; }
    },
    CheckFinished: ({ result }) => {
      const check = find("check", result.id);
      if (!check) return;
      check.classList.remove("now");
      mark(check, result.verdict);
      check.querySelector(".check-says").textContent = result.message || seconds(result.seconds);
    },
    StageFinished: ({ title: name, result }) => {
      const stage = find("stage", result.id);
      if (!stage) return;
      stage.classList.remove("now");
      mark(stage, result.verdict);
      stage.querySelector(".stage-says").textContent = [WORDS[result.verdict] || result.verdict, result.reason].filter(Boolean).join(": ");
      say(`${name}: ${WORDS[result.verdict] || result.verdict}`);
    },
    end: (told) => { location.replace(`/run/${told.run}/`); },
  });
});

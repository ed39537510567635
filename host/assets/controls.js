// The controls of the frame: theme, zone, pause, keys. They are hidden where no script runs.

import { isLive, isPaused, setPaused } from "./live.js";
import { setZone, zone } from "./times.js";

const THEME = "taskbox-theme";
const THEMES = ["system", "light", "dark"];
const control = (name) => document.querySelector(`[data-control=${name}]`);

function label(button, text) {
  button.hidden = false;
  button.querySelector("[data-label]").textContent = text;
}

function theme() {
  return document.documentElement.dataset.theme ?? "system";
}

function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  if (next === "system") {
    localStorage.removeItem(THEME);
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem(THEME, next);
    document.documentElement.dataset.theme = next;
  }
}

function showAll() {
  label(control("theme"), `Theme: ${theme()}`);
  label(control("zone"), zone() === "utc" ? "Times: UTC" : "Times: local");
  label(control("help"), "Keys");
  const pause = control("pause");
  if (isLive()) label(pause, isPaused() ? "Resume" : "Pause");
}

const act = {
  theme: nextTheme,
  zone: () => setZone(zone() === "utc" ? "local" : "utc"),
  pause: () => setPaused(!isPaused()),
  help: () => document.querySelector("dialog[data-help]").showModal(),
};

const search = () => document.querySelector("input[type=search]");

// One key each, and none while one writes or holds a modifier.
function press(event) {
  const writes = event.target.closest("input, textarea, select, [contenteditable]");
  if (writes || event.ctrlKey || event.metaKey || event.altKey) return;
  const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
  const keys = {
    "/": () => search()?.focus(),
    "?": act.help,
    r: () => location.reload(),
    t: () => { act.theme(); showAll(); },
    z: () => { act.zone(); showAll(); },
    " ": () => { if (isLive() && event.target === document.body) { act.pause(); showAll(); } },
  };
  if (link) location.href = link.href;
  else if (keys[event.key]) keys[event.key]();
  else return;
  event.preventDefault();
}

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https there is no clipboard but that of a selection.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

async function copyFrom(button) {
  await copy(document.getElementById(button.dataset.copy).textContent);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1_500);
}

/** Shows the controls and listens to them. */
export function startControls() {
  showAll();
  addEventListener("keydown", press);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-control]");
    if (button) { act[button.dataset.control](); showAll(); }
    const copied = event.target.closest("[data-copy]");
    if (copied) copyFrom(copied);
  });
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = false;
  document.addEventListener("replaced", (event) => {
    for (const button of event.target.querySelectorAll("[data-copy]")) button.hidden = false;
  });
}

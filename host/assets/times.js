// Times: clocks that run, distances that grow, and absolute times in the zone that was chosen.

const ZONE = "taskbox-zone";

// The clock of the host and that of the browser may differ. A running clock therefore starts at what the host
// counted, and goes on by the browser's own.
const beginnings = new WeakMap();
const pad = (number) => String(number).padStart(2, "0");

function clockText(elapsedMs) {
  const total = Math.floor(elapsedMs / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${pad(minutes)}:${pad(seconds)}`;
}

/** Moves every running clock on. */
export function tick() {
  for (const clock of document.querySelectorAll("[data-elapsed]")) {
    if (!beginnings.has(clock)) beginnings.set(clock, performance.now() - Number(clock.dataset.elapsed));
    const text = clockText(performance.now() - beginnings.get(clock));
    if (clock.textContent !== text) clock.textContent = text;
  }
}

const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

function relativeText(time) {
  const seconds = Math.round((time - Date.now()) / 1000);
  const distance = Math.abs(seconds);
  if (distance < 10) return "just now";
  if (distance < 60) return words.format(seconds, "second");
  if (distance < 3_600) return words.format(Math.trunc(seconds / 60), "minute");
  if (distance < 86_400) return words.format(Math.trunc(seconds / 3_600), "hour");
  return words.format(Math.trunc(seconds / 86_400), "day");
}

const formats = {
  local: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  utc: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }),
};

/** The zone in which absolute times are shown: `local` or `utc`. */
export const zone = () => (localStorage.getItem(ZONE) === "utc" ? "utc" : "local");

export function setZone(name) {
  localStorage.setItem(ZONE, name);
  showTimes(document);
}

/** Shows the times within an element anew. */
export function showTimes(root) {
  const suffix = zone() === "utc" ? " UTC" : "";
  for (const when of root.querySelectorAll("time.when")) {
    const time = new Date(when.dateTime);
    const absolute = formats[zone()].format(time) + suffix;
    when.title = absolute;
    when.querySelector("[data-relative]").textContent = relativeText(time);
    const shown = when.querySelector("[data-absolute]");
    if (shown) shown.textContent = absolute;
  }
}

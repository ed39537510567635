// Keeps a page fresh: clocks, times, and the orders as the host tells of them. It makes no markup of
// its own; whatever it puts into a page was rendered by the host. Without it a page is complete.
"use strict";

(() => {
  const CLOCK_MS = 250; // Four looks a second: no second is ever skipped.
  const RELATIVE_MS = 15_000;
  const ROWS_MAX = 500; // On a busy host a page that stays open must not grow for ever.

  const announcer = document.querySelector("[data-announcer]");
  const announce = (text) => { announcer.textContent = text; };

  // The clock of the host and that of the browser may differ. A running clock therefore starts at
  // what the host counted, and goes on by the browser's own.
  const beginnings = new WeakMap();
  const pad = (number) => String(number).padStart(2, "0");

  function clockText(elapsedMs) {
    const total = Math.floor(elapsedMs / 1000);
    const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${pad(minutes)}:${pad(seconds)}`;
  }

  function tick() {
    for (const clock of document.querySelectorAll("[data-elapsed]")) {
      if (!beginnings.has(clock)) beginnings.set(clock, performance.now() - Number(clock.dataset.elapsed));
      const text = clockText(performance.now() - beginnings.get(clock));
      if (clock.textContent !== text) clock.textContent = text;
    }
  }

  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

  function relativeText(time) {
    const seconds = Math.round((time - Date.now()) / 1000);
    const distance = Math.abs(seconds);
    if (distance < 10) return "just now";
    if (distance < 60) return words.format(seconds, "second");
    if (distance < 3_600) return words.format(Math.trunc(seconds / 60), "minute");
    if (distance < 86_400) return words.format(Math.trunc(seconds / 3_600), "hour");
    return words.format(Math.trunc(seconds / 86_400), "day");
  }

  function showTimes(root) {
    for (const when of root.querySelectorAll("time.when")) {
      const time = new Date(when.dateTime);
      when.querySelector("[data-relative]").textContent = relativeText(time);
      when.querySelector("[data-absolute]").textContent = local.format(time);
    }
  }

  function elementsOf(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return [...template.content.children];
  }

  function follow(address, handlers) {
    const state = document.querySelector("[data-link-state]");
    const source = new EventSource(address);
    const end = () => { source.close(); state.hidden = true; };
    source.onopen = () => { state.hidden = false; state.dataset.linkState = "live"; state.textContent = "Live"; };
    source.onerror = () => { state.dataset.linkState = "lost"; state.textContent = "Reconnecting"; };
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => { handle(event.data, end); tick(); });
    }
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  }

  function sentence(row) {
    const who = row.querySelector(".title").textContent.trim();
    const price = row.querySelector(".price").textContent.trim();
    return `${who}: ${row.dataset.status}${row.dataset.status === "completed" ? `, ${price}` : ""}`;
  }

  function replaceRow(old, row) {
    if (old.dataset.version === row.dataset.version && old.dataset.status === row.dataset.status) return;
    const focused = old.contains(document.activeElement);
    old.replaceWith(row);
    row.classList.add("changed");
    if (focused) row.querySelector("a").focus();
    announce(sentence(row));
  }

  // Ids grow with time, so their order as texts is the order of the list.
  function insertRow(list, row) {
    const next = [...list.children].find((other) => other.dataset.order < row.dataset.order);
    if (!list.hasAttribute("data-first") && next === list.firstElementChild) return;
    list.insertBefore(row, next ?? null);
    while (list.children.length > ROWS_MAX) list.lastElementChild.remove();
    document.querySelector("[data-empty]").hidden = true;
  }

  function takeRows(list, html) {
    for (const row of elementsOf(html)) {
      showTimes(row);
      const old = document.getElementById(row.id);
      if (old) replaceRow(old, row); else insertRow(list, row);
    }
  }

  function takeOrder(place, html) {
    const open = [...place.querySelectorAll("details")].map((details) => details.open);
    const before = place.querySelector("[data-status]").dataset.status;
    place.replaceChildren(...elementsOf(html));
    place.querySelectorAll("details").forEach((details, index) => { details.open = open[index] ?? false; });
    showTimes(place);
    const after = place.querySelector("[data-status]").dataset.status;
    if (after !== before) announce(`The order is ${after}`);
  }

  // Pressing the button twice places one order anyway; that it was pressed should be seen.
  for (const form of document.querySelectorAll("form")) {
    form.addEventListener("submit", () => { form.querySelector("button").setAttribute("aria-busy", "true"); });
  }

  const list = document.querySelector("[data-orders]");
  if (list) follow(list.dataset.orders, { orders: (html) => takeRows(list, html) });

  const place = document.querySelector("[data-order-live]");
  if (place) {
    follow(place.dataset.orderLive, {
      order: (html) => takeOrder(place, html),
      done: (html, end) => { takeOrder(place, html); end(); },
    });
  }

  showTimes(document);
  tick();
  setInterval(tick, CLOCK_MS);
  setInterval(() => showTimes(document), RELATIVE_MS);
})();

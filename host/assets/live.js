// Streams of the host that keep a page fresh. A stream is closed while the page is hidden or paused: such a page
// fetches nothing. When it goes on, the host sends what there is now.

import { showTimes, tick } from "./times.js";

const PAUSED = "taskbox-paused";
const state = document.querySelector("[data-link-state]");
const streams = [];

export const isPaused = () => sessionStorage.getItem(PAUSED) === "yes";

export function setPaused(paused) {
  sessionStorage.setItem(PAUSED, paused ? "yes" : "no");
  streams.forEach((stream) => stream.update());
  if (streams.length > 0 && paused) show("paused", "Paused");
}

/** Whether this page has a stream that can be paused. */
export const isLive = () => streams.length > 0;

function show(name, text) {
  state.hidden = false;
  state.dataset.linkState = name;
  state.textContent = text;
  document.documentElement.toggleAttribute("data-stale", name === "lost");
}

class Stream {
  constructor(address, handlers) {
    Object.assign(this, { address, handlers, source: null, ended: false });
  }

  update() {
    const wanted = !this.ended && !isPaused() && !document.hidden;
    if (wanted && !this.source) this.open();
    if (!wanted && this.source) this.close();
  }

  open() {
    this.source = new EventSource(this.address);
    this.source.onopen = () => show("live", "Live");
    this.source.onerror = () => show("lost", "Connection lost");
    for (const [name, handle] of Object.entries(this.handlers)) {
      this.source.addEventListener(name, (event) => { handle(event.data, () => this.end()); tick(); });
    }
  }

  close() {
    this.source.close();
    this.source = null;
  }

  end() {
    this.ended = true;
    this.close();
    state.hidden = true;
  }
}

/** Follows a stream: a handler for each name of an event gets its data, and a function that ends the stream. */
export function follow(address, handlers) {
  const stream = new Stream(address, handlers);
  streams.push(stream);
  stream.update();
  if (isPaused()) show("paused", "Paused");
}

document.addEventListener("visibilitychange", () => streams.forEach((stream) => stream.update()));
addEventListener("pagehide", () => streams.forEach((stream) => stream.source && stream.close()));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

export function elementsOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.childNodes];
}

// What the reader did with a region, by the ids of its elements: opened details, checked boxes, the focus.
function marksOf(region) {
  const ids = (selector) => new Set([...region.querySelectorAll(selector)].map((element) => element.id));
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  return { open: ids("details[id][open]"), seen: ids("details[id]"), checked: ids("input[id]:checked"), focused };
}

function restore(region, marks) {
  for (const details of region.querySelectorAll("details[id]")) {
    if (marks.seen.has(details.id)) details.open = marks.open.has(details.id);
  }
  for (const box of region.querySelectorAll("input[type=checkbox][id]")) box.checked = marks.checked.has(box.id);
  if (marks.focused) document.getElementById(marks.focused)?.focus({ preventScroll: true });
}

function replace(region, html) {
  const marks = marksOf(region);
  region.replaceChildren(...elementsOf(html));
  restore(region, marks);
  showTimes(region);
  region.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
}

/** Follows the regions of the page, each a part that the host renders anew when it changes. */
export function followRegions() {
  for (const region of document.querySelectorAll("[data-live]")) {
    follow(region.dataset.live, {
      region: (html) => replace(region, html),
      done: (html, end) => { replace(region, html); end(); },
    });
  }
}

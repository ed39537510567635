// The list of orders and the page of one, as the host tells of them. No markup is made here.

import { elementsOf, follow } from "./live.js";
import { showTimes } from "./times.js";

const ROWS_MAX = 500; // On a busy host a page that stays open must not grow for ever.

const announcer = document.querySelector("[data-announcer]");
const announce = (text) => { announcer.textContent = text; };
const rowsOf = (html) => elementsOf(html).filter((node) => node instanceof Element);

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
  for (const row of rowsOf(html)) {
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

/** Follows the orders of the page, if it shows any. */
export function followOrders() {
  const list = document.querySelector("[data-orders]");
  if (list) follow(list.dataset.orders, { orders: (html) => takeRows(list, html) });

  const place = document.querySelector("[data-order-live]");
  if (place) {
    follow(place.dataset.orderLive, {
      order: (html) => takeOrder(place, html),
      done: (html, end) => { takeOrder(place, html); end(); },
    });
  }
}

// Keeps a page fresh, and adds the comfort of a script. Whatever it puts into a page was rendered by the host.
// Without it a page is complete.

import { startControls } from "./controls.js";
import { followRegions } from "./live.js";
import { followOrders } from "./orders.js";
import { startSelection } from "./selection.js";
import { showTimes, tick } from "./times.js";
import { startUpload } from "./upload.js";

const CLOCK_MS = 250; // Four looks a second: no second is ever skipped.
const RELATIVE_MS = 15_000;

// Pressing a button twice does the same once anyway; that it was pressed should be seen.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => event.submitter?.setAttribute("aria-busy", "true"));
}

followOrders();
followRegions();
startControls();
startSelection();
startUpload();
showTimes(document);
tick();
setInterval(tick, CLOCK_MS);
setInterval(() => showTimes(document), RELATIVE_MS);

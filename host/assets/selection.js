// Selecting rows of a table: one by one, a range with shift, or all of the page; and what a button asks before it
// acts. Without it, the boxes and the buttons work all the same.

let last = null;

const boxes = () => [...document.querySelectorAll("input[data-select]")];

function takeRange(box) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
  if (from < 0) return;
  for (const between of all.slice(from, to + 1)) between.checked = box.checked;
}

function showCount() {
  const bar = document.querySelector("[data-selection]");
  if (!bar) return;
  const count = boxes().filter((box) => box.checked).length;
  bar.querySelector("[data-count]").textContent = count === 0 ? "None selected" : `${count} selected`;
  const page = document.querySelector("input[data-select-page]");
  if (page) {
    page.checked = count > 0 && count === boxes().length;
    page.indeterminate = count > 0 && count < boxes().length;
  }
}

function question(button) {
  const count = boxes().filter((box) => box.checked).length;
  return button.dataset.ask.replaceAll("{count}", String(count));
}

/** Listens to boxes, and to buttons that ask first. */
export function startSelection() {
  document.addEventListener("click", (event) => {
    const box = event.target.closest("input[data-select]");
    if (box) {
      if (event.shiftKey) takeRange(box);
      last = box;
    }
    const page = event.target.closest("input[data-select-page]");
    if (page) boxes().forEach((each) => { each.checked = page.checked; });
    if (box || page) showCount();

    const asks = event.target.closest("button[data-ask]");
    if (asks && !confirm(question(asks))) event.preventDefault();
  });
  document.addEventListener("replaced", showCount);
  showCount();
}

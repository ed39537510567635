// Uploading a plugin by dropping its file, with progress, over the API.

function send(form, file, name) {
  const request = new XMLHttpRequest();
  const bar = form.querySelector("progress");
  const said = form.querySelector("[data-said]");
  request.open("PUT", form.dataset.upload + encodeURIComponent(name));
  request.setRequestHeader("content-type", "application/wasm");
  request.responseType = "json";
  bar.hidden = false;
  said.textContent = `Uploading ${file.name}`;
  request.upload.onprogress = (event) => {
    bar.max = event.total;
    bar.value = event.loaded;
    if (event.loaded === event.total) said.textContent = "Checking and compiling";
  };
  request.onerror = () => { bar.hidden = true; said.textContent = "The host could not be reached"; };
  request.onload = () => {
    bar.hidden = true;
    said.textContent = request.status < 300 ? "Done" : request.response?.detail ?? `Refused with status ${request.status}`;
    if (request.status < 300) location.reload();
  };
  request.send(file);
}

const nameOf = (file) => file.name.replace(/\.wasm$/, "").replaceAll("_", "-").toLowerCase();

/** Listens to the form of uploads, if the page has it. */
export function startUpload() {
  const form = document.querySelector("form[data-upload]");
  if (!form) return;
  const take = (file) => send(form, file, form.elements.name.value.trim() || nameOf(file));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const file = form.elements.file.files[0];
    if (file) take(file);
  });
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}

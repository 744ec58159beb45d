// Puts the page together: a model of its own for each visit, two editors, a record, the tour.

import { exchange, getToken, setToken } from "./api.js";
import { Editor } from "./editor.js";
import { Record } from "./record.js";

const STEPS = ["read", "again", "other", "stale", "merge"];
const done = new Set();

function step(name, who) {
  // Bob's save is the tour's third step; any other save of a fresh copy is not.
  if (name === "other" && who !== "Bob") return;
  if (name === "read" && who !== "Alice") return;
  done.add(name);
  showTour();
}

function showTour() {
  const next = STEPS.find((name) => !done.has(name));
  for (const item of document.querySelectorAll("#tour li")) {
    const name = item.dataset.step;
    item.classList.toggle("done", done.has(name));
    if (name === next) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
}

const place = document.querySelector("#editors");
const editors = ["Alice", "Bob"].map((who) => {
  const section = place.appendChild(document.createElement("section"));
  return new Editor(who, section, step);
});
const record = new Record(document.querySelector("#record"));
const accessState = document.querySelector("#access-state");

/** A model that nobody else has; after a reload the same one, revalidated by the browser's cache. */
async function start(isNew) {
  let id = isNew ? null : sessionStorage.getItem("model");
  if (id) {
    const kept = await exchange("Browser", "GET", `/models/${id}`, { cache: "no-cache" });
    if (kept.status === 401) return refuse(kept);
    if (kept.status !== 200) id = null;
  }
  if (!id) {
    const body = {
      name: "Customer",
      fields: { email: { policy: "highest_confidence" }, city: { policy: "most_recent" } },
    };
    const headers = { "Content-Type": "application/json" };
    const made = await exchange("Page", "POST", "/models", { headers, body });
    if (made.status !== 201) return refuse(made);
    id = made.document.modelId;
    sessionStorage.setItem("model", id);
  }
  accessState.textContent = "";
  document.querySelector("#model-path").textContent = `/models/${id}`;
  for (const editor of editors) editor.open(`/models/${id}`);
  done.clear();
  showTour();
  await record.open(id);
}

function refuse({ status, document }) {
  accessState.textContent =
    status === 401 ? "401: this token is not the server’s." : `${status}: ${document?.detail ?? ""}`;
  accessState.className = "bad";
}

async function restart(isNew) {
  try {
    await start(isNew);
  } catch (error) {
    accessState.textContent = `The server does not answer: ${error.message}`;
    accessState.className = "bad";
  }
}

document.querySelector("#token").value = getToken();
document.querySelector("#access").addEventListener("submit", (event) => {
  event.preventDefault();
  setToken(document.querySelector("#token").value);
  restart(false);
});
document.querySelector("#new-model").addEventListener("click", () => restart(true));
showTour();
restart(false);

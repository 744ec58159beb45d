// The exchanges, newest first, and what a screen reader hears of them.

const rows = document.querySelector("#log");
const said = document.querySelector("#said");

export function log({ who, method, path, condition, status, etag, bytes, cache }) {
  const row = rows.insertRow(0);
  // A narrow window lays the table out in another way; by its roles it stays one to a screen reader.
  row.setAttribute("role", "row");
  const kind = status < 400 ? "good" : status === 412 ? "held" : "bad";
  const by = cache === "no-store" ? "" : " (through the browser’s cache)";
  for (const [text, name] of [
    [who], [method], [path, "mono path"], [condition || `none${by}`, "mono"],
    [String(status), kind], [etag ?? "none", "mono etag"], [bytes ?? "unknown", "number"],
  ]) {
    const cell = row.insertCell();
    cell.setAttribute("role", "cell");
    cell.textContent = text;
    if (name) cell.className = name;
  }
  say(`${who}: ${method}, ${status}${etag ? `, ETag ${etag}` : ""}`);
}

export function say(text) {
  said.textContent = text;
}

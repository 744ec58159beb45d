// A record under the model's policies, and claims of two sources.

import { exchange } from "./api.js";

const CLAIMS = [
  ["crm", "2026-01-02T03:04:05Z", { email: { value: "ann@crm.example", confidence: 0.8 }, city: { value: "Graz" } }],
  ["web", "2026-03-01T10:00:00Z", { email: { value: "ann@web.example", confidence: 0.6 }, city: { value: "Wien" } }],
];

export class Record {
  constructor(place) {
    place.className = "panel";
    place.innerHTML = `
      <p class="path"><code data-path></code> has <code data-tag>no version yet</code></p>
      <div class="row" data-claims></div>
      <pre class="mono" data-data tabindex="0" aria-label="The record’s data"></pre>
      <p>SHA-256 of the data: <code data-hash>none yet</code></p>
      <p class="state" role="status" data-state></p>`;
    this.part = (name) => place.querySelector(`[data-${name}]`);
    for (const [source, observedAt, fields] of CLAIMS) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.source = source;
      button.disabled = true;
      const claims = Object.entries(fields)
        .map(([name, { value, confidence = 1 }]) => `${name} ${value} (${confidence})`)
        .join(", ");
      button.textContent = `${source}, ${observedAt.slice(0, 10)}: ${claims}`;
      button.addEventListener("click", () => this.claim({ source, observedAt, fields }));
      this.part("claims").append(button);
    }
  }

  /** A new record, once the model is there. */
  async open(modelId) {
    const body = { modelId, data: {} };
    const headers = { "Content-Type": "application/json" };
    const made = await exchange("Record", "POST", "/records", { headers, body });
    if (made.status !== 201) return this.tell(made);
    this.path = `/records/${made.document.recordId}`;
    this.part("path").textContent = this.path;
    for (const button of this.part("claims").children) button.disabled = false;
    this.show(made);
  }

  async claim(body) {
    const headers = { "Content-Type": "application/json" };
    const record = this.path;
    try {
      const answer = await exchange(body.source, "POST", `${record}/contributions`, { headers, body });
      // A new one was opened meanwhile.
      if (record !== this.path) return;
      if (answer.status === 200) this.show(answer);
      else this.tell(answer);
    } catch (error) {
      this.part("state").textContent = `The request failed: ${error.message}`;
    }
  }

  show({ etag, document }) {
    this.part("tag").textContent = etag;
    this.part("data").textContent = JSON.stringify(document.data, null, 2);
    this.part("hash").textContent = document.sha256;
    this.part("state").textContent = "";
  }

  tell({ status, document }) {
    this.part("state").textContent = `${status}: ${document?.detail ?? "the server says no more"}`;
  }
}

// One person's copy of the model: what they have read, what they have typed, and how they save.

import { exchange } from "./api.js";
import { showConflict } from "./conflict.js";

const MEMBERS = ["name", "status", "fields"];

export class Editor {
  /** `done` hears of each step of the tour. */
  constructor(who, place, done) {
    this.who = who;
    this.done = done;
    this.busy = false;
    const id = who.toLowerCase();
    place.className = "panel";
    place.id = `editor-${id}`;
    place.setAttribute("aria-labelledby", `${id}-title`);
    place.innerHTML = `
      <header><h3 id="${id}-title">${who}</h3><span>has <code data-tag>nothing yet</code></span></header>
      <form>
        <div class="row"><button type="button" data-read disabled>Read</button></div>
        <label>Name <input name="name" maxlength="200" required disabled></label>
        <label>Status <select name="status" disabled>
          <option>active</option><option>draft</option><option>archived</option></select></label>
        <div class="row"><button class="primary" data-save disabled>Save</button></div>
      </form>
      <p class="state" role="status" data-state>Not read yet.</p>
      <div class="conflict" hidden></div>`;
    this.form = place.querySelector("form");
    this.conflict = place.querySelector(".conflict");
    this.parts = Object.fromEntries(
      ["tag", "read", "save", "state"].map((name) => [name, place.querySelector(`[data-${name}]`)]),
    );
    this.parts.read.addEventListener("click", () => this.run(() => this.read()));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.run(() => this.save(this.typed(), this.known, "other"));
    });
  }

  /** Another model: everything that was known is about the old one. */
  open(path) {
    this.path = path;
    this.known = null;
    this.conflict.hidden = true;
    this.form.reset();
    for (const field of this.form.elements) field.disabled = field !== this.parts.read;
    this.parts.read.textContent = "Read";
    this.parts.tag.textContent = "nothing yet";
    this.tell("Not read yet.", "");
  }

  async read() {
    const headers = this.known ? { "If-None-Match": this.known.etag } : {};
    const answer = await exchange(this.who, "GET", this.path, { headers });
    if (answer.status === 304) {
      this.tell(`304. Still ${this.known.etag}: the server sent no content.`, "good");
      this.done("again");
    } else if (answer.status === 200) {
      this.take(answer);
      this.tell(`200. Read ${answer.etag}.`, "good");
      this.done("read", this.who);
    } else {
      this.refused(answer);
    }
  }

  /** Saves what was made of `from`, over that and over nothing newer. */
  async save(document, from, step) {
    const answer = await this.put(document, from.etag);
    if (answer.status === 412) return this.decide(document, from);
    if (answer.status !== 200) return this.refused(answer);
    this.take(answer);
    this.tell(`200. Saved as ${answer.etag}.`, "good");
    this.done(step, this.who);
  }

  /**
   * After a 412: what is current now, beside the two that are known. The form stays what it was, an
   * edit of what this editor has taken.
   */
  async decide(document, from) {
    const theirs = await exchange(this.who, "GET", this.path);
    if (theirs.status !== 200) return this.refused(theirs);
    this.tell(`412. Not saved: ${from.etag} is not current any more, ${theirs.etag} is.`, "held");
    this.done("stale");
    showConflict(this.conflict, {
      who: this.who,
      base: from.document,
      mine: document,
      theirs: theirs.document,
      names: MEMBERS,
      // What was merged started from theirs.
      save: (merged) => this.run(() => this.save(merged, theirs, "merge")),
      drop: () => {
        this.take(theirs);
        this.tell(`Took over ${theirs.etag}.`, "good");
      },
    });
  }

  put(document, tag) {
    const body = Object.fromEntries(MEMBERS.map((name) => [name, document[name]]));
    const headers = { "Content-Type": "application/json", "If-Match": tag };
    return exchange(this.who, "PUT", this.path, { headers, body });
  }

  /** The answer's document is what this editor goes on from. */
  take(answer) {
    this.known = answer;
    const { etag, document } = answer;
    for (const field of this.form.elements) field.disabled = false;
    this.form.elements.name.value = document.name;
    this.form.elements.status.value = document.status;
    this.parts.read.textContent = "Read again";
    this.parts.tag.textContent = etag;
    // What is hidden cannot keep the focus.
    if (this.conflict.matches(":focus-within")) this.parts.save.focus();
    this.conflict.hidden = true;
  }

  typed() {
    const { name, status } = this.form.elements;
    return { ...this.known.document, name: name.value, status: status.value };
  }

  refused({ status, document }) {
    this.tell(`${status}: ${document?.detail ?? "the server says no more"}`, "bad");
  }

  tell(text, kind) {
    this.parts.state.textContent = text;
    this.parts.state.className = `state ${kind}`;
  }

  /** One action at a time. No button is disabled meanwhile: that would take the focus from it. */
  async run(action) {
    if (this.busy) return;
    this.busy = true;
    try {
      await action();
    } catch (error) {
      this.tell(`The request failed: ${error.message}`, "bad");
    } finally {
      this.busy = false;
    }
  }
}

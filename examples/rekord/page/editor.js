// One person's copy of the model: what they have read, what they have typed, and how they save.

import { exchange } from "./api.js";
import { showConflict } from "./conflict.js";

const MEMBERS = ["name", "status", "fields"];

export class Editor {
  /** `done` hears of each step of the tour. */
  constructor(who, place, done) {
    this.who = who;
    this.done = done;
    const id = who.toLowerCase();
    place.className = "panel";
    place.id = `editor-${id}`;
    place.setAttribute("aria-labelledby", `${id}-title`);
    place.innerHTML = `
      <header><h3 id="${id}-title">${who}</h3><span>has <code data-tag>nothing yet</code></span></header>
      <form>
        <div class="row"><button type="button" data-read>Read</button></div>
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
      this.run(() => this.save(this.typed()));
    });
  }

  /** Another model: everything that was known is about the old one. */
  open(path) {
    this.path = path;
    this.tag = this.base = null;
    this.conflict.hidden = true;
    this.form.reset();
    for (const field of this.form.elements) field.disabled = field !== this.parts.read;
    this.parts.read.textContent = "Read";
    this.parts.tag.textContent = "nothing yet";
    this.tell("Not read yet.", "");
  }

  async read() {
    const headers = this.tag ? { "If-None-Match": this.tag } : {};
    const answer = await exchange(this.who, "GET", this.path, { headers });
    if (answer.status === 304) {
      this.tell(`304. Still ${this.tag}: the server sent no content.`, "good");
      this.done("again");
    } else if (answer.status === 200) {
      this.take(answer);
      this.tell(`200. Read ${answer.etag}.`, "good");
      this.done("read", this.who);
    } else {
      this.refused(answer);
    }
  }

  async save(document) {
    const answer = await this.put(document, this.tag);
    if (answer.status === 412) {
      const theirs = await exchange(this.who, "GET", this.path);
      if (theirs.status !== 200) return this.refused(theirs);
      this.tell(`412. Not saved: ${this.tag} is not current any more, ${theirs.etag} is.`, "held");
      this.done("stale");
      showConflict(this.conflict, {
        who: this.who,
        base: this.base,
        mine: document,
        theirs: theirs.document,
        names: MEMBERS,
        save: (merged) => this.run(() => this.saveMerged(merged, theirs)),
        drop: () => {
          this.take(theirs);
          this.tell(`Took over ${theirs.etag}.`, "good");
        },
      });
    } else {
      this.saved(answer, "other");
    }
  }

  /** What was merged started from theirs, so it is saved over theirs, and over nothing newer. */
  async saveMerged(document, theirs) {
    this.base = theirs.document;
    this.tag = theirs.etag;
    const answer = await this.put(document, this.tag);
    if (answer.status === 412) return this.save(document);
    this.saved(answer, "merge");
  }

  put(document, tag) {
    const body = Object.fromEntries(MEMBERS.map((name) => [name, document[name]]));
    const headers = { "Content-Type": "application/json", "If-Match": tag };
    return exchange(this.who, "PUT", this.path, { headers, body });
  }

  saved(answer, step) {
    if (answer.status !== 200) return this.refused(answer);
    this.take(answer);
    this.tell(`200. Saved as ${answer.etag}.`, "good");
    this.done(step, this.who);
  }

  /** The answer's document is what this editor goes on from. */
  take({ etag, document }) {
    this.tag = etag;
    this.base = document;
    this.conflict.hidden = true;
    for (const field of this.form.elements) field.disabled = false;
    this.form.elements.name.value = document.name;
    this.form.elements.status.value = document.status;
    this.parts.read.textContent = "Read again";
    this.parts.tag.textContent = etag;
  }

  typed() {
    const { name, status } = this.form.elements;
    return { ...this.base, name: name.value, status: status.value };
  }

  refused({ status, document }) {
    this.tell(`${status}: ${document?.detail ?? "the server says no more"}`, "bad");
  }

  tell(text, kind) {
    this.parts.state.textContent = text;
    this.parts.state.className = `state ${kind}`;
  }

  async run(action) {
    this.parts.read.disabled = true;
    try {
      await action();
    } catch (error) {
      this.tell(`The request failed: ${error.message}`, "bad");
    } finally {
      this.parts.read.disabled = false;
    }
  }
}

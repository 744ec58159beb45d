// The view of a 412: base, mine and theirs, member by member, and a choice where both changed.

import { differences, merged } from "./merge.js";

/** Fills `place`; `save` gets the merged document, `drop` takes theirs. */
export function showConflict(place, { who, base, mine, theirs, names, save, drop }) {
  const rows = differences(base, mine, theirs, names);
  const choices = Object.fromEntries(
    rows.map(({ name, by }) => [name, by === "theirs" ? "theirs" : "mine"]),
  );
  const table = document.createElement("table");
  table.innerHTML =
    "<caption>What each side made of the version that this save started from</caption>" +
    "<thead><tr><th scope=col>Member</th><th scope=col>Base</th><th scope=col>Mine</th>" +
    "<th scope=col>Theirs</th><th scope=col>Keep</th></tr></thead>";
  const body = table.createTBody();
  for (const { name, base, mine, theirs, by } of rows) {
    const row = body.insertRow();
    row.className = by;
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    for (const value of [base, mine, theirs]) {
      const cell = row.insertCell();
      cell.className = "mono";
      cell.textContent = JSON.stringify(value);
    }
    const keep = row.insertCell();
    if (by === "both") keep.append(choice(who, name, choices));
    else keep.append(by, " ", small(`${by === "mine" ? "they" : "I"} did not change it`));
  }

  const title = document.createElement("h4");
  title.textContent = "412: somebody saved first. Nothing was overwritten.";
  title.tabIndex = -1;
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.append(table);
  const buttons = document.createElement("div");
  buttons.className = "row";
  buttons.append(
    button("Merge and save", "primary", () => save(merged(mine, theirs, choices))),
    button("Take theirs", "", drop),
  );
  place.replaceChildren(title, scroll, buttons);
  place.hidden = false;
  // All of it, if it fits, so that the buttons are seen too.
  place.scrollIntoView({ block: "nearest" });
  title.focus();
}

function small(text) {
  const it = document.createElement("small");
  it.textContent = text;
  return it;
}

function choice(who, name, choices) {
  const group = document.createElement("fieldset");
  const legend = document.createElement("legend");
  legend.textContent = `Which ${name} to keep`;
  group.append(legend);
  for (const side of ["mine", "theirs"]) {
    const label = document.createElement("label");
    const radio = document.createElement("input");
    radio.type = "radio";
    radio.name = `${who}-${name}`;
    radio.value = side;
    radio.checked = choices[name] === side;
    radio.addEventListener("change", () => (choices[name] = side));
    label.append(radio, side);
    group.append(label);
  }
  return group;
}

function button(text, className, act) {
  const it = document.createElement("button");
  it.type = "button";
  it.textContent = text;
  it.className = className;
  it.addEventListener("click", act);
  return it;
}

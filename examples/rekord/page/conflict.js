// The view of a 412: base, mine and theirs, member by member, and a choice where both changed.

import { differences, merged } from "./merge.js";

/** Fills `place`; `save` gets the merged document, `drop` takes theirs. */
export function showConflict(place, { who, base, mine, theirs, names, save, drop }) {
  const rows = differences(base, mine, theirs, names);
  const choices = Object.fromEntries(
    rows.map(({ name, by }) => [name, by === "theirs" ? "theirs" : "mine"]),
  );
  const table = document.createElement("table");
  table.createCaption().textContent = "What each side made of the version that this save started from";
  const titles = ["Member", "Base", "Mine", "Theirs", "Keep"];
  const head = table.createTHead().insertRow();
  for (const title of titles) head.append(header("col", title));
  const body = table.createTBody();
  for (const { name, base, mine, theirs, by } of rows) {
    const row = body.insertRow();
    row.className = by;
    row.append(header("row", name));
    for (const value of [base, mine, theirs]) {
      const cell = row.insertCell();
      cell.className = "mono";
      cell.textContent = JSON.stringify(value);
    }
    const keep = row.insertCell();
    if (by === "both") keep.append(choice(who, name, choices));
    else keep.append(by, " ", small(`${by === "mine" ? "they" : "I"} did not change it`));
    // Where there is no room for columns, each cell says which one it is of.
    for (const cell of row.cells) cell.dataset.title = titles[cell.cellIndex];
  }
  keepRoles(table);

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

function header(scope, text) {
  const it = document.createElement("th");
  it.scope = scope;
  it.textContent = text;
  return it;
}

/** A table that is laid out in another way stays one to a screen reader only by its roles. */
function keepRoles(table) {
  table.setAttribute("role", "table");
  for (const part of [table.tHead, ...table.tBodies]) part.setAttribute("role", "rowgroup");
  for (const row of table.rows) {
    row.setAttribute("role", "row");
    for (const cell of row.cells) {
      cell.setAttribute("role", { col: "columnheader", row: "rowheader" }[cell.scope] ?? "cell");
    }
  }
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

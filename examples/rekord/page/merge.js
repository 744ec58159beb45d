// Three versions of one document, member by member.

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * For each member that is not the same everywhere: the three values, and whose change it was, "mine",
 * "theirs", or "both" where only a person can choose.
 */
export function differences(base, mine, theirs, names) {
  return names
    .filter((name) => !same(mine[name], theirs[name]) || !same(base[name], mine[name]))
    .map((name) => {
      const changedHere = !same(base[name], mine[name]);
      const changedThere = !same(base[name], theirs[name]);
      const by =
        changedHere && changedThere && !same(mine[name], theirs[name])
          ? "both"
          : changedHere ? "mine" : "theirs";
      return { name, base: base[name], mine: mine[name], theirs: theirs[name], by };
    });
}

/** Theirs, with what was chosen from mine. */
export function merged(mine, theirs, choices) {
  const result = { ...theirs };
  for (const [name, choice] of Object.entries(choices)) {
    result[name] = choice === "mine" ? mine[name] : theirs[name];
  }
  return result;
}

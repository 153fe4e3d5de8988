// «Propose here»: where new posts bring most residents within a limit, among junctions in sight.
// Greedy: each post is the best beside those before it. A rule of thumb, never a proof.

const TRIES = 300;

/** At most so many junctions that a place may be put at and that `isInSight` accepts: nodes, evenly picked. */
function junctions(network, mayStepOn, isInSight, most = TRIES) {
  const found = [];
  for (let node = 0; node < network.nodes; node++) {
    if (network.start[node + 1] - network.start[node] < 3 || !isInSight(node)) continue;
    for (let i = network.start[node]; i < network.start[node + 1]; i++) {
      if (mayStepOn(network.atNode[i])) { found.push(node); break; }
    }
  }
  const every = Math.max(1, found.length / most);
  return Array.from({ length: Math.min(found.length, most) }, (_, place) => found[Math.floor(place * every)]);
}

/** A node as a place on one of its edges that may be stepped on. */
function placeAtNode(network, mayStepOn, node) {
  for (let i = network.start[node]; i < network.start[node + 1]; i++) {
    const edge = network.atNode[i];
    if (mayStepOn(edge)) return { edge, share: network.u[edge] === node ? 0 : 1, access: 0 };
  }
  return null;
}

/** Doors that a place brings within their limit, of those that are not within it yet. */
function doorsBrought(network, doors, place, limitAt, longest, isWithin) {
  const brought = [];
  const found = searchFrom(network, [place], null, longest);
  const seen = new Map();
  doorsNear(network, doors, [place], found, (door, time) => {
    if (time <= limitAt(door) + 1e-6 && !isWithin(door) && !seen.has(door)) { seen.set(door, time); brought.push(door); }
  });
  return brought;
}

/** The best sets, one after another: [{place in the list, people}], at most so many, none without gain. */
function greedy(sets, residents, most) {
  const taken = new Set();
  const chosen = [];
  while (chosen.length < most) {
    let best = { people: 0 };
    sets.forEach((doors, place) => {
      let people = 0;
      for (const door of doors) if (!taken.has(door)) people += residents[door];
      if (people > best.people) best = { place, people };
    });
    if (!best.people) break;
    for (const door of sets[best.place]) taken.add(door);
    chosen.push(best);
  }
  return chosen;
}

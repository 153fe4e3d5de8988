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

/**
 * Doors that a place brings within their limit, of those that are not within it yet.
 *
 * search: from `makeSearch`. walks: {seconds of doors, found} to the posts there are: what lies behind
 * a node that one of these is as near to is within the limit already, or out of it from here too.
 * limitAt(door): seconds; longest: the greatest of them.
 */
function doorsBrought(search, network, doors, place, { walks, limitAt, longest }) {
  const brought = new Set();
  doorsNear(network, doors, [place], search([place], walks.found, longest), (door, time) => {
    const limit = limitAt(door) + 1e-6;
    if (time <= limit && walks.seconds[door] > limit) brought.add(door);
  });
  return Int32Array.from(brought);
}

/**
 * The best sets, one after another: [{place in the list, people}], at most so many, none without gain;
 * of equal ones the first. What a set gains never grows as others are taken, so one is counted anew
 * only when no other could gain more (lazy greedy, Minoux 1978).
 */
function greedy(sets, residents, most) {
  const taken = new Uint8Array(residents.length);
  const gainOf = (doors) => doors.reduce((people, door) => (taken[door] ? people : people + residents[door]), 0);
  const people = sets.map(gainOf);
  const counted = new Int32Array(sets.length); // how many sets were taken when each was counted
  const chosen = [];
  while (chosen.length < most) {
    const place = people.reduce((best, gain, other) => (gain > (people[best] ?? 0) ? other : best), -1);
    if (place < 0) break;
    if (counted[place] < chosen.length) {
      people[place] = gainOf(sets[place]);
      counted[place] = chosen.length;
      continue;
    }
    chosen.push({ place, people: people[place] });
    for (const door of sets[place]) taken[door] = 1;
    counted[place] = -1; // nothing is left of it
  }
  return chosen;
}

// Answers, for a test, what the page's engine says: a question as JSON on stdin, the answer on stdout.

import { readFileSync } from "node:fs";

const page = new URL("../../coverage/walkshed/maps/page/", import.meta.url);
const names = "makeNetwork, changeStreets, searchFrom, placeDoors, moveDoors, doorTimes, doorsNear, metresWithin, nearestTwo, pointsAlong";
const files = ["engine.js", "way.js"].map((name) => readFileSync(new URL(name, page), "utf8")).join("\n");
const engine = new Function(`${files}; return { ${names} };`)();

const endless = (list) => Float64Array.from(list, (seconds) => (seconds === null ? Infinity : seconds));
const question = JSON.parse(readFileSync(0, "utf8"));
const { network: raw, doors: at, scenarios } = question;
const network = engine.makeNetwork({
  nodes: raw.nodes, u: Int32Array.from(raw.u), v: Int32Array.from(raw.v),
  forward: endless(raw.forward), backward: endless(raw.backward), metres: Float64Array.from(raw.metres || raw.u.map(() => 0)),
});
const doors = engine.placeDoors(network, {
  edge: Int32Array.from(at.edge), share: Float64Array.from(at.share), access: Float64Array.from(at.access),
});

/** Walks with all posts at once, and the same found by adding the last post to the others. */
function answer({ posts, closed, links }) {
  const changed = engine.changeStreets(network, { closed, links });
  const moved = engine.moveDoors(doors, changed);
  const places = posts.map(changed.moved);
  const found = engine.searchFrom(changed.network, places);
  const whole = engine.doorTimes(changed.network, moved, places, found);
  const others = places.slice(0, -1);
  const before = engine.searchFrom(changed.network, others);
  const step = engine.doorTimes(changed.network, moved, others, before);
  const last = places.slice(-1);
  const added = engine.searchFrom(changed.network, last, before);
  engine.doorsNear(changed.network, moved, last, added, (door, seconds) => {
    if (seconds < step.seconds[door]) step.seconds[door] = seconds;
  });
  const write = (list) => [...list].map((seconds) => (seconds === Infinity ? null : seconds));
  const asked = [...at.edge.keys()].map((door) => {
    const place = changed.moved({ edge: at.edge[door], share: at.share[door], access: at.access[door] });
    return engine.nearestTwo(changed.network, places, place, found)
      .map(({ post, seconds, legs }) => ({ post, seconds, legs: legs.map(changed.drawn) }));
  });
  const near = [30, 90].map((limit) => engine.metresWithin(changed.network, places, found, limit));
  return { whole: write(whole.seconds), post: [...whole.post], stepwise: write(step.seconds), asked, near };
}

const { lines = [], parts = [] } = question;
const streets = {
  first: lines.reduce((sums, { length }) => [...sums, sums.at(-1) + length], [0]),
  x: lines.flat().map(([x]) => x), y: lines.flat().map(([, y]) => y) };
process.stdout.write(JSON.stringify(
  parts.length ? parts.map((part) => engine.pointsAlong(streets, part)) : scenarios.map(answer)));

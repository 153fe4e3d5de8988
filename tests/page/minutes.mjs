// Answers, for a test, what the page's fill of minutes says: a question as JSON on stdin, the answer on stdout.

import { readFileSync } from "node:fs";

const page = new URL("../../coverage/walkshed/maps/page/", import.meta.url);
const names = "makeNetwork, searchFrom, placeDoors, doorTimes, postsOnEdges, secondsAt, stretchesWithin, emptyFill, fillStreets, spread";
const files = ["engine.js", "minutes_ground.js"].map((name) => readFileSync(new URL(name, page), "utf8")).join("\n");
const engine = new Function(`${files}; return { ${names} };`)();
const endless = (list) => Float64Array.from(list, (seconds) => (seconds === null ? Infinity : seconds));
const written = (list) => [...list].map((seconds) => (seconds === Infinity ? null : seconds));
const networkOf = ({ nodes, u, v, forward, backward }) => engine.makeNetwork({
  nodes, u: Int32Array.from(u), v: Int32Array.from(v), forward: endless(forward), backward: endless(backward) });

/** Seconds at places along edges: as doors that stand there, and as the fill tells; and stretches within a limit. */
function along({ network: raw, posts, shares, limit }) {
  const network = networkOf(raw);
  const found = engine.searchFrom(network, posts);
  const edges = [...network.u.keys()];
  const on = engine.postsOnEdges(posts);
  const at = edges.flatMap((edge) => shares.map((share) => ({ edge, share })));
  const doors = engine.placeDoors(network, {
    edge: Int32Array.from(at, ({ edge }) => edge), share: Float64Array.from(at, ({ share }) => share), access: new Float64Array(at.length) });
  return {
    doors: written(engine.doorTimes(network, doors, posts, found).seconds),
    fill: written(at.map(({ edge, share }) => engine.secondsAt(network, { found }, edge, share, on.get(edge)))),
    stretches: edges.map((edge) => engine.stretchesWithin(network, { found }, edge, limit, on.get(edge))),
  };
}

/** Cells around one street that runs east along the middle row, its post at the western end. */
function beside({ width, height, metres, speed_kmh, seconds, blocked }) {
  const network = networkOf({ nodes: 2, u: [0], v: [1], forward: [seconds], backward: [seconds] });
  const places = [{ edge: 0, share: 0, access: 0 }];
  const y = (height - 1) / 2 + 0.5;
  const streets = { network, first: [0, 2], x: [0.5, width - 0.5], y: [y, y], length: [width - 1] };
  const view = { width, height, metres, x: 0, y: 0, scale: 1 };
  const cells = engine.emptyFill(view);
  engine.fillStreets(cells, [0], { places, closed: new Set(), found: engine.searchFrom(network, places) }, streets, view);
  engine.spread(cells, view, Uint8Array.from(blocked), speed_kmh);
  return written(cells.seconds);
}

const { streets, views } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify({ streets: streets.map(along), views: views.map(beside) }));

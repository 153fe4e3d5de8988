// Answers, for a test, what «Propose here» finds: questions as JSON on stdin, answers on stdout.

import { readFileSync } from "node:fs";

const page = new URL("../../coverage/walkshed/maps/page/", import.meta.url);
const names = "makeNetwork, searchFrom, makeSearch, placeDoors, doorTimes, doorsBrought, greedy";
const files = ["engine.js", "proposing.js"].map((name) => readFileSync(new URL(name, page), "utf8")).join("\n");
const engine = new Function(`${files}; return { ${names} };`)();
const endless = (list) => Float64Array.from(list, (seconds) => (seconds === null ? Infinity : seconds));

/** Doors that each place brings: by small searches one after another, and by walking to all posts anew. */
function answer({ network: raw, doors: at, posts, places, limits, residents, most }) {
  const network = engine.makeNetwork({
    nodes: raw.nodes, u: Int32Array.from(raw.u), v: Int32Array.from(raw.v),
    forward: endless(raw.forward), backward: endless(raw.backward) });
  const doors = engine.placeDoors(network, {
    edge: Int32Array.from(at.edge), share: Float64Array.from(at.share), access: Float64Array.from(at.access) });
  const walk = (to) => { const found = engine.searchFrom(network, to); return { found, ...engine.doorTimes(network, doors, to, found) }; };
  const walks = walk(posts);
  const search = engine.makeSearch(network);
  const asked = { walks, limitAt: (door) => limits[door], longest: Math.max(...limits) };
  const sets = places.map((place) => engine.doorsBrought(search, network, doors, place, asked));
  const anew = places.map((place) => {
    const { seconds } = walk([...posts, place]);
    return [...seconds.keys()].filter((door) => walks.seconds[door] > limits[door] + 1e-6 && seconds[door] <= limits[door] + 1e-6);
  });
  return { sets: sets.map((doors) => [...doors].sort((one, other) => one - other)), anew, chosen: engine.greedy(sets, residents, most) };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));

// Answers, for a test, what the page's what-if says of scenarios, from the streams of a page.

import { readFileSync } from "node:fs";

const page = new URL("../../coverage/walkshed/maps/page/", import.meta.url);
const files = ["ground.js", "engine.js", "way.js", "whatif.js", "streets.js"]
  .map((name) => readFileSync(new URL(name, page), "utf8")).join("\n");
const { walk, doors, scenarios, limits, zones, cells, origin, asked = [] } = JSON.parse(readFileSync(0, "utf8"));
globalThis.data = { origin };
globalThis.L = { GridLayer: { extend: () => null } };
const names = "unpackIntegers, unpackStreets, unpackDoorPlaces, unpackPlace, makeWhatIf, running, minutesOfShare, searchFrom, nearestTwo";
const kit = new Function(`${files}; return { ${names} };`)();

const streets = await kit.unpackStreets(walk.streets);
const placed = await kit.unpackDoorPlaces(streets.network, walk.doors);
const place = (packed) => (packed.edge < 0 ? null : kit.unpackPlace(packed));
const posts = walk.posts.map((packed, i) => ({ id: `post-${i}`, origin: "post", at: [0, 0], place: place(packed), open: true }));
const study = {
  network: streets.network, doors: placed, limits, zones, cells, posts, speed_kmh: walk.speed_kmh,
  residents: await kit.unpackIntegers(doors.residents),
  zone: await kit.unpackIntegers(doors.zone),
  cell: kit.running(await kit.unpackIntegers(doors.cell)),
};

const answers = scenarios.map(({ shut, added, closed, speed_kmh }) => {
  const model = kit.makeWhatIf(study);
  const first = model.scenario();
  const shown = model.set({
    ...first, closed, speed_kmh,
    posts: [
      ...first.posts.map((post, i) => (shut.includes(i) ? { ...post, open: false } : post)),
      ...added.map((packed, i) => ({ id: `new-${i}`, origin: "new", at: [0, 0], place: place(packed), open: true })),
    ],
  });
  const seconds = [...shown.seconds].map((time) => (time === Infinity ? null : time * shown.scale));
  return { seconds, within: [...shown.within], inZone: [...shown.inZone], notReached: shown.notReached, median: kit.minutesOfShare(shown, 0.5) };
});
const places = posts.map((post) => post.place || { edge: -1, share: 0, access: 0 });
const found = kit.searchFrom(streets.network, places);
const nearest = asked.map((door) => kit.nearestTwo(
  streets.network, places, { edge: placed.edge[door], share: placed.share[door], access: placed.access[door] }, found)
  .map(({ post, seconds }) => ({ post, seconds })));
process.stdout.write(JSON.stringify(asked.length ? nearest : answers));

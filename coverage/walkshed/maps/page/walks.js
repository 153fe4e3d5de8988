// Walks to the posts of a scenario, as the page's engine finds them, and what they give.
// Scenarios are "now", "after" (with the plan that is shown) and "whatif". `walksShown` is the one
// way to their walks; each set of posts is walked to once.

const walkedTo = new Map(); // walks by the sites that are built

/** Posts of the study and of the plan that is shown; those that stand in a scenario are open. */
function postsOf(scenario) {
  const place = (packed) => (packed.edge < 0 ? null : unpackPlace(packed));
  return [
    ...data.posts.map((post, i) => ({
      id: post.id, origin: "post", kind: post.kind, at: post.at, place: place(data.walk.posts[i]), open: true })),
    ...plannedSites().map(({ site, at, later }) => ({
      id: site, origin: "proposed", kind: "precinct_point", at, place: place(placeOfSite(site)),
      open: scenario === "after" && !later })),
  ];
}

/** Walks to the posts of a scenario, as `makeWhatIf` tells them. */
function walksShown(scenario = state.scenario) {
  if (scenario === "whatif") return trying.shown;
  const posts = postsOf(scenario);
  const built = posts.filter(({ origin, open }) => open && origin === "proposed").map(({ id }) => id).join("\n");
  if (!walkedTo.has(built)) walkedTo.set(built, makeWhatIf({ ...trying.study, posts }).result());
  return walkedTo.get(built);
}

// ---- numbers of walks, in the shape of the study's own

const people = (parts) => parts / PEOPLE;

/** Headline numbers, as `summary` has them. */
function headlineOf(walks) {
  const all = data.summary.residents;
  const within = bands().map((band, place) => [band.label, people(walks.within[place])]);
  return {
    residents_within: Object.fromEntries(within),
    share_within: Object.fromEntries(within.map(([label, residents]) => [label, all ? residents / all : 0])),
    nearest_min: isInMetres() ? { median: NaN, p90: NaN, max: NaN } // the engine walks by length then
      : { median: minutesOfShare(walks, 0.5), p90: minutesOfShare(walks, 0.9), max: longest(walks) },
    residents_not_reached: people(walks.notReached),
  };
}

function longest({ grains: steps }) {
  const last = steps.findLastIndex((count) => count > 0);
  return last < 0 ? NaN : last / 10;
}

/** Kilometres of streets within the chosen limit; by storeys, within the longest. */
function streetKm(walks) {
  const { limits } = chosenBand();
  return walks.streetMetres(limits.at(-1) * (isInMetres() ? 1 : 60)) / 1000;
}

/** Residents within each limit of the slider, from nothing on, as the engine counts them at doors. */
function residentsByLimit({ grains }) {
  const { most, step, seconds, grain } = walkUnit();
  const every = (step * seconds) / grain;
  const within = new Float64Array(most / step + 1);
  for (let place = 0, sum = 0; place <= (most / step) * every; place++) {
    sum += grains[place];
    if (place % every === 0) within[place / every] = people(sum);
  }
  return within;
}

/** Residents by nearest post, as the engine counts them. */
function residentsByPost({ posts, post }) {
  const parts = new Float64Array(posts.length);
  const { residents } = trying.study;
  for (let door = 0; door < post.length; door++) if (post[door] >= 0) parts[post[door]] += residents[door];
  return new Map(posts.map(({ id }, place) => [id, people(parts[place])]));
}

/** Number of the band each door is in, as the tables have it. */
function bandsOfDoors(walks) {
  if (walks.bands) return walks.bands;
  const { limits } = trying.study;
  const allowed = (limit, door) => (typeof limit === "number" ? limit : limit[door]);
  walks.bands = Uint8Array.from(walks.seconds, (time, door) => {
    const band = limits.findIndex((limit) => time * walks.scale <= allowed(limit, door) + 1e-6);
    return band >= 0 ? band : limits.length + (time === Infinity ? 1 : 0);
  });
  return walks.bands;
}

/** A column of hexagons or neighbourhoods; null for one that walks are not summed to. */
function columnOf(walks, table, name) {
  const [, told, label] = name.match(/^(share|residents)_within_(.+)$/) || [];
  if (!told) return null;
  const sums = table === data.hexagons ? walks.inCell : walks.inZone;
  const band = bands().findIndex((one) => one.label === label);
  const { residents } = table.columns;
  return residents.map((all, place) => {
    const within = people(sums[place * bands().length + band]);
    if (told === "residents") return within;
    return all > 0 ? Math.min(1, within / all) : null;
  });
}

/** Minutes that half and nine in ten of an area's residents walk at most, and who is not reached. */
function walkOfArea(walks, kind, place) {
  const { residents, zone, cell } = trying.study;
  const area = kind === "hexagons" ? cell : zone;
  const doors = [];
  for (let door = 0; door < area.length; door++) if (area[door] === place && residents[door] > 0) doors.push(door);
  doors.sort((one, other) => walks.seconds[one] - walks.seconds[other] || 0);
  const reached = doors.filter((door) => walks.seconds[door] < Infinity);
  const sum = (list) => list.reduce((total, door) => total + residents[door], 0);
  const all = sum(reached);
  const least = (share) => {
    let walked = 0;
    const last = reached.find((door) => { walked += residents[door]; return walked >= share * all; });
    return last === undefined ? NaN : (walks.seconds[last] * walks.scale) / 60;
  };
  return { median_min: least(0.5), p90_min: least(0.9), residents_not_reached: people(sum(doors) - all) };
}

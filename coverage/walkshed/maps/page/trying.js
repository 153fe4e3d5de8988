// Trying changes: the page's own scenario, its posts and ways on the ground, and its numbers.

const trying = {
  model: null, shown: null, today: null, study: null, tool: "", from: null, message: "", link: "", grid: null, barriers: [],
};
const isWhatIf = () => state.scenario === "whatif";
const walkSpeed = () => data.walk.speed_kmh / 3.6; // metres a second, one by length

/** Make the page able to walk by itself; needs streets, doors and the ground's water and rail. */
async function prepareTrying(view, shapes) {
  const { network } = view.streets;
  network.metres = streetMetres(view.streets);
  const doors = await unpackDoorPlaces(network, data.walk.doors);
  trying.streets = view.streets;
  trying.grid = streetGrid(view.streets);
  trying.barriers = ["rail", "rivers", "water"].filter((name) => shapes[name])
    .map((name) => ({ ...shapes[name], isArea: name === "water" }));
  trying.study = {
    network, doors, residents: view.doors.residents, zone: view.doors.zone, cell: view.doors.cell,
    zones: data.neighbourhoods ? data.neighbourhoods.ids.length : 0,
    cells: data.hexagons ? data.hexagons.ids.length : 0,
    limits: isInMetres() ? [Float64Array.from(view.doors.limit_m)] : bands().map(({ limits }) => limits[0] * 60),
    speed_kmh: data.walk.speed_kmh, grain: walkUnit().grain,
    meet: (who, closed) => placeOf(typeof who === "number" ? doorPlace(view.doors.shape, who) : who.at, closed),
  };
  trying.today = postsToday();
}

function doorPlace({ x, y }, door) {
  return unproject(x[door], y[door]);
}

/** Length of every street as it is drawn. */
function streetMetres({ first, x, y, edges }) {
  const metres = new Float64Array(edges);
  for (let edge = 0; edge < edges; edge++) {
    const [latitude] = unproject(x[first[edge]], y[first[edge]]);
    let length = 0;
    for (let i = first[edge]; i < first[edge + 1] - 1; i++) length += Math.hypot(x[i + 1] - x[i], y[i + 1] - y[i]);
    metres[edge] = length * EARTH_ROUND_M * Math.cos((latitude * Math.PI) / 180);
  }
  return metres;
}

const EARTH_ROUND_M = 40075016.686;

/** The study's posts as they are today; the proposed ones are not built. */
function postsToday() {
  const place = (packed) => (packed.edge < 0 ? null : unpackPlace(packed));
  return [
    ...data.posts.map((post, i) => ({
      id: post.id, origin: "post", kind: post.kind, at: post.at, place: place(data.walk.posts[i]), open: true })),
    ...plannedSites().map(({ site, at, later }) => ({
      id: site, origin: "proposed", kind: "precinct_point", at, place: place(placeOfSite(site)), open: false, later })),
  ];
}

/** Begin with what the page shows: the posts of today, and the proposed ones if these are shown. */
function startTrying() {
  if (!trying.now) trying.now = makeWhatIf({ ...trying.study, posts: trying.today }).result();
  const built = isAfter();
  const posts = postsToday().map(({ later, ...post }) => (
    built && post.origin === "proposed" ? { ...post, open: !later } : post));
  trying.model = makeWhatIf({ ...trying.study, posts });
  trying.shown = trying.model.result();
}

function placeOf(at, closed = null) {
  return meetStreet(trying.streets, trying.grid, at, {
    snapMax: data.walk.snap_max_m, metresPerSecond: walkSpeed(), barriers: trying.barriers, closed });
}

/** Where an end of a new way joins a street; null where none is near enough. */
function joinOf(at) {
  return meetStreet(trying.streets, trying.grid, at, {
    snapMax: data.walk.join_max_m, metresPerSecond: walkSpeed(), barriers: trying.barriers });
}

// ---- posts of the scenario

/** A post or site as the reader's scenario has it; null while nothing is tried. */
function triedPost(id) {
  return isWhatIf() ? trying.model.scenario().posts.find((post) => post.id === id) : null;
}

function triedPosts(origin) {
  return isWhatIf() ? trying.model.scenario().posts.filter((post) => post.origin === origin && post.open) : [];
}

function triedName({ id, origin, more }) {
  if (origin === "post") return postName(data.posts.find((post) => post.id === id));
  if (origin === "proposed") return siteName(plannedSite(id));
  const given = more && [more[`name_${state.language}`], more.name, more.name_ru].find((name) => typeof name === "string" && name);
  return given || t("New post {id}", { id: id.replace(/^new-/, "") });
}

/** A scenario with one post more, under an id that no post has. */
function withPost(scenario, at, place) {
  const taken = new Set(scenario.posts.map(({ id }) => id));
  let number = 1;
  while (taken.has(`new-${number}`)) number++;
  const post = { id: `new-${number}`, origin: "new", kind: "precinct_point", at, place, open: true };
  return { ...scenario, posts: [...scenario.posts, post] };
}

/** Number of the band each door is in, as the tables have it. */
function triedBands(shown = trying.shown) {
  if (shown.bands) return shown.bands;
  const { limits } = trying.study;
  const allowed = (limit, door) => (typeof limit === "number" ? limit : limit[door]);
  shown.bands = Uint8Array.from(shown.seconds, (time, door) => {
    const band = limits.findIndex((limit) => time * shown.scale <= allowed(limit, door) + 1e-6);
    return band >= 0 ? band : limits.length + (time === Infinity ? 1 : 0);
  });
  return shown.bands;
}

// ---- ways of the scenario

/** The way a click on the map means: a bridge or crossing near it rather than the street beside. */
function wayNear([latitude, longitude], reachMetres) {
  const { streets } = trying;
  const [x, y] = [mercatorX(longitude), mercatorY(latitude)];
  const reach = reachMetres / (EARTH_ROUND_M * Math.cos((latitude * Math.PI) / 180));
  const best = { any: { distance: reach }, alone: { distance: reach } };
  for (let edge = 0; edge < streets.edges; edge++) {
    for (let i = streets.first[edge]; i < streets.first[edge + 1] - 1; i++) {
      const foot = footOn(streets, i, x, y);
      const kind = streets.flags[edge] & MAY_CLOSE ? "alone" : "any";
      if (foot.distance < best[kind].distance) best[kind] = { edge, distance: foot.distance };
    }
  }
  return best.alone.edge ?? best.any.edge ?? -1;
}

function lineOfEdge(edge) {
  const { first, x, y } = trying.streets;
  const found = [];
  for (let i = first[edge]; i < first[edge + 1]; i++) {
    const [latitude, longitude] = unproject(x[i], y[i]);
    found.push([Number(longitude.toFixed(7)), Number(latitude.toFixed(7))]);
  }
  return found;
}

const SAME_M = 0.3; // two drawings of one line
const ALONG_M = 3;

/** Edges that a drawn line follows: the one drawn alike, else all that lie along it. */
function edgesAlong(line) {
  const { first, x, y, edges } = trying.streets;
  const drawn = { x: line.map(([longitude]) => mercatorX(longitude)), y: line.map(([, latitude]) => mercatorY(latitude)) };
  const metre = 1 / (EARTH_ROUND_M * Math.cos((line[0][1] * Math.PI) / 180));
  const isThere = (i, k, reach) => Math.hypot(x[i] - drawn.x[k], y[i] - drawn.y[k]) <= reach * metre;
  const isAlong = (i) => line.some((_, k) => k && footOn(drawn, k - 1, x[i], y[i]).distance <= ALONG_M * metre);
  const along = [];
  for (let edge = 0; edge < edges; edge++) {
    const vertices = Array.from({ length: first[edge + 1] - first[edge] }, (_, place) => first[edge] + place);
    if (vertices.length === line.length && vertices.every((i, k) => isThere(i, k, SAME_M))) return [edge];
    if (trying.study.network.metres[edge] > 2 * ALONG_M && vertices.every(isAlong)) along.push(edge);
  }
  return along;
}

function lengthOf(line) {
  const at = line.map(([longitude, latitude]) => L.latLng(latitude, longitude));
  return at.slice(1).reduce((metres, place, i) => metres + at[i].distanceTo(place), 0);
}

/** A new way between two places of the map, drawn from street to street. */
function wayBetween(from, to) {
  const line = [from, to].map(({ foot }) => foot);
  const metres = lengthOf(line);
  return { from, to, line, metres, seconds: metres / walkSpeed(), more: {} };
}

/** The name of a street, or what it is. */
function wayName(edge) {
  const name = trying.streets.names[trying.streets.name[edge]];
  if (name) return name;
  return trying.streets.flags[edge] & MAY_CLOSE ? t("crossing or bridge") : t("street without a name");
}

// ---- numbers of the scenario, in the shape of the study's own

const people = (parts) => parts / PEOPLE;

/** Headline numbers, as `summary` has them. */
function whatIfPart(shown = trying.shown) {
  const all = data.summary.residents;
  const within = bands().map((band, place) => [band.label, people(shown.within[place])]);
  return {
    residents_within: Object.fromEntries(within),
    share_within: Object.fromEntries(within.map(([label, residents]) => [label, all ? residents / all : 0])),
    nearest_min: isInMetres() ? { median: NaN, p90: NaN, max: NaN } // the engine walks by length then
      : { median: minutesOfShare(shown, 0.5), p90: minutesOfShare(shown, 0.9), max: longest(shown) },
    residents_not_reached: people(shown.notReached),
  };
}

function longest({ grains: steps }) {
  const last = steps.findLastIndex((count) => count > 0);
  return last < 0 ? NaN : last / 10;
}

/** Kilometres of streets within the chosen limit; by storeys, within the longest. */
function streetKm(shown) {
  const { limits } = chosenBand();
  return shown.streetMetres(limits.at(-1) * (isInMetres() ? 1 : 60)) / 1000;
}

/** A column of hexagons or neighbourhoods in the scenario; null for one that is not counted here. */
function whatIfColumn(table, name, shown = walksShown()) {
  const [, told, label] = name.match(/^(share|residents)_within_(.+)$/) || [];
  if (!told) return null;
  const sums = table === data.hexagons ? shown.inCell : shown.inZone;
  const band = bands().findIndex((one) => one.label === label);
  const { residents } = table.columns;
  return residents.map((all, place) => {
    const within = people(sums[place * bands().length + band]);
    if (told === "residents") return within;
    return all > 0 ? Math.min(1, within / all) : null;
  });
}

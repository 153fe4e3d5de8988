// Trying changes: the page's own scenario, its posts and ways on the ground, and its numbers.

const trying = {
  model: null, shown: null, begun: null, study: null, tool: "", from: null, message: "", link: "", grid: null, barriers: [],
  count: 1, searching: false, // of «Propose here»
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
    metres[edge] = length * worldMetres(latitude);
  }
  return metres;
}

/** The study's posts as they are today; those of the plan that is shown are not built. */
const postsToday = () => postsOf("now");

/** Begin with a scenario: the posts of today, and the proposed ones if these are shown. */
function startTrying(scenario = state.scenario) {
  const posts = postsOf(scenario);
  trying.model = makeWhatIf({ ...trying.study, posts });
  trying.shown = trying.model.result();
  trying.begun = { scenario, posts, walks: trying.shown };
}

/** What the changes are told against: with what «What if» began. */
const begunName = () => (trying.begun.scenario === "after" ? t("Plan") : t("Now"));
const againstBegun = () => (trying.begun.scenario === "after" ? t("against the plan") : t("against today"));

function placeOf(at, closed = null) {
  return meetStreet(trying.streets, trying.grid, at, {
    snapMax: data.walk.snap_max_m, metresPerSecond: walkSpeed(), barriers: trying.barriers, closed });
}

/** Where an end of a new way joins a street; null where none is near enough. */
function joinOf(at) {
  return meetStreet(trying.streets, trying.grid, at, {
    snapMax: data.walk.join_max_m, metresPerSecond: walkSpeed(), barriers: trying.barriers });
}

/** Work for the next frame: of what is asked before it the last is done, and nothing once it is dropped. */
function nextFrame() {
  let frame = 0;
  const drop = () => { cancelAnimationFrame(frame); };
  return { ask(work) { drop(); frame = requestAnimationFrame(work); }, drop };
}

const preview = nextFrame(); // what a drag gives; void as soon as the page shows something else

// ---- posts of the scenario

/** A post or site as the reader's scenario has it; null while nothing is tried. */
function triedPost(id) {
  return isWhatIf() ? trying.model.scenario().posts.find((post) => post.id === id) : null;
}

/** Posts that the reader has added. */
function newPosts() {
  return isWhatIf() ? trying.model.scenario().posts.filter(({ origin, open }) => origin === "new" && open) : [];
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

// ---- ways of the scenario

/** The way a click on the map means: a bridge or crossing near it rather than the street beside. */
function wayNear([latitude, longitude], reachMetres) {
  const { streets } = trying;
  const [x, y] = [mercatorX(longitude), mercatorY(latitude)];
  const reach = reachMetres / worldMetres(latitude);
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
  const metre = 1 / worldMetres(line[0][1]);
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

/** Metres of a line of [longitude, latitude]. */
function lengthOf(line) {
  return lengthAlong(line.map(([longitude, latitude]) => L.latLng(latitude, longitude)));
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

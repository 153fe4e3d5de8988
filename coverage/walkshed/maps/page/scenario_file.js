// The scenario as a file, which `walkshed run --scenario` reads too, and as the end of a link.
// What is read is never trusted: every value is checked, and all that is wrong is told at once.

const LINK_MARK = "#what-if=";
const LINK_MOST = 8000; // characters: what browsers and mail surely carry
const TEXT_MOST = 2000000; // characters of a scenario that is read at all
const FEATURES_MOST = 2000;
const PROBLEMS_TOLD = 5;
const SPEEDS_KMH = [1, 10];

/** The scenario as GeoJSON: one feature for each change of the city as it is today. */
function scenarioToGeojson(today, scenario, { date, linesOf }) {
  const before = new Map(today.map((post) => [post.id, post]));
  const point = ([latitude, longitude]) => ({ type: "Point", coordinates: [longitude, latitude].map((degrees) => Number(degrees.toFixed(7))) });
  const features = [];
  const add = (geometry, properties) => features.push({ type: "Feature", geometry, properties: { ...properties, date: properties.date || date } });
  for (const post of scenario.posts) {
    if (post.origin !== "post") {
      if (post.open) add(point(post.at), { ...post.more, action: "add_post", id: post.id, kind: post.kind || "precinct_point" });
    } else if (!post.open) add(null, { action: "close_post", post_id: post.id });
    else if (post.at !== before.get(post.id).at) add(point(post.at), { action: "move_post", post_id: post.id });
  }
  for (const edge of scenario.closed) add({ type: "LineString", coordinates: linesOf(edge) }, { action: "close" });
  for (const { line, more } of scenario.links) add({ type: "LineString", coordinates: line }, { ...more, action: "add_street" });
  const { speed_kmh, profile } = scenario;
  return { type: "FeatureCollection", walkshed: profile ? { speed_kmh, profile } : { speed_kmh }, features };
}

/**
 * Read a scenario's text: {scenario}, or {problems} in words.
 *
 * today: posts as they are now, the proposed ones closed. city: {speed_kmh, kinds, meet(at), join(at),
 * edgesAlong(line), lengthOf(line), profiles}.
 */
function readScenario(text, today, city) {
  if (text.length > TEXT_MOST) return { problems: [t("The file is too large for a scenario.")] };
  let collection;
  try {
    collection = JSON.parse(text);
  } catch (error) {
    return { problems: [t("This is no scenario: not GeoJSON.")] };
  }
  const features = collection?.features;
  if (!Array.isArray(features)) return { problems: [t("This is no scenario: a GeoJSON collection of features is needed.")] };
  if (features.length > FEATURES_MOST) return { problems: [t("The file is too large for a scenario.")] };
  const reading = {
    posts: new Map(today.map((post) => [post.id, { ...post }])), closed: new Set(), links: [], touched: new Set(),
  };
  const problems = [];
  features.forEach((feature, place) => {
    const problem = readChange(feature, reading, city);
    if (problem) problems.push(t("change {number}: {problem}", { number: place + 1, problem }));
  });
  const own = collection.walkshed || {};
  const speed_kmh = own.speed_kmh === undefined ? city.speed_kmh : own.speed_kmh;
  if (!isBetween(speed_kmh, ...SPEEDS_KMH)) problems.push(t("the walking speed is not between {low} and {high} km/h", { low: SPEEDS_KMH[0], high: SPEEDS_KMH[1] }));
  if (problems.length) return { problems };
  const profile = city.profiles.includes(own.profile) ? own.profile : "";
  return { scenario: { posts: [...reading.posts.values()], closed: [...reading.closed], links: reading.links, speed_kmh, profile } };
}

const isBetween = (value, low, high) => typeof value === "number" && value >= low && value <= high;

/** Apply one feature; returns what is wrong with it, or nothing. */
function readChange(feature, { posts, closed, links, touched }, city) {
  const properties = feature?.properties;
  const action = properties?.action;
  const ACTIONS = { add_post: addPost, move_post: movePost, close_post: closePost, close: closeWay, add_street: addStreet };
  if (typeof action !== "string" || !Object.hasOwn(ACTIONS, action)) {
    return t("this page cannot do «{action}»; walkshed run --scenario may", { action: short(action) });
  }
  return ACTIONS[action]();

  function known() {
    const post = posts.get(properties.post_id);
    if (post?.origin === "post" && !touched.has(post.id)) return post;
    return null;
  }
  function unknown() {
    return t("there is no post «{id}» on this map, or it is changed twice", { id: short(properties.post_id) });
  }
  function addPost() {
    const at = placeOfPoint(feature.geometry);
    const { id, kind = "precinct_point", action: _, ...more } = properties;
    if (!at) return t("a point in degrees is needed, longitude first");
    if (typeof id !== "string" || !id.trim()) return t("the new post needs an id");
    if (!city.kinds.includes(kind)) return t("there is no kind of post «{kind}»", { kind: short(kind) });
    const there = posts.get(id);
    if (there && (there.origin !== "proposed" || there.open)) return t("there is a post «{id}» already", { id: short(id) });
    posts.set(id, { id, origin: "new", ...there, kind, at, place: city.meet(at), open: true, more });
    return "";
  }
  function movePost() {
    const at = placeOfPoint(feature.geometry);
    if (!at) return t("a point in degrees is needed, longitude first");
    const post = known();
    if (!post) return unknown();
    touched.add(post.id);
    Object.assign(post, { at, place: city.meet(at) });
    return "";
  }
  function closePost() {
    const post = known();
    if (!post) return unknown();
    touched.add(post.id);
    post.open = false;
    return "";
  }
  function closeWay() {
    const line = lineOf(feature.geometry);
    if (!line) return t("this page closes lines only: a LineString in degrees is needed");
    const edges = city.edgesAlong(line);
    for (const edge of edges) closed.add(edge);
    return edges.length ? "" : t("no street of this map lies along the line");
  }
  function addStreet() {
    const line = lineOf(feature.geometry);
    if (!line) return t("a LineString in degrees is needed, longitude first");
    const [from, to] = [line[0], line.at(-1)].map(([longitude, latitude]) => city.join([latitude, longitude]));
    if (!from || !to) return t("an end of the new way meets no street");
    const { action: _, ...more } = properties;
    const metres = city.lengthOf(line) + from.metres + to.metres;
    links.push({ from, to, metres, seconds: metres / (city.speed_kmh / 3.6), line, more });
    return "";
  }
}

/** Text of a file for a message: short, whatever it is. */
function short(value) {
  const text = typeof value === "string" ? value : String(JSON.stringify(value));
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

const isOnEarth = (place) => Array.isArray(place) && isBetween(place[0], -180, 180) && isBetween(place[1], -85, 85);

function placeOfPoint(geometry) {
  if (geometry?.type !== "Point" || !isOnEarth(geometry.coordinates)) return null;
  const [longitude, latitude] = geometry.coordinates;
  return [latitude, longitude];
}

function lineOf(geometry) {
  const places = geometry?.coordinates;
  if (geometry?.type !== "LineString" || !Array.isArray(places) || places.length < 2 || places.length > 5000) return null;
  return places.every(isOnEarth) ? places.map(([longitude, latitude]) => [longitude, latitude]) : null;
}

// ---- the end of a link

/** Text, deflated, in letters that a link may hold. */
async function textToLink(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return LINK_MARK + btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The text that a link holds; "" for any link that holds none. */
async function textOfLink(link) {
  const packed = link.startsWith(LINK_MARK) ? link.slice(LINK_MARK.length) : "";
  if (!packed || packed.length > LINK_MOST || !/^[\w-]+$/.test(packed)) return "";
  try {
    const letters = atob(packed.replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))
      .pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text += part.value;
      if (text.length > TEXT_MOST) { await reader.cancel(); return ""; }
    }
    return text;
  } catch (error) { // not ours: no link is a reason to stop
    return "";
  }
}

// Answers for a place: the nearest posts on foot, the ways there, and when they receive visitors.
// The walk is that of the scenario shown: now, with the new posts, or what if.

const answering = { marks: null };

/** The two nearest posts of an asked place, nearest first: {post, seconds, metres, along, beside}. */
function nearestPosts(asked) {
  const walks = walksShown();
  const place = startOf(asked, walks);
  if (!place) return [];
  const found = nearestTwo(walks.streets.network, walks.places, place, walks.found);
  if (found.length && asked.door >= 0 && isWhatIf()) found[0].seconds = walks.seconds[asked.door];
  return found.map(({ post, seconds, legs }) => {
    const reached = walks.posts[post];
    const along = legs.flatMap((leg) => drawnLine(walks.streets.drawn(leg)));
    const beside = [[worldPoint(asked.at), along[0]], [along.at(-1), worldPoint(reached.at)]];
    const metres = [along, ...beside].reduce((sum, line) => sum + metresAlong(line), 0);
    return { post: reached, seconds: seconds * walks.scale, metres, along, beside };
  });
}

/** Where an asked place, or a door, stands on the streets of the scenario; null where on none. */
function startOf({ place, door }, { streets: { doors, moved } }) {
  if (!(door >= 0)) return place && moved(place);
  return doors.edge[door] < 0 ? null : { edge: doors.edge[door], share: doors.share[door], access: doors.access[door] };
}

function worldPoint([latitude, longitude]) {
  return [mercatorX(longitude), mercatorY(latitude)];
}

/** Points of a part of a street, or of a way that the reader built. */
function drawnLine(part) {
  if (part.edge !== undefined) return pointsAlong(trying.streets, part);
  const { line } = trying.model.scenario().links[part.link];
  const points = line.map(([longitude, latitude]) => worldPoint([latitude, longitude]));
  return part.from <= part.to ? points : points.reverse();
}

/** Where a clicked place meets the street, or why it meets none. */
function askedAt(at) {
  const place = placeOf(at, isWhatIf() ? new Set(trying.model.scenario().closed) : null);
  if (place) return { at, place };
  const near = meetStreet(trying.streets, trying.grid, at, {
    snapMax: data.walk.snap_max_m, metresPerSecond: walkSpeed(), barriers: [] });
  return { at, place: null, why: near
    ? t("Water or a railway lies between this place and the nearest street.")
    : t("There is no street within {distance} of this place.", { distance: formatMetres(data.walk.snap_max_m) }) };
}

/** A door, which stands on the street where the study has put it. */
function askedDoor(view, door) {
  const { x, y } = view.doors.shape;
  return { at: unproject(x[door], y[door]), door, why: t("This house meets no street.") };
}

// ---- in words

/** The nearest posts of an asked place, in words; the ways are drawn on the map. */
function answerWords(view, asked, actions) {
  const walks = nearestPosts(asked);
  drawWays(view, asked, walks);
  if (!startOf(asked, walksShown())) return [el("p", { class: "warning", id: "asked" }, asked.why)];
  if (!walks.length) return [el("p", { class: "warning", id: "asked" }, t("No post can be reached on foot from here."))];
  return [el("section", { class: "asked", id: "asked" },
    el("p", { class: "aside" }, [t("Nearest posts on foot"), scenarioName()].join(" · ")),
    el("ol", { class: "nearest" }, walks.map((walk, order) => el("li", {},
      el("button", { type: "button", id: `asked-${order}`, click: (event) => showAskedPost(event, walk.post, actions) },
        el("span", { class: "what" }, askedName(walk.post)),
        el("span", { class: "much" }, lengthOfWalk(walk))),
      hoursLine(walk.post, order === 0)))))];
}

/** Minutes and metres; where the standard is in metres the page walks by length, and tells that. */
function lengthOfWalk({ seconds, metres }) {
  return isInMetres() ? formatMetres(seconds) : `${formatMinutes(seconds / 60)} · ${formatMetres(metres)}`;
}

function askedName({ id, origin }) {
  const post = data.posts.find((one) => one.id === id);
  if (post) return postName(post);
  const site = origin === "proposed" && plannedSite(id);
  return site ? siteName(site) : t("New post");
}

function showAskedPost(event, { id, origin }, actions) {
  event.stopPropagation(); // the button is gone by the time the map would look where it was
  const place = data.posts.findIndex((post) => post.id === id);
  if (origin === "post") actions.showPost(place);
  else if (origin === "proposed") actions.showSite(id);
  else actions.showPost(id);
}

/** When a post receives visitors; that it is not known is said of the nearest one only. */
function hoursLine({ id, origin }, isNearest) {
  const post = origin === "post" && data.posts.find((one) => one.id === id);
  if (!post) return null;
  const hours = hoursInWords(post.opening_hours);
  if (!hours && !isNearest) return null;
  return el("p", { class: "aside" }, hours ? t("Reception hours: {hours}", { hours }) : t("Reception hours are not known"));
}

/** Opening hours as OpenStreetMap writes them, in words; any other text as it is. */
function hoursInWords(text) {
  if (!text) return "";
  if (text.trim() === "24/7") return t("around the clock");
  const words = {
    Mo: t("Mo"), Tu: t("Tu"), We: t("We"), Th: t("Th"), Fr: t("Fr"), Sa: t("Sa"), Su: t("Su"),
    PH: t("holidays"), off: t("closed (day)"), closed: t("closed (day)"),
  };
  const found = text.match(/\p{L}+/gu) || [];
  if (!found.every((word) => Object.hasOwn(words, word))) return text;
  return text.replace(/\p{L}+/gu, (word) => words[word]).replace(/\s*-\s*/g, "–");
}

// ---- on the map

function prepareAnswering(view) {
  const pane = makePane(view.map, "ways", 595, true);
  answering.renderer = L.svg({ pane, padding: 0.5 });
  answering.marks = L.layerGroup().addTo(view.map);
}

function clearAnswer() {
  if (answering.marks) answering.marks.clearLayers();
}

/** The walk to the nearest post boldly, to the second thinly; legs beside the street are dashed. */
function drawWays(view, { at }, walks) {
  clearAnswer();
  const line = (points, style) => L.polyline(points.map(([x, y]) => unproject(x, y)), {
    renderer: answering.renderer, pane: "ways", interactive: false, color: ink("way"), ...style }).addTo(answering.marks);
  [...walks].reverse().forEach((walk, i) => {
    const first = i === walks.length - 1;
    const weight = first ? 5 : 2.5;
    if (first) line(walk.along, { color: ink("casing"), weight: weight + 4, opacity: 0.9 });
    line(walk.along, { weight, opacity: first ? 1 : 0.75 });
    for (const leg of walk.beside) line(leg, { weight: first ? 3 : 2, dashArray: "2 6", opacity: first ? 1 : 0.75 });
  });
  L.circleMarker(at, { renderer: answering.renderer, pane: "ways", interactive: false, radius: 7,
    color: ink("way"), weight: 3, fillColor: ink("casing"), fillOpacity: 1 }).addTo(answering.marks);
}

/** Bring an asked place and the way to its nearest post into sight, beside the box that tells of it. */
function showWhole(view, asked) {
  const [nearest] = nearestPosts(asked);
  fitBeside(view, [asked.at, ...(nearest ? nearest.along.map(([x, y]) => unproject(x, y)) : [])]);
}

/** Bring places into sight where the box does not cover them: it stands left, on phones below. */
function fitBeside(view, places) {
  const { x: width, y: height } = view.map.getSize();
  const below = width < 600;
  view.map.fitBounds(L.latLngBounds(places), {
    maxZoom: 17, animate: false,
    paddingTopLeft: [below ? 30 : Math.min(view.info.offsetWidth + 90, width / 2), 50],
    paddingBottomRight: [40, below ? Math.min(view.info.offsetHeight + 50, height * 0.7) : 50] });
}

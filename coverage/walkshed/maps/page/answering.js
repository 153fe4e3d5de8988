// Answers for a place: the nearest posts on foot, the ways there, and when they receive visitors.
// The walk is that of the scenario shown: now, with the new posts, or what if.

const WAY_COLOUR = "#c2006b";
const answering = { key: null, walk: null, marks: null };

/** The posts of the scenario shown and the walks to them; found once for each scenario. */
function waysShown() {
  const key = isWhatIf() ? trying.model.scenario() : isAfter() ? JSON.stringify(["after", state.plan]) : "now";
  if (answering.key === key) return answering.walk;
  const { network, moved, drawn } = isWhatIf() ? trying.model.streets() : unchanged(trying.study);
  const posts = (isWhatIf() ? key.posts : postsOfStudy(isAfter())).filter(({ open, place }) => open && place);
  const places = posts.map(({ place }) => moved(place));
  const scale = isWhatIf() ? trying.study.speed_kmh / key.speed_kmh : 1;
  answering.key = key;
  answering.walk = { network, moved, drawn, posts, places, scale, found: searchFrom(network, places) };
  return answering.walk;
}

/** The study's own posts, as scenarios of the reader have them. */
function postsOfStudy(built) {
  const place = (packed) => (packed.edge < 0 ? null : unpackPlace(packed));
  return [
    ...data.posts.map((post, i) => ({ id: post.id, origin: "post", at: post.at, place: place(data.walk.posts[i]), open: true })),
    ...plannedSites().map(({ site, at, later }) => ({
      id: site, origin: "proposed", at, place: place(placeOfSite(site)), open: built && !later })),
  ];
}

/** The two nearest posts of a place, nearest first: {post, seconds, metres, lines}. */
function nearestPosts({ at, place }) {
  if (!place) return [];
  const walk = waysShown();
  const start = [mercatorX(at[1]), mercatorY(at[0])];
  return nearestTwo(walk.network, walk.places, walk.moved(place), walk.found).map(({ post, seconds, legs }) => {
    const reached = walk.posts[post];
    const along = legs.flatMap((leg) => drawnLine(walk.drawn(leg)));
    const end = [mercatorX(reached.at[1]), mercatorY(reached.at[0])];
    const beside = [[start, along[0]], [along.at(-1), end]];
    const metres = metresAlong(along) + beside.reduce((sum, line) => sum + metresAlong(line), 0);
    return { post: reached, seconds: seconds * walk.scale, metres, along, beside };
  });
}

/** Points of a part of a street, or of a way that the reader built. */
function drawnLine(part) {
  if (part.edge !== undefined) return pointsAlong(trying.streets, part);
  const { line } = trying.model.scenario().links[part.link];
  const points = line.map(([longitude, latitude]) => [mercatorX(longitude), mercatorY(latitude)]);
  return part.from <= part.to ? points : points.reverse();
}

/** Whole minutes, begun ones counted: a walk is within a limit exactly when its minutes are. */
function wholeMinutes(seconds) {
  return formatMinutes(Math.max(0, Math.ceil(seconds / 60 - 1e-6)), 0);
}

/** Where a clicked place meets the street, or why it meets none. */
function askedAt(at) {
  const place = placeOf(at);
  if (place) return { at, place };
  const near = meetStreet(trying.streets, trying.grid, at, {
    snapMax: SNAP_MAX_M, metresPerSecond: trying.study.speed_kmh / 3.6, barriers: [] });
  return { at, place: null, why: near
    ? t("Water or a railway lies between this place and the nearest street.")
    : t("There is no street within {distance} of this place.", { distance: formatMetres(SNAP_MAX_M) }) };
}

/** A door as the study has it. */
function askedDoor(view, door) {
  const { edge, share, access } = trying.study.doors;
  const { x, y } = view.doors.shape;
  const place = edge[door] < 0 ? null : { edge: edge[door], share: share[door], access: access[door] };
  return { at: unproject(x[door], y[door]), place, why: t("This house meets no street.") };
}

// ---- in words

/** The nearest posts of an asked place, in words; the ways are drawn on the map. */
function answerWords(view, asked, actions) {
  const walks = nearestPosts(asked);
  drawWays(view, asked, walks);
  if (!asked.place) return [el("p", { class: "warning", id: "asked" }, asked.why)];
  if (!walks.length) return [el("p", { class: "warning", id: "asked" }, t("No post can be reached on foot from here."))];
  const caption = isWhatIf() ? t("What if") : isAfter() ? t("With new posts") : t("Now");
  return [el("section", { class: "asked", id: "asked" },
    el("p", { class: "aside" }, [t("Nearest posts on foot"), caption].join(" · ")),
    el("ol", { class: "nearest" }, walks.map((walk, order) => el("li", {},
      el("button", { type: "button", id: `asked-${order}`, click: () => showAskedPost(walk.post, actions) },
        el("span", { class: "what" }, askedName(walk.post)),
        el("span", { class: "much" }, `${wholeMinutes(walk.seconds)} · ${formatMetres(walk.metres)}`)),
      hoursLine(walk.post, order === 0)))))];
}

function askedName({ id, origin }) {
  const post = data.posts.find((one) => one.id === id);
  if (post) return postName(post);
  const site = origin === "proposed" && data.proposed.find((one) => one.site === id);
  return site ? siteName(site) : t("New post");
}

function showAskedPost({ id, origin }, actions) {
  const place = data.posts.findIndex((post) => post.id === id);
  if (origin === "post") actions.showPost(place);
  else if (origin === "proposed") actions.showSite(data.proposed.findIndex(({ site }) => site === id));
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

/** Facts on a door that the tables tell of the scenarios that are not shown. */
function doorElsewhere(doors, door) {
  const told = (posts, list) => (list[door] < 0 ? t("not reached")
    : [nearestName(posts, door), wholeMinutes(list[door] * 0.6)].join(", "));
  return [
    (isWhatIf() || isAfter()) && [t("Now"), told(doors.nearest_post, doors.nearest_min)],
    !isAfter() && hasAfter() && doors.nearest_post_after
      && [t("With new posts"), told(doors.nearest_post_after, doors.nearest_min_after)],
  ];
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
    renderer: answering.renderer, pane: "ways", interactive: false, color: WAY_COLOUR, ...style }).addTo(answering.marks);
  [...walks].reverse().forEach((walk, i) => {
    const first = i === walks.length - 1;
    const weight = first ? 5 : 2.5;
    if (first) line(walk.along, { color: "#ffffff", weight: weight + 4, opacity: 0.9 });
    line(walk.along, { weight, opacity: first ? 1 : 0.75 });
    for (const leg of walk.beside) line(leg, { weight: first ? 3 : 2, dashArray: "2 6", opacity: first ? 1 : 0.75 });
  });
  L.circleMarker(at, { renderer: answering.renderer, pane: "ways", interactive: false, radius: 7,
    color: WAY_COLOUR, weight: 3, fillColor: "#ffffff", fillOpacity: 1 }).addTo(answering.marks);
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

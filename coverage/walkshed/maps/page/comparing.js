// A comparison of two runs: «now» is the state before, «with new posts» the state after. Where
// nothing is compared (`data.compared` is missing) this file shows nothing.

const comparing = data.compared || null;
const NET_CLASSES = [1, 30, 100]; // residents of a hexagon, to either side; below one nothing is drawn
const FLOWS = ["gained", "lost", "new", "gone"]; // colours.css has theirs, and those of posts that differ
const POST_CHANGES = ["opened", "closed", "moved", "changed"];

const beforeName = () => (comparing ? inLanguage(comparing.before.name) : t("Now"));

/** Layers of what changes: the ground by residents who gain or lose, the houses, the posts. */
function addComparison(view, add) {
  if (!comparing) return;
  const { map } = view;
  FILLS.push("change");
  if (view.hexagons) add("change", netLayer(map, view), false, () => t("Who gains and who loses, by hexagon"), netKeys);
  if (view.doors) {
    makePane(map, "flows", 378, true);
    const layer = canvasTiles(flowSteps(view.doors), "flows");
    layer.recolour = layer.repaint;
    add("flows", layer, true, () => t("Houses that gain or lose"), flowKeys);
  }
  if (data.posts.some(isChangedPost)) add("rings", ringLayer(map), true, () => t("Posts that differ"), ringKeys);
}

/** The page of a comparison opens with the bar on the map. */
function openComparison(actions) {
  if (comparing) actions.toggleSwipe();
}

// ---- the ground by its net change

function netColour(net) {
  const size = Math.abs(net || 0);
  const place = NET_CLASSES.findLastIndex((least) => size >= least);
  return place < 0 ? null : ink(`${net > 0 ? "gain" : "loss"}-${place}`);
}

function netLayer(map, view) {
  makePane(map, "change", 351);
  const renderer = L.canvas({ pane: "change", padding: 0.3 });
  const group = L.featureGroup();
  const cells = data.hexagons.ids.map((id, place) => L.polygon(rings(view.hexagons, place), { renderer, pane: "change" })
    .on("click", () => { view.clicked = place; })
    .addTo(group));
  group.recolour = () => {
    const net = data.hexagons.columns[`residents_net_${state.band}`];
    cells.forEach((cell, place) => {
      const fillColor = netColour(net[place]);
      cell.setStyle({ fillColor: fillColor || ink("net-none"), fillOpacity: fillColor ? 0.75 : 0.12, color: ink("cell-edge"), weight: 0.5 });
    });
  };
  group.recolour();
  return group;
}

function netRamp() {
  const step = (name, sign) => NET_CLASSES.map((least, place) => [ink(`${name}-${place}`), sign + least]);
  return ramp(t("Residents within {limit}: more or fewer, from", { limit: limitOf(chosenBand()) }),
    [...step("loss", "−").reverse(), ...step("gain", "+")]);
}

function netKeys() {
  return [el("p", { class: "aside" }, t("residents within the limit after, less those before; pale cells do not change"))];
}

// ---- houses that come within the limit or fall out of it

/** "gained", "lost", "new", "gone" or "" for a house, by the chosen band. */
function doorChange(doors, door) {
  const widest = bands().findIndex(({ label }) => label === state.band);
  const [before, after] = [doors.band[door], doors.band_after[door]];
  if (before < 0) return after <= widest ? "new" : "";
  if (after < 0) return before <= widest ? "gone" : "";
  if (before <= widest === after <= widest) return "";
  return after <= widest ? "gained" : "lost";
}

function flowSteps(doors) {
  return () => [(context, tile, z) => {
    const radius = between(z, 11, 18, 1.3, 6.5);
    context.setLineDash([]);
    context.lineWidth = between(z, 11, 16, 0.2, 1);
    context.strokeStyle = ink("casing");
    eachPart(doors.shape, tile, (door) => {
      const change = doorChange(doors, door);
      if (!change) return;
      const x = (doors.shape.x[door] - tile.x) * tile.scale;
      const y = (doors.shape.y[door] - tile.y) * tile.scale;
      context.beginPath();
      if (change === "gone" || change === "lost") context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
      else context.arc(x, y, radius, 0, 7);
      context.fillStyle = ink(`flow-${change}`);
      context.fill();
      context.stroke();
    });
  }];
}

function flowWords(change) {
  const limit = limitOf(chosenBand());
  switch (change) {
    case "gained": return t("comes within {limit}", { limit });
    case "lost": return t("falls out of {limit}", { limit });
    case "new": return t("new house within {limit}", { limit });
    default: return t("house gone that was within {limit}", { limit });
  }
}

function squareSign(colour) {
  return svg("svg", { viewBox: "0 0 24 16", width: 24, height: 16, "aria-hidden": "true" },
    svg("rect", { x: 8, y: 4, width: 8, height: 8, fill: colour, stroke: ink("casing"), "stroke-width": 1 }));
}

function flowKeys() {
  const { doors } = comparing;
  return FLOWS.filter((change) => change === "gained" || change === "lost" || doors[change])
    .map((change) => key((change === "gone" || change === "lost" ? squareSign : dotSign)(ink(`flow-${change}`)), flowWords(change)));
}

// ---- posts that open, close, move or change

const isChangedPost = (post) => Boolean(post.change) && post.change !== "same";

/** Whether a post stands in the shown state. */
const standsNow = (post) => !post.only || post.only === (isAfter() ? "after" : "now");

const ringColour = ({ change }) => ink(`post-${change}`);

function ringLayer(map) {
  makePane(map, "rings", 585, true);
  const renderer = L.svg({ pane: "rings", padding: 0.3 });
  const style = { renderer, pane: "rings", interactive: false, fill: false };
  const changed = data.posts.filter(isChangedPost);
  const placeAfter = ({ id }) => changed.find((post) => post.id === id && post.only === "after").at;
  const rings = changed.map((post) => [post, L.circleMarker(post.at, {
    ...style, radius: 19, weight: 3.5, dashArray: post.only === "now" ? "4 4" : null })]);
  const ways = changed.filter(({ change, only }) => change === "moved" && only === "now")
    .map((post) => [post, L.polyline([post.at, placeAfter(post)], { ...style, weight: 2, dashArray: "4 4" })]);
  const drawn = [...rings, ...ways];
  const group = L.featureGroup(drawn.map(([, line]) => line));
  group.recolour = () => { for (const [post, line] of drawn) line.setStyle({ color: ringColour(post) }); };
  group.recolour();
  return group;
}

function ringKeys() {
  const changes = POST_CHANGES.filter((change) => data.posts.some((post) => post.change === change));
  return changes.map((change) => key(svg("svg", { viewBox: "0 0 24 16", width: 24, height: 16, "aria-hidden": "true" },
    svg("circle", { cx: 12, cy: 8, r: 6, fill: "none", stroke: ringColour({ change }), "stroke-width": 2.5,
      "stroke-dasharray": change === "closed" ? "3 3" : null })), changeName(change)));
}

function changeName(change) {
  switch (change) {
    case "opened": return t("opens");
    case "closed": return t("closes");
    case "moved": return t("moves");
    default: return t("is otherwise different");
  }
}

function changedPostFact(post) {
  if (!isChangedPost(post)) return null;
  const far = post.change === "moved" && Number.isFinite(post.moved_m) ? `, ${formatMetres(post.moved_m)}` : "";
  return [t("What changes"), changeName(post.change) + far];
}

// ---- in the panel

const signedNumber = (count) => changeInWords(0, count);

/** How many more residents are within the chosen limit: the difference of the two that are written. */
function netChange() {
  const [was, is] = [data.summary, data.summary.after].map(({ residents_within: within }) => within[state.band]);
  return changeInWords(was, is);
}

function comparisonSection(view, actions) {
  if (!comparing) return null;
  const { city } = comparing;
  const limit = limitOf(chosenBand());
  const of = (name) => city[`residents_${name}_${state.band}`];
  const rows = [
    [t("their walk is now within it"), of("gained"), 1],
    [t("their walk no longer is"), of("lost"), -1],
    ...(city.residents_arrived || city.residents_departed ? [
      [t("more residents within it: new or fuller houses"), of("arrived"), 1],
      [t("fewer residents within it: houses gone or emptier"), of("departed"), -1],
    ] : []),
  ];
  const fills = [["hexagons", t("coverage")], ["change", t("gain and loss")], ["none", t("nothing")]];
  return section("compared", t("Who gains and who loses"),
    data.hexagons && choice("fill", t("Colour the ground by"), fills, fillShown(view), actions.setFill),
    el("table", { class: "numbers", id: "flows" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("Residents, by the limit of {limit}", { limit })), el("th", { scope: "col" }, ""))),
      el("tbody", {},
        rows.map(([name, count, sign]) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, signedNumber(sign * count)))),
        el("tr", { class: "chosen" }, el("th", { scope: "row" }, t("altogether")), el("td", {}, el("b", {}, netChange()))))),
    el("p", { class: "aside" }, t("A shorter walk for {shorter} residents, a longer one for {longer}.", {
      shorter: formatNumber(city.residents_walk_shorter), longer: formatNumber(city.residents_walk_longer) })),
    placesList("gainers", t("Where most gain"), 1, actions),
    placesList("losers", t("Where most lose"), -1, actions));
}

/** Neighbourhoods (hexagons where there are none) by their net change, the largest first. */
function placesList(id, title, sign, actions) {
  const kind = data.neighbourhoods ? "neighbourhoods" : "hexagons";
  const table = data[kind];
  if (!table) return null;
  const net = table.columns[`residents_net_${state.band}`];
  const places = net.map((_, place) => place).filter((place) => sign * net[place] >= 0.5)
    .sort((one, other) => sign * (net[other] - net[one])).slice(0, 6);
  if (!places.length) return null;
  return [el("h3", {}, title),
    el("ol", { class: "rows", id }, places.map((place, order) => el("li", {},
      el("button", { type: "button", id: `${id}-${order}`, click: () => actions.showArea(kind, place) },
        el("span", { class: "what" }, areaName(kind, place, order + 1)),
        el("span", { class: `much ${sign > 0 ? "better" : "worse"}` }, signedNumber(net[place]))))))];
}

/** What an area gains and loses, for the info box. */
function areaChange(table, place) {
  if (!comparing) return [];
  const of = (flow) => table.columns[`residents_${flow}_${state.band}`][place];
  const flows = [["gained", 1], ["lost", -1], ["arrived", 1], ["departed", -1]].filter(([flow]) => of(flow) >= 0.5);
  const names = { gained: t("come within it by the walk"), lost: t("fall out by the walk"), arrived: t("new residents within it"), departed: t("residents gone from within it") };
  return [
    [t("More or fewer within {limit}", { limit: limitOf(chosenBand()) }), el("b", {}, signedNumber(of("net")))],
    ...flows.map(([flow, sign]) => [names[flow], signedNumber(sign * of(flow))]),
  ];
}

/** A house before and after. */
function comparedDoor(doors, door) {
  const minutes = (list) => formatMinutes(list[door] < 0 ? "inf" : list[door] / 100);
  const [there, stays] = [doors.band[door] >= 0, doors.band_after[door] >= 0];
  const change = doorChange(doors, door);
  const [was, is] = [doors.residents_before[door] / PEOPLE, doors.residents[door] / PEOPLE];
  const sides = [[there, inLanguage(comparing.before.name), doors.nearest_post, doors.nearest_min],
    [stays, inLanguage(comparing.after.name), doors.nearest_post_after, doors.nearest_min_after]];
  return [
    el("h3", {}, asking.address.get(door) || t("House")),
    change && el("p", {}, el("b", { class: change === "gained" || change === "new" ? "better" : "worse" }, flowWords(change))),
    facts([
      [t("Residents (estimate)"), pair(formatNumber(was, 1), formatNumber(is, 1))],
      ...sides.map(([exists, name, posts, list]) => [name, exists ? `${minutes(list)}, ${nearestName(posts, door)}` : t("no house here")]),
    ]),
  ];
}

/** What is compared with what, beneath the title and among the sources. */
function comparedStates() {
  if (!comparing) return null;
  const told = ({ name, date, residents, posts, scenario }) => [
    el("b", {}, inLanguage(name)), " — ",
    [t("{count} residents", { count: formatNumber(residents) }), t("posts: {count}", { count: formatNumber(posts) }),
      inLanguage(date) && t("data of {date}", { date: inLanguage(date) }), scenario && t("scenario {name}", { name: scenario })].filter(Boolean).join(", ")];
  return el("div", { id: "states" },
    el("p", {}, t("On the left:"), " ", told(comparing.before)),
    el("p", {}, t("On the right:"), " ", told(comparing.after)),
    comparing.allowed.length > 0 && el("p", { class: "warning" },
      t("They were compared although they differ in: {what}.", { what: comparing.allowed.map(differenceName).join(", ") })));
}

function differenceName(what) {
  switch (what) {
    case "population": return t("population");
    case "standard": return t("standard");
    case "walk": return t("walking speed and rules");
    case "extent": return t("extent");
    case "crs": return t("coordinate system");
    default: return t("real and schematic city");
  }
}

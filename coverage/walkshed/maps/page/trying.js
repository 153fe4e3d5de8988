// Trying changes on the map: the panel's «What if», posts that can be dragged, ways that open or close.

const trying = { model: null, shown: null, tool: "", from: null, grid: null, barriers: [], study: null };
const isWhatIf = () => state.scenario === "whatif";
const SNAP_MAX_M = 250;

/** Make the page able to walk by itself; needs streets, doors and the ground's water and rail. */
async function prepareTrying(view, shapes) {
  const { network } = view.streets;
  const doors = await unpackDoorPlaces(network, data.walk.doors);
  trying.streets = view.streets;
  trying.grid = streetGrid(view.streets);
  trying.barriers = ["rail", "rivers", "water"].filter((name) => shapes[name])
    .map((name) => ({ ...shapes[name], isArea: name === "water" }));
  trying.study = {
    network, doors, residents: view.doors.residents, zone: view.doors.zone, cell: view.doors.cell,
    zones: data.neighbourhoods ? data.neighbourhoods.ids.length : 0,
    cells: data.hexagons ? data.hexagons.ids.length : 0,
    limits: bands().map(({ limits }) => limits[0] * 60),
    speed_kmh: data.walk.speed_kmh,
  };
}

/** Begin with what the page shows: the posts of today, and the proposed ones if these are shown. */
function startTrying() {
  const place = (packed) => (packed.edge < 0 ? null : unpackPlace(packed));
  const built = isAfter();
  trying.model = makeWhatIf({
    ...trying.study,
    posts: [
      ...data.posts.map((post, i) => ({
        id: post.id, origin: "post", kind: post.kind, at: post.at, place: place(data.walk.posts[i]), open: true })),
      ...plannedSites().map(({ site, at, later }) => ({
        id: site, origin: "proposed", kind: "precinct_point", at, place: place(placeOfSite(site)), open: built && !later })),
    ],
  });
  trying.first = trying.model.scenario();
  trying.shown = trying.model.result();
}

function placeOf(at) {
  return meetStreet(trying.streets, trying.grid, at, {
    snapMax: SNAP_MAX_M, metresPerSecond: trying.study.speed_kmh / 3.6, barriers: trying.barriers });
}

// ---- posts of the scenario

/** A post or site as the reader's scenario has it; null while nothing is tried. */
function triedPost(id) {
  return isWhatIf() ? trying.model.scenario().posts.find((post) => post.id === id) : null;
}

function triedPosts(origin) {
  return isWhatIf() ? trying.model.scenario().posts.filter((post) => post.origin === origin && post.open) : [];
}

/** Number of the band each door is in, as the tables have it. */
function triedBands({ seconds, scale } = trying.shown) {
  const { limits } = trying.study;
  return Uint8Array.from(seconds, (time) => {
    const band = limits.findIndex((limit) => time * scale <= limit + 1e-6);
    return band >= 0 ? band : limits.length + (time === Infinity ? 1 : 0);
  });
}

function triedInfo(id, actions) {
  return [el("h3", {}, t("New post")), ...triedButtons(id, actions)];
}

function triedButtons(id, actions) {
  if (!data.walk) return [];
  const open = isWhatIf() ? triedPost(id)?.open : data.posts.some((post) => post.id === id) || isAfter();
  return [el("p", { class: "tools" },
    act("open", open ? t("What if it were closed") : t("What if it were open"), () => actions.openPost(id, !open)))];
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
    nearest_min: { median: minutesOfShare(shown, 0.5), p90: minutesOfShare(shown, 0.9), max: longest(shown) },
    residents_not_reached: people(shown.notReached),
  };
}

function longest({ tenths: steps }) {
  const last = steps.findLastIndex((count) => count > 0);
  return last < 0 ? NaN : last / 10;
}

/** A column of hexagons or neighbourhoods in the scenario; null for one that is not counted here. */
function whatIfColumn(table, name) {
  const [, told, label] = name.match(/^(share|residents)_within_(.+)$/) || [];
  if (!told) return null;
  const shown = walksShown();
  const sums = table === data.hexagons ? shown.inCell : shown.inZone;
  const band = bands().findIndex((one) => one.label === label);
  const { residents } = table.columns;
  return residents.map((all, place) => {
    const within = people(sums[place * bands().length + band]);
    if (told === "residents") return within;
    return all > 0 ? Math.min(1, within / all) : null;
  });
}

// ---- the panel

function tryingSection(view, actions) {
  if (!data.walk) return null;
  if (!isWhatIf()) {
    return section("trying", t("What if"),
      el("p", { class: "aside" }, t("Drag a post on the map, or begin here: minutes and residents change at once.")),
      el("button", { type: "button", id: "try", class: "plain", click: () => actions.setScenario("whatif") }, t("Try changes")));
  }
  const { model } = trying;
  return section("trying", t("What if"),
    el("div", { class: "tools", role: "toolbar", "aria-label": t("Changes") },
      tool("add", t("Add a post"), actions), tool("close", t("Close a way"), actions),
      tool("link", t("Build a way"), actions),
      act("propose", t("Propose a post here"), actions.propose)),
    el("p", { id: "try-hint", class: "aside", role: "status" }, hint()),
    speedControl(actions),
    changesTable(),
    zonesTable(actions),
    el("div", { class: "tools" },
      act("undo", t("Undo"), actions.undo, !model.canUndo()), act("redo", t("Redo"), actions.redo, !model.canRedo()),
      act("reset", t("Start again"), actions.reset, !model.isChanged()),
      act("save", t("Save the scenario"), actions.save, !model.isChanged())),
    el("p", { class: "aside" }, t(
      "Counted by this page on the study's own network, to about two seconds. A post is joined to the nearest street that no water or railway lies before; walls and fences are not looked at. A saved scenario can be run in full: walkshed run --scenario.")));
}

function tool(name, label, actions) {
  return el("button", {
    type: "button", id: `try-${name}`, class: "plain", "aria-pressed": String(trying.tool === name),
    click: () => actions.setTool(trying.tool === name ? "" : name),
  }, label);
}

function act(name, label, click, disabled = false) {
  return el("button", { type: "button", id: `try-${name}`, class: "plain", click, disabled }, label);
}

function hint() {
  if (trying.message) return trying.message;
  if (trying.tool === "add") return t("Click on the map where the post should stand.");
  if (trying.tool === "close") return t("Click on the way that is to be closed; click again to open it.");
  if (trying.tool === "link") return trying.from ? t("Click where the new way ends.") : t("Click where the new way begins.");
  return t("Drag posts. Click on a post to close or remove it.");
}

function speedControl(actions) {
  const { speed_kmh: speed } = trying.model.scenario();
  const write = (value) => t("{speed} km/h", { speed: formatNumber(Number(value), 1) });
  const output = el("output", { for: "try-speed" }, write(speed));
  return el("p", { class: "speed" },
    el("label", { for: "try-speed" }, t("Walking speed")),
    el("input", {
      type: "range", id: "try-speed", min: 2.5, max: 6.5, step: 0.1, value: speed,
      input: (event) => { output.textContent = write(event.target.value); actions.previewSpeed(Number(event.target.value)); },
      change: (event) => actions.setSpeed(Number(event.target.value)),
    }), output);
}

/** Residents within each limit: now, and with the changes. */
function changesTable() {
  const now = data.summary;
  const then = whatIfPart();
  return el("table", { class: "numbers", id: "try-numbers" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("Residents")), el("th", { scope: "col" }, t("Now")),
      el("th", { scope: "col" }, t("What if")), el("th", { scope: "col" }, t("Change")))),
    el("tbody", {}, bands().map(({ label, ...band }) => el("tr", { class: label === state.band && "chosen" },
      el("th", { scope: "row" }, t("up to {limit}", { limit: limitOf(band) })),
      el("td", {}, formatNumber(now.residents_within[label])),
      el("td", {}, el("b", {}, formatNumber(then.residents_within[label]))),
      el("td", {}, signed(then.residents_within[label] - now.residents_within[label]))))));
}

function signed(value) {
  const whole = Math.round(value);
  return whole > 0 ? "+" + formatNumber(whole) : whole < 0 ? "−" + formatNumber(-whole) : "0";
}

/** Neighbourhoods that gain or lose most. */
function zonesTable(actions) {
  const table = data.neighbourhoods;
  if (!table) return null;
  const name = `residents_within_${state.band}`;
  const now = table.columns[name];
  const then = whatIfColumn(table, name);
  const changed = now.map((value, place) => [place, then[place] - value])
    .filter(([, difference]) => Math.abs(difference) >= 0.5)
    .sort(([, one], [, other]) => Math.abs(other) - Math.abs(one)).slice(0, 8);
  if (!changed.length) return null;
  return el("ol", { class: "rows", id: "try-zones", "aria-label": t("Neighbourhoods that gain or lose most") },
    changed.map(([place, difference]) => el("li", {}, el("button", {
      type: "button", id: `try-zone-${place}`, click: () => actions.showArea("neighbourhoods", place) },
    el("span", { class: "what" }, areaName("neighbourhoods", place)),
    el("span", { class: "much" }, signed(difference))))));
}

// ---- what the reader does

function tryingActions(view, redraw) {
  let waiting = false;
  const show = (shown) => { trying.shown = shown; redraw(); };
  const soon = (work) => {
    if (waiting) { waiting = work; return; }
    waiting = true;
    requestAnimationFrame(() => {
      const last = typeof waiting === "function" ? waiting : work;
      waiting = false;
      last();
    });
  };
  const enter = () => { if (!isWhatIf()) { startTrying(); state.scenario = "whatif"; } };
  const closed = (id) => trying.model.scenario().posts.find((post) => post.id === id);
  return {
    setTool(name) { trying.tool = name; trying.from = null; trying.message = ""; redraw(); },
    undo: () => show(trying.model.undo()),
    redo: () => show(trying.model.redo()),
    reset: () => show(trying.model.reset()),
    setSpeed: (speed_kmh) => show(trying.model.set({ ...trying.model.scenario(), speed_kmh })),
    previewSpeed(speed_kmh) { soon(() => previewSpeed(view, speed_kmh)); },
    lift(id) { enter(); trying.model.lift(id); },
    hold(at) { soon(() => { trying.shown = trying.model.hold(placeOf(at)); showWhileDragging(view); }); },
    drop(at) { waiting = false; show(trying.model.drop(at, placeOf(at))); },
    openPost(id, open) { enter(); show(trying.model.change(id, { open: open ?? !closed(id).open })); },
    addPost(at) { enter(); show(addPost(at)); },
    clickOn(at) { return clickWithTool(view, at, show); },
    propose() { proposeHere(view, show); },
    save: saveScenario,
  };
}

function addPost(at) {
  const scenario = trying.model.scenario();
  const number = 1 + scenario.posts.filter(({ origin }) => origin === "new").length;
  const post = { id: `new-${number}`, origin: "new", kind: "precinct_point", at, place: placeOf(at), open: true };
  return trying.model.set({ ...scenario, posts: [...scenario.posts, post] });
}

function clickWithTool(view, at, show) {
  if (!isWhatIf() || !trying.tool) return false;
  trying.message = "";
  if (trying.tool === "add") show(addPost(at));
  else {
    const place = placeOf(at) || nearestEdge(at);
    if (!place) { trying.message = t("There is no street near that place."); show(trying.shown); return true; }
    if (trying.tool === "close") show(toggleEdge(place.edge));
    else if (!trying.from) { trying.from = { at, place }; show(trying.shown); }
    else { const { from } = trying; trying.from = null; show(addLink(from, { at, place })); }
  }
  return true;
}

/** The nearest edge of any kind: bridges and tunnels can be closed though nothing is joined to them. */
function nearestEdge([latitude, longitude]) {
  const { streets } = trying;
  const [x, y] = [mercatorX(longitude), mercatorY(latitude)];
  let best = { distance: (SNAP_MAX_M / 4) / 40075016.686 };
  for (let edge = 0; edge < streets.edges; edge++) {
    for (let i = streets.first[edge]; i < streets.first[edge + 1] - 1; i++) {
      const foot = footOn(streets, i, x, y);
      if (foot.distance < best.distance) best = { edge, ...foot };
    }
  }
  return best.edge === undefined ? null : best;
}

function toggleEdge(edge) {
  const scenario = trying.model.scenario();
  const closed = scenario.closed.includes(edge)
    ? scenario.closed.filter((one) => one !== edge) : [...scenario.closed, edge];
  return trying.model.set({ ...scenario, closed });
}

function addLink(from, to) {
  const scenario = trying.model.scenario();
  const metres = L.latLng(from.at).distanceTo(to.at);
  const link = {
    from: from.place, to: to.place, seconds: metres / (trying.study.speed_kmh / 3.6),
    line: [from.at, to.at].map(([latitude, longitude]) => [longitude, latitude]),
  };
  return trying.model.set({ ...scenario, links: [...scenario.links, link] });
}

function previewSpeed(view, speed_kmh) {
  const scale = trying.study.speed_kmh / speed_kmh;
  trying.shown = { ...trying.shown, scale, ...summed({ ...trying.study, seconds: trying.shown.seconds, scale }) };
  showWhileDragging(view);
}

/** One post more where it helps most of the residents in sight: the best of a grid of places. */
function proposeHere(view, show) {
  const box = view.map.getBounds();
  const limit = bands().findIndex(({ label }) => label === state.band);
  let best = null;
  const tries = 12;
  trying.model.lift("");
  for (let row = 0; row < tries; row++) {
    for (let column = 0; column < tries; column++) {
      const at = [box.getSouth() + ((row + 0.5) / tries) * (box.getNorth() - box.getSouth()),
        box.getWest() + ((column + 0.5) / tries) * (box.getEast() - box.getWest())];
      const place = placeOf(at);
      if (!place) continue;
      const within = trying.model.hold(place).within[limit];
      if (!best || within > best.within) best = { at, within };
    }
  }
  const gain = best ? best.within - trying.model.result().within[limit] : 0;
  trying.message = gain > 0
    ? t("The best of the places tried in sight: a rule of thumb, not a proof.")
    : t("No place in sight adds residents within this limit.");
  if (gain > 0) show(addPost(best.at));
  else show(trying.model.result());
}

/** Redraw what follows a post while it is dragged: colours and numbers, not the panel's frame. */
function showWhileDragging(view) {
  for (const { layer, shown, id } of view.layers) {
    if (!shown) continue;
    if (FILLS.includes(id)) layer.recolour();
  }
  followMinutes(view);
  const old = document.getElementById("try-numbers");
  if (old) old.replaceWith(changesTable());
}

function saveScenario() {
  const line = (edge) => {
    const { first, x, y } = trying.streets;
    const found = [];
    for (let i = first[edge]; i < first[edge + 1]; i++) {
      const [latitude, longitude] = unproject(x[i], y[i]);
      found.push([Number(longitude.toFixed(7)), Number(latitude.toFixed(7))]);
    }
    return found;
  };
  const saved = scenarioToGeojson(trying.first, trying.model.scenario(), {
    date: new Date().toISOString().slice(0, 10), linesOf: line });
  const url = URL.createObjectURL(new Blob([JSON.stringify(saved, null, 1)], { type: "application/geo+json" }));
  el("a", { href: url, download: "scenario.geojson" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

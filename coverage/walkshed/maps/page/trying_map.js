// What the reader does in «What if»: by mouse, finger or keyboard; and how the map shows it.

const NUDGE_M = 25;
const NUDGE_FAR_M = 100;
const REACH_PX = 14; // a finger
const REACH_M = 60; // farther off, a click on a far view would mean any street
const FILE_MOST = 4000000; // bytes

function tryingActions(view, redraw) {
  const show = (shown) => { trying.shown = shown; trying.link = ""; redraw(); };
  const enter = (scenario) => { if (!isWhatIf()) { startTrying(scenario); state.scenario = "whatif"; } };
  const post = (id) => trying.model.scenario().posts.find((one) => one.id === id);
  const told = (message) => { trying.message = message; say(view, message); };
  const change = (work) => (...given) => { enter(); trying.message = ""; show(work(...given)); };
  const drop = (id, at) => {
    const place = placeOf(at);
    told(place ? "" : noStreet());
    show(trying.model.change(id, { at, place, open: true }));
  };
  const take = (scenario) => { enter("now"); show(trying.model.set(scenario)); };
  const actions = {
    setTool(name) { hideInfo(view); trying.tool = name; trying.from = null; trying.message = ""; redraw(); say(view, hint()); },
    undo: change(() => trying.model.undo()),
    redo: change(() => trying.model.redo()),
    reset: change(() => trying.model.reset()),
    setSpeed: change((speed_kmh) => trying.model.set({ ...trying.model.scenario(), speed_kmh, profile: "" })),
    setProfile: change((name) => {
      const { speed_kmh } = data.walk.profiles.find((one) => one.name === name);
      return trying.model.set({ ...trying.model.scenario(), speed_kmh, profile: name });
    }),
    previewSpeed: (speed_kmh) => preview.ask(() => previewSpeed(view, speed_kmh)),
    lift(id) {
      enter();
      const hold = trying.model.lift(id);
      return (at) => preview.ask(() => { trying.shown = hold({ at, place: placeOf(at) }); showWhileDragging(view); });
    },
    drop,
    nudge(id, east, north) {
      const metres = 180 / (Math.PI * 6371008.8);
      const { at: [latitude, longitude] } = post(id);
      const at = [latitude + north * metres, longitude + (east * metres) / Math.cos((latitude * Math.PI) / 180)];
      drop(id, at);
      document.querySelectorAll("[data-post]").forEach((node) => { if (node.dataset.post === id) node.focus({ preventScroll: true }); });
      if (post(id).place) say(view, whatChanged(triedName(post(id))));
    },
    openPost: change((id, open) => trying.model.change(id, { open })),
    putBack: change((id) => {
      const { at, place } = postsToday().find((one) => one.id === id);
      return trying.model.change(id, { at, place });
    }),
    removePost: change((id) => { hideInfo(view); return trying.model.removePost(id); }),
    openWay: change((edge) => trying.model.openWay(edge)),
    removeWay: change((link) => trying.model.removeWay(link)),
    clickOn: (at) => isWhatIf() && useTool(view, at, show, told),
    useHere() { const { lat, lng } = view.map.getCenter(); useTool(view, [lat, lng], show, told); say(view, trying.message || whatChanged(hint())); },
    lookAt: (at) => view.map.setView(at, Math.max(view.map.getZoom(), 15)),
    propose: () => proposeHere(view, redraw, take, told),
    save: saveScenario,
    chooseFile: () => document.getElementById("try-file").click(),
    openFile: (file) => openFile(file, take, told, redraw),
    share: () => share(view, redraw, told),
    openLink: () => openLink(take),
  };
  return actions;
}

/** Use the chosen tool at a place; tells whether there was one. */
function useTool(view, at, show, told) {
  const { tool, model } = trying;
  trying.message = "";
  if (tool === "add") {
    const place = placeOf(at);
    if (!place) told(noStreet());
    show(model.set(withPost(model.scenario(), at, place)));
  } else if (tool === "close") {
    const edge = wayNear(at, Math.min(REACH_M, REACH_PX * metresPerPixel(view.map, at)));
    if (edge < 0) told(t("There is no way here; click on a street, path or bridge."));
    if (edge < 0) show(trying.shown);
    else show(model.scenario().closed.includes(edge) ? model.openWay(edge) : model.closeWay(edge));
  } else if (tool === "link") {
    const end = joinOf(at);
    if (!end) told(t("An end of a new way must lie on a street: none is within {distance} of this place.", { distance: formatMetres(data.walk.join_max_m) }));
    const { from } = trying;
    if (end) trying.from = from ? null : end;
    show(end && from ? model.buildWay(wayBetween(from, end)) : trying.shown);
  } else return false;
  return true;
}

function metresPerPixel(map, [latitude]) {
  return worldMetres(latitude) / (256 * 2 ** map.getZoom());
}

/** Tell a reader who cannot see the map. */
function say(view, words) {
  if (!view.said) {
    view.said = el("div", { class: "unseen", id: "try-said", role: "status" });
    document.body.append(view.said);
  }
  view.said.textContent = words;
}

function whatChanged(what) {
  const { residents_within: within } = headlineOf(trying.shown);
  return t("{what}. Within {limit}: {residents} residents ({change}).", {
    what, limit: limitOf(chosenBand()), residents: formatNumber(within[state.band]),
    change: changeInWords(headlineOf(trying.begun.walks).residents_within[state.band], within[state.band]) });
}

/** Arrow keys on a focused post move it; elsewhere they are the map's own. */
function moveByKeys(marker, move) {
  const steps = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  marker.on("keydown", ({ originalEvent: event }) => {
    if (!isWhatIf() || !Object.hasOwn(steps, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const metres = event.shiftKey ? NUDGE_FAR_M : NUDGE_M;
    move.nudge(...steps[event.key].map((step) => step * metres));
  });
}

function previewSpeed(view, speed_kmh) {
  const scale = trying.study.speed_kmh / speed_kmh;
  const { seconds, streetMetres, scale: before } = trying.shown;
  trying.shown = {
    ...trying.shown, scale, bands: null, ...summed({ ...trying.study, seconds, scale }),
    streetMetres: (limit) => streetMetres((limit / scale) * before),
  };
  showWhileDragging(view);
}

/** Redraw what follows a post while it is dragged: colours and numbers, not the panel's frame. */
function showWhileDragging(view) {
  for (const { layer, shown, id } of view.layers) {
    if (shown && FILLS.includes(id)) layer.recolour();
    if (shown && id === "doors" && isNear(view.map)) layer.repaint(changedDoors(view.doors.shape));
  }
  followMinutes(view);
  if (document.getElementById("try-numbers")) refreshNumbers();
}

/** The box of the doors whose band is another than when this was asked last. */
function changedDoors({ x, y }) {
  const bands = bandsOfDoors(trying.shown);
  const before = trying.drawnBands || [];
  const box = { left: 1, top: 1, right: 0, bottom: 0 };
  for (let door = 0; door < bands.length; door++) {
    if (bands[door] === before[door]) continue;
    box.left = Math.min(box.left, x[door]);
    box.right = Math.max(box.right, x[door]);
    box.top = Math.min(box.top, y[door]);
    box.bottom = Math.max(box.bottom, y[door]);
  }
  trying.drawnBands = bands;
  return box;
}

// ---- ways that are closed or new, and where moved posts stood

function drawChanges(view, actions) {
  if (!view.changes) {
    makePane(view.map, "changes", 500);
    view.changes = L.featureGroup().addTo(view.map);
    view.changesRenderer = L.svg({ pane: "changes", padding: 0.3 });
  }
  view.changes.clearLayers();
  trying.drawnBands = null; // all of the map is drawn anew
  document.body.classList.toggle("whatif", isWhatIf());
  view.box.classList.toggle("aiming", isWhatIf() && Boolean(trying.tool));
  if (!isWhatIf()) return;
  const { closed, links, posts } = trying.model.scenario();
  for (const { id, at } of postsToday()) {
    const post = posts.find((one) => one.id === id);
    if (post.at === at) continue;
    const style = { color: ink("existing"), weight: 2, dashArray: "2 6", interactive: false };
    drawLine(view, [at, post.at], style);
    L.circleMarker(at, { ...style, radius: 6, pane: "changes", renderer: view.changesRenderer, fillColor: ink("casing"), fillOpacity: 0.8, dashArray: null }).addTo(view.changes);
  }
  for (const link of links) {
    const takeBack = () => actions.removeWay(link);
    drawWay(view, link.line, { color: ink("proposed"), weight: 4, dashArray: "9 7" }, takeBack);
    signOnWay(view, link.line, plusSign(), t("New way, {distance}; press to remove it", { distance: formatMetres(link.metres) }), takeBack);
  }
  for (const edge of closed) {
    const line = lineOfEdge(edge);
    const takeBack = () => actions.openWay(edge);
    drawWay(view, line, { color: ink("closed-way"), weight: 4, dashArray: "3 6" }, takeBack);
    signOnWay(view, line, crossSign(), t("Closed: {name}; press to open it", { name: wayName(edge) }), takeBack);
  }
  if (trying.from) {
    const [longitude, latitude] = trying.from.foot;
    L.circleMarker([latitude, longitude], { radius: 7, color: ink("casing"), weight: 2, fillColor: ink("proposed"), fillOpacity: 1, pane: "changes", renderer: view.changesRenderer, interactive: false }).addTo(view.changes);
  }
}

function drawLine(view, places, style) {
  return L.polyline(places, { pane: "changes", renderer: view.changesRenderer, lineCap: "butt", ...style }).addTo(view.changes);
}

/** A line over a white one, and a broad unseen one that a finger meets. */
function drawWay(view, line, style, takeBack) {
  const places = line.map(([longitude, latitude]) => [latitude, longitude]);
  drawLine(view, places, { color: ink("casing"), weight: style.weight + 4, opacity: 0.9, lineCap: "round", interactive: false });
  drawLine(view, places, { ...style, interactive: false });
  drawLine(view, places, { color: "#000", opacity: 0, weight: 18 }).on("click", (event) => { L.DomEvent.stop(event); takeBack(); });
}

function signOnWay(view, line, drawing, name, takeBack) {
  marker(middleOfLine(line), sign(drawing, [22, 22], [11, 11], "sign"), 500, () => name, takeBack).addTo(view.changes);
}

function crossSign(size = 22) {
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("circle", { cx: 12, cy: 12, r: 10, fill: ink("casing"), stroke: ink("closed-way"), "stroke-width": 2 }),
    svg("path", { d: "M7.500 7.500l9 9M16.500 7.500l-9 9", stroke: ink("closed-way"), "stroke-width": 3.2 }));
}

function plusSign(size = 22) {
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("circle", { cx: 12, cy: 12, r: 10, fill: ink("casing"), stroke: ink("proposed"), "stroke-width": 2 }),
    svg("path", { d: "M12 6.500v11M6.500 12h11", stroke: ink("proposed"), "stroke-width": 3.2 }));
}

// ---- keep and read again

function scenarioText() {
  return JSON.stringify(scenarioToGeojson(postsToday(), trying.model.scenario(), {
    date: new Date().toISOString().slice(0, 10), linesOf: lineOfEdge }), null, 1);
}

function saveScenario() {
  handOut(new Blob([scenarioText()], { type: "application/geo+json" }), "scenario.geojson");
}

function readHere(text) {
  return readScenario(text, postsToday(), {
    speed_kmh: data.walk.speed_kmh, kinds: Object.keys(SHAPES), meet: placeOf, join: joinOf, edgesAlong, lengthOf,
    profiles: data.walk.profiles.map(({ name }) => name) });
}

async function openFile(file, take, told, redraw) {
  if (!file) return;
  const { scenario, problems } = file.size > FILE_MOST
    ? { problems: [t("The file is too large for a scenario.")] } : readHere(await file.text());
  if (scenario) {
    told(t("Opened: {name}", { name: short(file.name) }));
    take(scenario);
  } else {
    const more = problems.length > PROBLEMS_TOLD ? [t("and {count} more", { count: problems.length - PROBLEMS_TOLD })] : [];
    told(t("Nothing was changed. {problems}", { problems: [...problems.slice(0, PROBLEMS_TOLD), ...more].join("; ") }));
    redraw();
  }
}

async function share(view, redraw, told) {
  const mark = await textToLink(JSON.stringify(JSON.parse(scenarioText())));
  if (mark.length > LINK_MOST) {
    told(t("There are too many changes for a link; save them as a file."));
    redraw();
    return;
  }
  trying.link = location.href.split("#")[0] + mark;
  history.replaceState(null, "", mark);
  redraw();
  document.getElementById("try-address").focus();
}

/** Take up the scenario that the page's own address holds, if it holds one. */
async function openLink(take) {
  const text = await textOfLink(location.hash);
  const { scenario } = text ? readHere(text) : {};
  if (scenario) take(scenario);
}

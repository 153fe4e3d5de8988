// The page: builds the panel, draws the map, and answers the reader.

async function start(map) {
  if (!("DecompressionStream" in window)) {
    document.body.append(el("p", { class: "warning" }, t("This map needs a browser of 2023 or later.")));
    return;
  }
  const box = map.getContainer();
  const panel = el("aside", { id: "panel" });
  const info = el("div", { id: "info", role: "status", "aria-live": "polite", hidden: true });
  const credit = el("div", { id: "credit" });
  const marks = el("div", { id: "watermark", "aria-hidden": "true" });
  const ramp = el("div", { id: "ramp" });
  const view = { map, box, panel, info, credit, marks, ramp, layers: [], shownInfo: null };
  document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";
  document.body.append(panel);
  box.append(marks, el("div", { id: "corner" }, ramp, credit), info);
  keepFromMap(info);
  L.DomEvent.disableScrollPropagation(info);
  stayStill(map);
  view.zoom = L.control.zoom({ position: "topleft" }).addTo(map);
  view.scale = new Scale({ imperial: false, position: "bottomright" }).addTo(map);
  map.options.maxZoom = 19;
  map.options.zoomSnap = 0.5;
  map.options.minZoom = 9;
  map.invalidateSize(false);
  map.fitBounds(data.bounds, { animate: false, padding: [12, 12] });
  const actions = makeActions(view);
  view.actions = actions;
  addViewTools(view);
  view.asker = askBox(view, actions);
  prepareAnswering(view);
  speak(view, actions);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hideInfo(view); });
  window.walkshed = { counts: {}, ready: false, map };
  await drawMap(view, actions);
  followPrinting(view);
  speak(view, actions);
  openComparison(actions);
  if (data.walk) {
    await actions.openLink();
    window.addEventListener("hashchange", actions.openLink);
  }
  window.walkshed.ready = true;
  window.walkshed.readyAt = performance.now();
  await nameStreets(view);
}

/** Unpack and draw everything; counts of what was drawn are kept for whoever checks. */
async function drawMap(view, actions) {
  const { map } = view;
  const { counts } = window.walkshed;
  const shapes = {};
  await Promise.all(Object.entries(data.ground).map(async ([name, packed]) => {
    shapes[name] = await unpackShape(packed);
    counts[name] = shapes[name].features;
  }));
  const streets = data.walk ? data.walk.streets : data.streets;
  if (streets) {
    view.streets = await unpackStreets(streets);
    counts.streets = view.streets.edges;
    STREET_LAYERS.forEach((name, kind) => { shapes[name] = streetLayer(view.streets, kind); });
  }
  makePane(map, "rail", 370, true);
  makePane(map, "places", 590, true);
  view.tiles = [
    canvasTiles(stepsOf(GROUND_PAINT, shapes), "tilePane").addTo(map),
    canvasTiles(stepsOf(RAIL_PAINT, shapes), "rail").addTo(map),
  ];
  await addResults(view, actions, counts);
  if (data.walk) await prepareTrying(view, shapes);
  await prepareAsking(view);
  if (data.places.length) {
    view.names = new PlaceNames(data.places, signsShown, () => boxesOver(view)).addTo(map);
  }
  addMapWords(view);
  counts.places = data.places.length;
  map.on("click", (event) => measureAt(view, event.latlng) || answerClick(view, event.latlng, actions));
}

async function addResults(view, actions, counts) {
  const { map } = view;
  const add = (id, layer, shown, title, keys) => {
    view.layers.push({ id, layer, shown, title, key: keys });
    if (shown) layer.addTo(map);
  };
  if (data.hexagons) {
    view.hexagons = await unpackShape(data.hexagons.shape);
    counts.hexagons = view.hexagons.features;
    add("hexagons", hexagonLayer(map, data.hexagons, view.hexagons, (place) => { view.clicked = place; }),
      true, () => t("Coverage by hexagon"));
  }
  if (data.walk) {
    view.measured = measuredStreets(view.streets);
    add("reach", minutesLayer(map, view.measured, "reach"), false, () => t("Ground within some minutes"), reachKeys);
    add("surface", minutesLayer(map, view.measured, "surface"), false, () => t("Walking time to the nearest post"), surfaceKeys);
  }
  if (data.serviceAreas) {
    const shape = view.serviceAreas = await unpackShape(data.serviceAreas.shape);
    counts.serviceAreas = shape.features;
    add("areas", serviceAreaLayer(map, data.serviceAreas, shape, () => fillShown(view) !== "none"), false, () => t("Service areas"), areaKeys);
  }
  if (data.catchments) {
    const shape = view.catchments = await unpackShape(data.catchments.shape);
    counts.catchments = shape.features;
    add("catchments", catchmentLayer(map, data.catchments, shape), false, () => t("Ground nearest to each post"),
      () => [key(lineSign(catchmentStyle(), ink("catchment")), t("here another post becomes the nearest on foot"))]);
  }
  if (data.neighbourhoods) {
    view.neighbourhoods = await unpackShape(data.neighbourhoods.shape);
    counts.neighbourhoods = view.neighbourhoods.features;
    add("neighbourhoods", neighbourhoodLayer(map, view.neighbourhoods, counts.neighbourhoods), false,
      () => t("Neighbourhood borders"));
  }
  if (data.doors) {
    view.doors = await unpackDoors(data.doors);
    counts.doors = view.doors.shape.features;
    makePane(map, "doors", 375, true);
    followZoom(map);
    add("doors", canvasTiles(doorSteps(view.doors), "doors"), true,
      () => t("Houses by the walk to the nearest post"), doorKeys);
  }
  addComparison(view, add);
  add("posts", postLayer(map, data.posts, actions.showPost, actions.moves), true, () => t("Police posts"), postKeys);
  counts.posts = data.posts.length;
  if (data.proposed.length || sizesToChoose().length) {
    add("proposed", proposedLayer(actions.showSite, actions.moves), true, () => t("Proposed posts"),
      () => [key(pinSign("1", isAfter(), 16), t("number in the order of building"))]);
  }
  counts.proposed = data.proposed.length;
}

// ---- what the reader can do

function makeActions(view) {
  const redraw = () => {
    preview.drop();
    for (const { layer, shown, id } of view.layers) {
      if (layer.recolour) layer.recolour();
      if (id === "proposed" || id === "posts") layer.redraw();
      if (id === "doors" && shown) layer.repaint();
    }
    if (data.walk) drawChanges(view, actions);
    for (const names of [view.names, view.words]) if (names) names.place();
    followSwipe(view);
    fillPanel(view, actions);
    if (view.shownInfo) view.shownInfo();
  };
  const actions = {
    speak(language) { state.language = language; speak(view, actions); },
    print() { window.print(); },
    fold() {
      document.body.classList.toggle("folded");
      fillPanel(view, actions);
      view.map.invalidateSize({ animate: false });
    },
    setScenario(scenario) {
      if (scenario === "whatif" && !trying.study) return; // the streets are still being read
      if (scenario === "whatif" && !isWhatIf()) startTrying();
      state.scenario = scenario;
      if (scenario === "now") endSwipe(view);
      trying.tool = trying.message = trying.link = "";
      redraw();
    },
    moves: data.walk && ((id) => ({
      id, lift: () => actions.lift(id), drop: (at) => actions.drop(id, at),
      nudge: (east, north) => actions.nudge(id, east, north) })),
    setBand(band) { state.band = band; redraw(); },
    toggle(entry, shown) {
      if (FILLS.includes(entry.id)) { actions.setFill(shown ? entry.id : "none"); return; }
      showLayer(view, entry, shown);
      if (view.words) view.words.place();
      followSwipe(view);
      fillPanel(view, actions);
    },
    showPost(place) {
      if (typeof place === "string") showInfo(view, () => triedInfo(place, actions));
      else showInfo(view, () => [...postInfo(data.posts[place]), ...triedButtons(data.posts[place].id, actions)]);
    },
    showSite(id) {
      view.map.setView(plannedSite(id).at, Math.max(view.map.getZoom(), 15));
      showInfo(view, () => [...siteInfo(plannedSite(id)), ...triedButtons(id, actions)]);
    },
    showArea(kind, place) {
      const outline = L.polygon(rings(view[kind], place));
      view.map.fitBounds(outline.getBounds(), { maxZoom: 15, padding: [40, 40] });
      markArea(view, outline);
      showInfo(view, () => areaInfo(kind, place));
    },
  };
  Object.assign(actions, { redraw }, showingActions(view, redraw));
  if (data.walk) Object.assign(actions, tryingActions(view, redraw));
  return actions;
}

// ---- words and panel

/** Put every word on the page into the chosen language. */
function speak(view, actions) {
  speakFrame(view);
  fillViewTools(view);
  drawMeasure(view);
  speakAsking(view);
  relabelBar();
  view.map.eachLayer((layer) => { if (layer.relabel) layer.relabel(); });
  for (const names of [view.names, view.words]) if (names) names.place();
  fillPanel(view, actions);
  if (view.shownInfo) view.shownInfo();
}

/** Write the panel anew; what was focused, unfolded and scrolled stays so. */
function fillPanel(view, actions) {
  const { panel } = view;
  const focused = document.activeElement && panel.contains(document.activeElement) ? document.activeElement.id : "";
  const old = panel.querySelector("#panel-body");
  const scrolled = old ? old.scrollTop : 0;
  const unfolded = [...panel.querySelectorAll("details[open]")].map(({ id }) => id);
  panel.replaceChildren(
    heading(actions),
    view.asker,
    el("div", { id: "panel-body", tabindex: "-1" },
      controls(actions), comparisonSection(view, actions), headline(),
      ...(isWhatIf() ? [tryingSection(view, actions), minutesSection(view, actions)] : [minutesSection(view, actions), tryingSection(view, actions)]), proposedList(actions),
      curveSection(actions), stagesSection(actions), workloadSection(actions), whiteSpots(actions),
      legend(view.layers, actions), takeAway(view, actions), about()));
  const shown = { hexagons: shareRamp, reach: reachRamp, surface: surfaceRamp, change: netRamp }[fillShown(view)];
  view.ramp.replaceChildren(...(shown ? [shown()] : []));
  panel.querySelector("#panel-body").scrollTop = scrolled;
  for (const details of panel.querySelectorAll("details")) details.open = unfolded.includes(details.id);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// A bar over the map: today on its left, the shown scenario on its right.
// Layers that a scenario changes are drawn twice, each time in panes of their own, cut at the bar.

// at: share of the map's width, null without a bar; made: layers of today, kept once they are made
const swipe = { at: null, twins: [], made: new Map(), bar: null };

/** Do something as if a scenario were the shown one. */
function inScenario(scenario, work) {
  const shown = state.scenario;
  state.scenario = scenario;
  try { return work(); } finally { state.scenario = shown; }
}

/** The panes that are cut: those of layers a scenario changes, and their twins of today. */
const CUT_PANES = ["hexagons", "reach", "surface", "areas", "catchments", "doors"];
const twinPane = (pane) => `${pane}-today`;

/** Layers of today beside those shown, for each layer of a cut pane that is on. */
function makeTwins(view) {
  const { map } = view;
  const today = (id) => {
    if (!swipe.made.has(id)) swipe.made.set(id, inScenario("now", make[id]));
    return swipe.made.get(id);
  };
  const make = {
    hexagons: () => hexagonLayer(map, data.hexagons, view.hexagons, () => {}, twinPane("hexagons")),
    reach: () => minutesLayer(map, view.measured, "reach", twinPane("reach"), () => "now"),
    surface: () => minutesLayer(map, view.measured, "surface", twinPane("surface"), () => "now"),
    areas: () => serviceAreaLayer(map, data.serviceAreas, view.serviceAreas, () => fillShown(view) !== "none", twinPane("areas")),
    catchments: () => catchmentLayer(map, data.catchments, view.catchments, twinPane("catchments")),
    doors: () => {
      makePane(map, twinPane("doors"), 375, true);
      followZoom(map, twinPane("doors"));
      const steps = doorSteps(view.doors);
      return canvasTiles((zoom) => steps(zoom).map((step) => (...all) => inScenario("now", () => step(...all))), twinPane("doors"));
    },
    posts: () => postLayer(map, data.posts, () => {}, null),
  };
  return view.layers.filter(({ id, shown }) => shown && make[id]).map(({ id }) => ({ id, layer: today(id) }));
}

function startSwipe(view) {
  swipe.at = 0.5;
  swipe.bar = swipeBar(view);
  view.box.append(swipe.bar);
  swipe.cut = () => cutPanes(view);
  view.map.on("move zoomend viewreset resize zoomanim", swipe.cut);
  followSwipe(view);
}

function endSwipe(view) {
  if (swipe.at === null) return;
  swipe.at = null;
  view.map.off("move zoomend viewreset resize zoomanim", swipe.cut);
  view.map.off("zoomend", recolourTwins);
  for (const { layer } of swipe.twins) layer.remove();
  swipe.twins = [];
  swipe.bar.remove();
  cutPanes(view);
}

/** After any change of scenario or layers: the twins of what is on now, cut anew. */
function followSwipe(view) {
  if (swipe.at === null) return;
  const on = view.layers.filter(({ shown }) => shown).map(({ id }) => id).join();
  if (swipe.on !== on || !swipe.twins.length) {
    for (const { layer } of swipe.twins) layer.remove();
    swipe.twins = makeTwins(view);
    for (const { layer } of swipe.twins) inScenario("now", () => layer.addTo(view.map));
    swipe.on = on;
  }
  recolourTwins();
  view.map.off("zoomend", recolourTwins).on("zoomend", recolourTwins); // after what the layers do by themselves
  relabelBar();
  cutPanes(view);
}

/** Colour the twins by today, whatever scenario is shown. */
function recolourTwins() {
  for (const { layer } of swipe.twins) if (layer.recolour) inScenario("now", () => layer.recolour());
}

/** Cut every pane at the bar, and show signs only on the side they belong to. */
function cutPanes(view) {
  const { map } = view;
  const width = map.getSize().x;
  const x = swipe.at === null ? null : Math.round(swipe.at * width);
  const low = map.containerPointToLayerPoint([0, 0]);
  const cut = (pane, from, to) => {
    const node = map.getPane(pane);
    if (node) node.style.clipPath = x === null ? "" : `polygon(${[[from, -4000], [to, -4000], [to, 8000], [from, 8000]]
      .map(([across, down]) => `${low.x + across}px ${low.y + down}px`).join()})`;
  };
  for (const pane of CUT_PANES) {
    cut(pane, x, width + 4000);
    cut(twinPane(pane), -4000, x);
  }
  for (const { id, layer } of [...view.layers, ...swipe.twins]) {
    if (id !== "posts" && id !== "proposed") continue;
    const isToday = swipe.twins.some((twin) => twin.layer === layer);
    layer.eachLayer((sign) => {
      const node = sign.getElement && sign.getElement();
      if (!node || !sign.getLatLng) return;
      const onLeft = x !== null && map.latLngToContainerPoint(sign.getLatLng()).x < x;
      node.style.visibility = x !== null && onLeft !== isToday ? "hidden" : "";
    });
  }
  if (swipe.bar) swipe.bar.style.left = `${x}px`;
}

/** The bar: dragged by a finger, moved by arrow keys, its place said in words. */
function swipeBar(view) {
  const to = (share) => {
    swipe.at = Math.min(0.98, Math.max(0.02, share));
    relabelBar();
    cutPanes(view);
  };
  const keys = { ArrowLeft: -0.05, ArrowRight: 0.05, ArrowDown: -0.05, ArrowUp: 0.05, Home: -1, End: 1 };
  const bar = el("div", {
    id: "swipe-bar", role: "slider", tabindex: "0", "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 100,
    keydown: (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      event.stopPropagation();
      to(swipe.at + keys[event.key]);
    },
    pointerdown: (event) => { event.preventDefault(); bar.focus(); bar.setPointerCapture(event.pointerId); },
    pointermove: (event) => {
      if (!bar.hasPointerCapture(event.pointerId)) return;
      const { left, width } = view.box.getBoundingClientRect();
      to((event.clientX - left) / width);
    },
  }, el("span", { class: "side today" }), el("span", { class: "grip", "aria-hidden": "true" }, "‹ ›"), el("span", { class: "side then" }));
  L.DomEvent.disableClickPropagation(bar);
  return bar;
}

function relabelBar() {
  if (!swipe.bar) return;
  const [today, , then] = swipe.bar.children;
  today.textContent = beforeName();
  then.textContent = SERIES[state.scenario === "now" ? "after" : state.scenario].name();
  swipe.bar.setAttribute("aria-label", comparing
    ? t("Bar between the state before (left) and after (right)") : t("Bar between today (left) and the scenario (right)"));
  swipe.bar.setAttribute("aria-valuenow", String(Math.round(swipe.at * 100)));
  swipe.bar.setAttribute("aria-valuetext", comparing
    ? t("{share} of the map shows the state before", { share: formatShare(swipe.at) })
    : t("{share} of the map shows today", { share: formatShare(swipe.at) }));
}

/** The button that puts the bar on the map, or takes it away. */
function swipeButton(actions) {
  if (!hasAfter()) return null;
  return el("div", { class: "choice" },
    el("span", { class: "caption" }, t("Before and after")),
    el("button", {
      type: "button", id: "swipe", class: "plain", "aria-pressed": String(swipe.at !== null), click: actions.toggleSwipe,
    }, t("Compare side by side")));
}

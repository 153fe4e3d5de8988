// The reader's view: light or dark, full screen, and the map by keyboard.

const darkPreferred = window.matchMedia("(prefers-color-scheme: dark)");
const onPaper = window.matchMedia("print");
const ICONS = {
  screen: "M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5",
  measure: "M2 13L13 2l5 5L7 18zM5.500 9.500l2 2M8.500 6.500l2 2M11.500 3.500l2 2",
  picture: "M2 6h4l1.500-2h5L14 6h4v10H2zM10 8a3 3 0 1 0 .01 0z",
  theme: "M10 3a7 7 0 1 0 .01 0zM10 3v14a7 7 0 0 1 0-14z",
};

/** Move the map at once, not bit by bit, for a reader whose computer is set to little motion. */
function stayStill(map) {
  if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  map.options.inertia = false;
  // Leaflet reads its options `zoomAnimation` and `fadeAnimation` once, when a map is made, into these.
  Object.assign(map, { _zoomAnimated: false, _fadeAnimated: false });
  map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
}

/** Whether the page is dark now: as the reader chose, or as the computer is set; paper never is. */
function isDark() {
  if (onPaper.matches) return false;
  return state.theme ? state.theme === "dark" : darkPreferred.matches;
}

/** Draw the map and the panel in the colours of now; before there is anything to be drawn, only set them. */
function applyTheme(view) {
  const theme = isDark() ? "dark" : "light";
  if (document.documentElement.dataset.theme === theme) return;
  document.documentElement.dataset.theme = theme;
  forgetInks();
  if (!view.tiles) return;
  for (const layer of view.tiles) layer.redraw();
  drawMeasure(view);
  if (view.marked) view.marked.setStyle({ color: ink("marked") });
  view.actions.redraw();
}

/** Buttons on the map, below those of the zoom. */
function addViewTools(view) {
  const { map } = view;
  view.tools = el("div", { class: "leaflet-bar view-tools", role: "group" });
  keepFromMap(view.tools);
  const control = L.control({ position: "topleft" });
  control.onAdd = () => view.tools;
  control.addTo(map);
  view.keys = el("p", { id: "keys", hidden: true });
  view.box.append(view.keys, el("div", { id: "crosshair", "aria-hidden": "true" }));
  view.box.setAttribute("aria-describedby", "keys");
  view.box.addEventListener("keydown", (event) => pressOnMap(view, event));
  document.addEventListener("fullscreenchange", () => {
    fillViewTools(view);
    map.invalidateSize({ animate: false });
  });
  document.addEventListener("keydown", ({ key: pressed }) => {
    if (pressed === "Escape" && measuring.on) toggleMeasuring(view);
  });
  darkPreferred.addEventListener("change", () => applyTheme(view));
  applyTheme(view);
}

/** A click in a box over the map is not one on the map, even on a button that is replaced by it. */
function keepFromMap(box) {
  L.DomEvent.disableClickPropagation(box);
  box.addEventListener("click", (event) => event.stopPropagation());
}

/** Write the names of the buttons anew, in the reader's language. */
function fillViewTools(view) {
  const full = Boolean(document.fullscreenElement);
  const focused = view.tools.contains(document.activeElement) ? document.activeElement.id : "";
  view.tools.setAttribute("aria-label", t("View"));
  view.keys.textContent = t(
    "Arrows move the map, plus and minus zoom, Enter asks about the place in the middle.");
  view.tools.replaceChildren(...[
    document.fullscreenEnabled && viewTool("screen", full ? t("Leave full screen") : t("Full screen"), full,
      () => (full ? document.exitFullscreen() : document.documentElement.requestFullscreen())),
    viewTool("measure", t("Measure a distance"), measuring.on, () => toggleMeasuring(view)),
    viewTool("picture", t("Save a picture of the map"), null, () => savePicture(view)),
    viewTool("theme", isDark() ? t("Light colours") : t("Dark colours"), null, () => {
      state.theme = isDark() ? "light" : "dark";
      applyTheme(view);
      fillViewTools(view);
    }),
  ].filter(Boolean));
  if (focused) document.getElementById(focused)?.focus();
}

function viewTool(name, label, pressed, click) {
  return el("button", {
    type: "button", id: `view-${name}`, "aria-label": label, title: label, click,
    "aria-pressed": pressed === null ? null : String(pressed),
  }, svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" },
    svg("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linejoin": "round" })));
}

// ---- the map by keyboard

/** Enter on the map is a click on its middle, where the crosshair is. */
function pressOnMap(view, event) {
  if (event.target !== view.box) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    const latlng = view.map.getCenter();
    if (view.hexagons && view.layers.some(({ id, shown }) => id === "hexagons" && shown)) {
      view.clicked = featureAt(view.hexagons, [latlng.lat, latlng.lng]);
    }
    view.map.fire("click", { latlng, containerPoint: view.map.getSize().divideBy(2), originalEvent: event });
  } else if (event.key === "Backspace" && measuring.on) takeBackPoint(view);
}

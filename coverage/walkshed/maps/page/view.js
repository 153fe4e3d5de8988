// The reader's view: light or dark, full screen, and the map by keyboard.

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

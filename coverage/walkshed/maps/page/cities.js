// The map of many cities: a circle for each, as large as its residents are many, coloured by how many walk.

const LARGEST_PX = 34;
const SMALLEST_PX = 7;

function start(map) {
  const box = map.getContainer();
  const panel = el("aside", { id: "panel" });
  const info = el("div", { id: "info", role: "status", "aria-live": "polite", hidden: true });
  const [credit, marks, ramp] = ["credit", "watermark", "ramp"].map((id) => el("div", { id }));
  marks.setAttribute("aria-hidden", "true");
  const view = { map, box, panel, info, credit, marks, ramp, signs: [] };
  document.querySelector("meta[name=viewport]").content = "width=device-width, initial-scale=1";
  document.body.classList.add("cities");
  document.body.append(panel);
  box.append(marks, el("div", { id: "corner" }, ramp, credit), info);
  keepFromMap(info);
  L.DomEvent.disableScrollPropagation(info);
  stayStill(map);
  view.zoom = L.control.zoom({ position: "topleft" }).addTo(map);
  view.scale = new Scale({ imperial: false, position: "bottomright" }).addTo(map);
  Object.assign(map.options, { minZoom: 2, maxZoom: 15, zoomSnap: 0.5 });
  map.invalidateSize(false);
  addThemeTool(view);
  map.on("zoomend", () => nameCities(view));
  map.on("click", () => choose(view, null));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") choose(view, null); });
  onPaper.addEventListener("change", ({ matches }) => {
    map.invalidateSize({ animate: false });
    applyCitiesTheme(view);
    if (matches) fitCities(view);
  });
  applyCitiesTheme(view);
  speakCities(view);
  fitCities(view);
  window.walkshed = { ready: true, readyAt: performance.now(), map };
}

/** Show all cities, none of them below the legend: that is at the bottom, on a phone at the top. */
function fitCities({ map, box, ramp }) {
  const [legend, whole] = [ramp.getBoundingClientRect(), box.getBoundingClientRect()];
  const above = legend.top - whole.top < whole.bottom - legend.bottom;
  const room = LARGEST_PX + 20;
  map.fitBounds(data.bounds, {
    animate: false, maxZoom: 13,
    paddingTopLeft: [room + 20, above ? Math.min(legend.bottom - whole.top + 16, whole.height / 2) : room],
    paddingBottomRight: [room + 20, above ? room + 20 : Math.min(whole.bottom - legend.top + room, whole.height / 2)],
  });
}

// ---- what is shown

const isAfterPlan = () => state.scenario === "after";

/** Cities of the scenario that is chosen, as the table orders them. */
function citiesShown() {
  const [column, turn] = state.order || [null, 1];
  const shown = data.cities.filter(({ scenario }) => scenario === state.variant);
  if (!column) return shown;
  const value = (city) => (column === "name" ? cityName(city) : city[column] ?? -1);
  return shown.sort((one, other) => turn * (column === "name"
    ? value(one).localeCompare(value(other), state.language, { numeric: true }) : value(one) - value(other)));
}

const totalShown = () => data.totals.find(({ scenario }) => scenario === state.variant);
/** A city's name; one that is made up says so where others are not. */
const cityName = (city) => (city.schematic && !data.schematic
  ? t("{name} (schematic)", { name: inLanguage(city.names) }) : inLanguage(city.names));
const isDone = (city) => city.status === "done";
const shareShown = (row) => row[isAfterPlan() ? "share_within_after" : "share_within"];
const withinShown = (row) => row[isAfterPlan() ? "residents_within_after" : "residents_within"];

/** The limit that posts are planned for: of one city, or of all where it is the same. */
function limitWords(row) {
  return row.limit ? inLanguage(row.limit) : t("the limit of each city");
}

function radiusOf(city) {
  const most = Math.max(...data.cities.map(({ residents }) => residents || 0), 1);
  return Math.max(SMALLEST_PX, LARGEST_PX * Math.sqrt((city.residents || 0) / most));
}

// ---- circles

function citySign(city, radius = radiusOf(city)) {
  const reach = radius + 4;
  const middle = { cx: reach, cy: reach, r: radius };
  const chosen = state.chosen && city.study === state.chosen;
  const cross = `M${reach - 4} ${reach - 4}l8 8m0-8l-8 8`;
  return svg("svg", { width: 2 * reach, height: 2 * reach, "aria-hidden": "true" },
    chosen && svg("circle", { ...middle, r: radius + 2.5, fill: "none", stroke: ink("marked"), "stroke-width": 2.5 }),
    isDone(city) ? svg("circle", {
      ...middle, fill: shareColour(shareShown(city)) || ink("paper"), stroke: ink("border"),
      "stroke-width": 1.4, "stroke-dasharray": city.schematic ? "4 3" : null,
    }) : [
      svg("circle", { ...middle, fill: ink("paper"), stroke: ink("alert"), "stroke-width": 2 }),
      svg("path", { d: cross, stroke: ink("alert"), "stroke-width": 2.4, fill: "none" })]);
}

/** Draw the circles anew, the large ones below the small. */
function drawCities(view) {
  for (const { marker } of view.signs) marker.remove();
  view.signs = citiesShown().filter(({ at }) => at).map((city) => {
    const radius = radiusOf(city);
    const told = isDone(city) ? formatShare(shareShown(city)) : t("failed");
    const label = el("span", { class: "town" }, el("b", {}, cityName(city)), ` ${told}`);
    const icon = L.divIcon({
      className: "sign", html: el("div", {}, citySign(city), label),
      iconSize: [2 * radius + 8, 2 * radius + 8],
    });
    const marker = L.marker(city.at, { icon, zIndexOffset: -Math.round(10 * radius) }).addTo(view.map);
    marker.getElement().setAttribute("aria-label", `${cityName(city)}: ${told}`);
    marker.on("click keypress", (event) => {
      L.DomEvent.stop(event);
      if (!event.originalEvent.key || event.originalEvent.key === "Enter") choose(view, city.study);
    });
    return { marker, label, city };
  });
  nameCities(view);
}

/** Show the names that have room, those of large cities first. */
function nameCities(view) {
  const taken = [];
  const weight = ({ city }) => (city.study === state.chosen ? Infinity : city.residents || 0);
  const bySize = [...view.signs].sort((one, other) => weight(other) - weight(one));
  for (const { label } of bySize) label.hidden = false;
  for (const { label } of bySize) {
    const { left, right, top, bottom } = label.getBoundingClientRect();
    label.hidden = taken.some((other) => left < other.right && right > other.left && top < other.bottom && bottom > other.top);
    if (!label.hidden) taken.push({ left, right, top, bottom });
  }
}

/** Choose a city by its study: it is marked, and told of. */
function choose(view, study) {
  state.chosen = study;
  const city = citiesShown().find((one) => one.study === study);
  if (city && city.at && !view.map.getBounds().pad(-0.1).contains(city.at)) view.map.panTo(city.at);
  showCities(view);
}

// ---- words and colours

function applyCitiesTheme(view) {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  forgetInks();
  if (view.spoken) showCities(view);
}

function addThemeTool(view) {
  view.tools = el("div", { class: "leaflet-bar view-tools", role: "group" });
  keepFromMap(view.tools);
  const control = L.control({ position: "topleft" });
  control.onAdd = () => view.tools;
  control.addTo(view.map);
  darkPreferred.addEventListener("change", () => applyCitiesTheme(view));
}

function speakCities(view) {
  view.spoken = true;
  speakFrame(view);
  view.tools.setAttribute("aria-label", t("View"));
  showCities(view);
}

/** Draw circles, panel and info box as they are to be now; what was focused and scrolled stays so. */
function showCities(view) {
  const focused = document.activeElement ? document.activeElement.id : "";
  const old = view.panel.querySelector("#panel-body");
  const scrolled = old ? old.scrollTop : 0;
  const actions = {
    speak(language) { state.language = language; speakCities(view); },
    print() { window.print(); },
    fold() {
      document.body.classList.toggle("folded");
      view.map.invalidateSize({ animate: false });
      showCities(view);
    },
    set(key, value) { state[key] = value; showCities(view); },
    choose(study) { choose(view, study); },
  };
  view.tools.replaceChildren(viewTool("theme", isDark() ? t("Light colours") : t("Dark colours"), null, () => {
    state.theme = isDark() ? "light" : "dark";
    applyCitiesTheme(view);
  }));
  drawCities(view);
  view.ramp.replaceChildren(citiesRamp());
  view.panel.replaceChildren(...citiesPanel(actions));
  view.panel.querySelector("#panel-body").scrollTop = scrolled;
  const city = citiesShown().find(({ study }) => study === state.chosen);
  view.info.hidden = !city;
  view.info.replaceChildren(...(city ? cityInfo(city, actions) : []));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

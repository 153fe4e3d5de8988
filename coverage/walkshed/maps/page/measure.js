// Measuring: a line along clicked places, its length in metres or kilometres as the crow flies.

const measuring = { on: false, points: [], lines: null, box: null };

function toggleMeasuring(view) {
  measuring.on = !measuring.on;
  measuring.points = [];
  if (!measuring.box) {
    makePane(view.map, "measure", 640, true);
    measuring.lines = L.layerGroup().addTo(view.map);
    measuring.box = el("div", { id: "measure", role: "status", hidden: true });
    keepFromMap(measuring.box);
    view.box.append(measuring.box);
  }
  view.box.classList.toggle("measuring", measuring.on);
  drawMeasure(view);
  fillViewTools(view);
}

/** Take a click while measuring; false when the click asks for something else. */
function measureAt(view, latlng) {
  if (!measuring.on) return false;
  measuring.points.push(latlng);
  drawMeasure(view);
  return true;
}

function takeBackPoint(view) {
  measuring.points.pop();
  drawMeasure(view);
}

/** Metres along places on the globe, as Leaflet counts them. */
function lengthAlong(points) {
  return points.slice(1).reduce((metres, point, i) => metres + points[i].distanceTo(point), 0);
}

function drawMeasure(view) {
  const { points, lines, box } = measuring;
  if (!box) return;
  lines.clearLayers();
  const renderer = (measuring.renderer ??= L.svg({ pane: "measure", padding: 0.3 }));
  const shared = { renderer, pane: "measure", interactive: false };
  if (points.length > 1) {
    L.polyline(points, { ...shared, color: ink("casing"), weight: 6, opacity: 0.9 }).addTo(lines);
    L.polyline(points, { ...shared, color: ink("measured"), weight: 3 }).addTo(lines);
  }
  for (const point of points) {
    L.circleMarker(point, { ...shared, radius: 5, color: ink("measured"), weight: 2.5, fillColor: ink("casing"), fillOpacity: 1 }).addTo(lines);
  }
  box.hidden = !measuring.on;
  box.replaceChildren(
    el("p", {}, points.length > 1
      ? [t("In a straight line:"), " ", el("strong", {}, formatMetres(lengthAlong(points)))]
      : t("Click on the map, or move it by arrows and press Enter: the first place, then the next.")),
    el("p", { class: "tools" },
      el("button", { type: "button", id: "measure-back", class: "plain", disabled: !points.length, click: () => takeBackPoint(view) },
        t("Take back the last point")),
      el("button", { type: "button", id: "measure-end", class: "plain", click: () => toggleMeasuring(view) }, t("Finish"))));
}

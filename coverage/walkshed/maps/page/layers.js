// What lies over the ground: hexagons, service areas, doors, posts, names of places.

const isAfter = () => state.scenario === "after";

/** The column of a table that the chosen scenario is told by. */
function column(table, name) {
  const counted = isCounted() && columnOf(walksShown(), table, name);
  if (counted) return counted;
  return table.columns[isAfter() && table.columns[name + "_after"] ? name + "_after" : name];
}

/** The scenario of a table's polygons that is shown: those of today where it has no others. */
function polygonsShown({ scenario }) {
  return isAfter() && scenario.includes("after") ? "after" : "existing";
}

function makePane(map, name, order, passive) {
  const pane = map.createPane(name);
  pane.style.zIndex = order;
  if (passive) pane.style.pointerEvents = "none";
  return name;
}

function showLayer(view, entry, shown) {
  if (entry.shown === shown) return;
  entry.shown = shown;
  if (shown) entry.layer.addTo(view.map);
  else entry.layer.remove();
}

/** Rings of one feature as Leaflet wants them; holes and further parts are told by even-odd. */
function rings(shape, feature) {
  const found = [];
  for (let part = shape.firstPart[feature]; part < shape.firstPart[feature + 1]; part++) {
    const ring = [];
    for (let i = shape.first[part]; i < shape.first[part + 1]; i++) {
      ring.push(unproject(shape.x[i], shape.y[i]));
    }
    found.push(ring);
  }
  return found;
}

function hexagonLayer(map, table, shape, onClick, pane = "hexagons") {
  makePane(map, pane, 350);
  map.getPane(pane).classList.add("hexagons");
  const renderer = L.canvas({ pane, padding: 0.3 });
  const group = L.featureGroup();
  const cells = table.ids.map((id, place) => L.polygon(rings(shape, place), { renderer, pane })
    .on("click", (event) => onClick(place, event))
    .addTo(group));
  const looks = []; // of each cell: only those that change are drawn again
  group.recolour = () => {
    const shares = column(table, `share_within_${state.band}`);
    const near = isNear(map); // houses are told apart then, and show their own minutes
    const fillOpacity = near ? 0.4 : between(map.getZoom(), 11, 14, 0.85, 0.65);
    const weight = between(map.getZoom(), 11, 14, 0.25, 1);
    cells.forEach((cell, place) => {
      const fillColor = shareColour(shares[place]);
      const color = ink("cell-edge");
      const look = `${fillColor} ${fillOpacity} ${weight} ${color}`;
      if (looks[place] !== look) cell.setStyle({ fillColor, fillOpacity, color, weight, opacity: 0.7 });
      looks[place] = look;
    });
  };
  map.on("zoomend", group.recolour);
  group.recolour();
  return group;
}

/** Outlines of the ground within each limit, cased; `isFilled()` tells whether other colours lie below. */
function serviceAreaLayer(map, areas, shape, isFilled, pane = "areas") {
  makePane(map, pane, 360, true);
  const renderer = L.svg({ pane, padding: 0.3 });
  const group = L.layerGroup();
  group.recolour = () => {
    const scenario = polygonsShown(areas);
    const thin = between(map.getZoom(), 12, 14.5, 0.5, 1); // outlines run around every block
    const fillOpacity = isFilled() ? 0 : between(map.getZoom(), 12, 15, 0.16, 0.08); // classes of the ground keep their colours
    group.clearLayers();
    const shown = areas.limits.map((limit, place) => ({ limit, place, lines: rings(shape, place) }))
      .filter(({ place }) => areas.scenario[place] === scenario).sort((one, other) => other.limit - one.limit);
    const draw = (lines, style) => L.polygon(lines, { renderer, pane, interactive: false, ...style }).addTo(group);
    for (const { limit, lines } of shown) {
      const { color, weight, dashArray } = areaStyle(limit);
      draw(lines, { color: ink("casing"), weight: (weight + 2.4) * thin, opacity: 0.8, fillColor: color, fillOpacity });
      draw(lines, { color, weight: weight * thin, dashArray, fill: false });
    }
  };
  group.recolour();
  map.on("zoomend", group.recolour);
  return group;
}

/** Borders between the ground nearest to one post and to another. */
function catchmentLayer(map, table, shape, pane = "catchments") {
  makePane(map, pane, 358, true);
  const renderer = L.svg({ pane, padding: 0.3 });
  const group = L.layerGroup();
  group.recolour = () => {
    const scenario = polygonsShown(table);
    group.clearLayers();
    table.scenario.forEach((name, place) => {
      if (name !== scenario) return;
      L.polygon(rings(shape, place), { ...catchmentStyle(), renderer, pane, interactive: false })
        .addTo(group);
    });
  };
  group.recolour();
  return group;
}

/** Residents whose nearest post it is, as counted at doors; null where nothing is told. */
function catchmentResidents(id, scenario) {
  const table = data.catchments;
  const place = table ? table.posts.findIndex((post, i) => post === id && table.scenario[i] === scenario) : -1;
  return place < 0 ? null : table.residents[place];
}

function areaStyle(limit) {
  const place = allLimits().indexOf(limit);
  const line = Math.min(Math.max(place, 0), AREA_LINES.length - 1);
  return { ...AREA_LINES[line], color: ink(`area-${line}`) };
}

function neighbourhoodLayer(map, shape, count) {
  makePane(map, "neighbourhoods", 355, true);
  const renderer = L.svg({ pane: "neighbourhoods", padding: 0.3 });
  const group = L.featureGroup();
  for (let place = 0; place < count; place++) {
    L.polygon(rings(shape, place), {
      renderer, pane: "neighbourhoods", interactive: false, fill: false, color: ink("border"), weight: 1.4,
      dashArray: "2 4",
    }).addTo(group);
  }
  group.recolour = () => group.setStyle({ color: ink("border") });
  return group;
}

// ---- doors

/** Whether the map is near enough for houses to be told apart. */
function isNear(map) {
  return map.getZoom() >= 15;
}

/** Colour of a door by the number of its band; beyond all bands, and not reached, come after. */
function doorColour(number) {
  const beyond = number - bands().length;
  return ink(beyond < 0 ? `door-${Math.min(number, 2)}` : ["door-beyond", "door-lost"][beyond]);
}

async function unpackDoors(doors) {
  const { shape, ...streams } = doors;
  const unpacked = { shape: await unpackShape(shape), ...await unpackAll(streams) };
  if (unpacked.cell) unpacked.cell = running(unpacked.cell);
  return unpacked;
}

function doorBands(doors) {
  if (isCounted()) return bandsOfDoors(walksShown());
  return (isAfter() && doors.band_after) || doors.band;
}

/** Show doors only when the map is near: at half zooms the nearer tiles are drawn smaller. */
function followZoom(map, pane = "doors") {
  const follow = () => { map.getPane(pane).style.display = isNear(map) ? "" : "none"; };
  map.on("zoomend", follow);
  follow();
}

/** Doors as dots coloured by the band they are in, from the zoom where they can be told apart. */
function doorSteps(doors) {
  return (zoom) => (zoom < 15 ? [] : [(context, tile, z) => {
    const band = doorBands(doors);
    const isThere = (door) => band[door] >= 0; // of two states that are compared, a house may be in one
    const radius = between(z, 15, 18, 2.3, 5.5);
    context.setLineDash([]);
    context.lineWidth = 0.8;
    context.strokeStyle = ink("casing");
    eachPart(doors.shape, tile, (door) => {
      if (!isThere(door)) return;
      context.beginPath();
      const x = (doors.shape.x[door] - tile.x) * tile.scale;
      const y = (doors.shape.y[door] - tile.y) * tile.scale;
      context.arc(x, y, radius, 0, 7);
      context.fillStyle = doorColour(band[door]);
      context.fill();
      context.stroke();
    });
  }]);
}

/** The door nearest to a place on the map, within a finger's width; -1 where there is none. */
function doorAt(map, doors, latlng) {
  const scale = 256 * 2 ** map.getZoom();
  const x = mercatorX(latlng.lng);
  const y = mercatorY(latlng.lat);
  const reach = 14 / scale;
  let best = -1;
  let nearest = reach * reach;
  const around = { left: x - reach, right: x + reach, top: y - reach, bottom: y + reach };
  eachPart(doors.shape, around, (door) => {
    const distance = (doors.shape.x[door] - x) ** 2 + (doors.shape.y[door] - y) ** 2;
    if (distance <= nearest) { nearest = distance; best = door; }
  });
  return best;
}

// ---- posts

function sign(content, size, anchor, name) {
  return L.divIcon({ html: content, className: name, iconSize: size, iconAnchor: anchor });
}

/** A marker that can be reached and pressed by keyboard, named by plain text. */
function marker(at, icon, order, name, onClick, move = null) {
  const made = L.marker(at, { icon, zIndexOffset: order, riseOnHover: true, draggable: Boolean(move), autoPan: Boolean(move) });
  if (move) {
    const place = () => { const { lat, lng } = made.getLatLng(); return [lat, lng]; };
    let hold;
    made.on("dragstart", () => { hold = move.lift(); });
    made.on("drag", () => hold(place()));
    made.on("dragend", () => move.drop(place()));
    moveByKeys(made, move);
  }
  made.on("click", onClick);
  made.on("keydown", ({ originalEvent }) => {
    if (originalEvent.key !== "Enter" && originalEvent.key !== " ") return;
    originalEvent.preventDefault();
    onClick();
  });
  made.relabel = () => {
    const node = made.getElement();
    if (!node) return;
    node.setAttribute("aria-label", name());
    node.title = name();
    if (move) node.dataset.post = move.id;
  };
  made.on("add", made.relabel);
  return made;
}

const isApproximate = (post) => post.location_precision !== "exact" && post.location_precision !== "address";

function postName(post) {
  const number = post.number ? ` № ${post.number}` : "";
  return inLanguage(post.names) || kindName(post.kind) + number;
}

/** Posts as the chosen scenario has them; those the reader may move can be dragged. */
function postLayer(map, posts, onClick, moves) {
  makePane(map, "radius", 380, true);
  const renderer = L.svg({ pane: "radius", padding: 0.3 });
  const group = L.featureGroup();
  group.redraw = () => {
    group.clearLayers();
    posts.forEach((post, place) => {
      if (!standsNow(post)) return;
      const tried = triedPost(post.id);
      const at = tried ? tried.at : post.at;
      const moved = tried && tried.at !== post.at;
      const hollow = isApproximate(post) && !moved;
      if (hollow && post.radius > 0) {
        L.circle(at, {
          radius: post.radius, renderer, pane: "radius", interactive: false, color: ink("existing"), weight: 1.2,
          opacity: 0.65, dashArray: "4 5", fill: false,
        }).addTo(group);
      }
      const size = post.kind === "department" ? 30 : 24;
      const status = tried && !tried.open ? "closed" : moved ? "planned" : post.status;
      const icon = sign(postSign(post.kind, status, hollow, size), [size, size], [size / 2, size / 2], "sign");
      marker(at, icon, 0, () => postName(post), () => onClick(place), moves && moves(post.id)).addTo(group);
    });
    for (const { id, at, kind } of newPosts()) {
      const icon = sign(postSign(kind, "planned", false, 28), [28, 28], [14, 14], "sign");
      marker(at, icon, 2000, () => triedName(triedPost(id)), () => onClick(id), moves && moves(id)).addTo(group);
    }
  };
  group.redraw();
  return group;
}

/** Sites of the plan that is shown; hollow while not built, or not yet. */
function proposedLayer(onClick, moves) {
  const group = L.featureGroup();
  group.redraw = () => {
    group.clearLayers();
    plannedSites().forEach((site) => {
      const tried = triedPost(site.site);
      const built = tried ? tried.open : isAfter() && !site.later;
      const icon = sign(pinSign(site.rank, built, 32), [32, 43], [16, 42], "sign pin");
      marker(tried ? tried.at : site.at, icon, 1000 - site.rank, () => siteName(site), () => onClick(site.site),
        moves && moves(site.site)).addTo(group);
    });
  };
  group.redraw();
  return group;
}

function siteName(site) {
  return t("Proposed post {rank}", { rank: site.rank });
}

// ---- names of places: text that never overlaps, the lowest rank first

const PlaceNames = L.Layer.extend({
  /** signs(): places of signs and how far up they stand; covered(): boxes that lie over the map. */
  initialize(places, signs, covered) {
    Object.assign(this, { places, signs, covered });
  },

  onAdd(map) {
    this.box = L.DomUtil.create("div", "places leaflet-zoom-hide", map.getPane("places"));
    map.on("moveend zoomend resize", this.place, this);
    this.place();
  },

  onRemove(map) {
    map.off("moveend zoomend resize", this.place, this);
    this.box.remove();
  },

  place() {
    const map = this._map;
    const size = map.getSize();
    const taken = this.signs().map(([at, up]) => around(map.latLngToContainerPoint(at).add([0, up]), 16, up ? 22 : 15));
    taken.push(...this.covered());
    this.box.replaceChildren();
    this.taken = taken;
    for (const [latitude, longitude, rank, own] of this.places) {
      const name = nameIn(own);
      if (rank > map.getZoom() - 9) continue;
      const at = map.latLngToContainerPoint([latitude, longitude]);
      if (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y) continue;
      const half = 6 + Math.min(name.length, 24) * (rank <= 2 ? 4.6 : 3.8);
      const box = [0, 24, -24, 46, -46].map((lower) => around(at.add([0, lower]), half, 10))
        .find((place) => !taken.some((other) => overlap(place, other)));
      if (!box) continue;
      taken.push(box);
      const label = el("div", { class: rank <= 2 ? "place large" : "place" }, el("span", {}, name));
      const middle = L.point(at.x, (box[1] + box[3]) / 2);
      L.DomUtil.setPosition(label, map.containerPointToLayerPoint(middle).round());
      this.box.append(label);
    }
  },
});

/** Where signs of posts and pins of sites stand in the shown scenario: [place, how far up]. */
function signsShown() {
  const now = (id, at) => triedPost(id)?.at || at; // where the reader has put it
  return [
    ...[...data.posts, ...newPosts()].map(({ id, at }) => [now(id, at), 0]),
    ...plannedSites().map(({ site, at }) => [now(site, at), -21]),
  ];
}

function around(at, half, height) {
  return [at.x - half, at.y - height, at.x + half, at.y + height];
}

function overlap(one, other) {
  return one[0] < other[2] && one[2] > other[0] && one[1] < other[3] && one[3] > other[1];
}

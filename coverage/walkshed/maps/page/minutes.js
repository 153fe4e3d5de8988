// Walking time on the ground: streets coloured as far as some minutes reach, or by their minutes.
//
// Streets are cut where the time is up: the seconds at both ends of an edge are known, and those of
// any place between. The soft fill beside them is a drawing: from each street the time grows at
// walking speed for at most `BESIDE_M`, and stops at water, rivers and railways.

const FILL_CELL = 2; // pixels of the screen to a cell of the fill
const EDGES_AT_ONCE = 6000;
const BESIDE_M = 110;
const SURFACE_STEPS = [5, 10, 15, 20, 25, 30]; // minutes
const NEAR_COLOURS = ["#3f7fbf", "#74a9d8", "#aecfea", "#d5e5f3"];
const FAR_COLOURS = ["#fde4bf", "#f9bd77", "#ee9341", "#d96a16", "#b34a08"];
const REACH_COLOUR = "#2b6cb0";
const REACH_EDGE = "#0b2f5c";

state.minutes = null; // what the slider says; at first the limit of the planning band

const minutesShown = () => state.minutes ?? Math.min(MINUTES_MOST, Math.round(planningBand().limits[0]));
const canWalkMinutes = () => Boolean(data.walk) && !isInMetres();

/** Colours of the classes of minutes: blue within the widest limit of the standard, orange beyond. */
function surfaceClasses() {
  const widest = allLimits().at(-1);
  const near = SURFACE_STEPS.filter((step) => step <= widest).length || 1;
  return SURFACE_STEPS.map((step, place) => ({
    from: place ? SURFACE_STEPS[place - 1] : 0, to: step,
    colour: place < near ? NEAR_COLOURS[Math.min(place, NEAR_COLOURS.length - 1)]
      : FAR_COLOURS[Math.min(place - near, FAR_COLOURS.length - 1)],
  }));
}

// ---- seconds at places on edges

/** Posts on each edge: edge -> [{share, access}]. */
function postsOnEdges(places) {
  const on = new Map();
  for (const { edge, share, access } of places) {
    if (edge < 0) continue;
    if (!on.has(edge)) on.set(edge, []);
    on.get(edge).push({ share, access });
  }
  return on;
}

/** Seconds from a place on an edge to the nearest post. */
function secondsAt({ found }, edge, share, posts) {
  const { u, v, forward, backward } = trying.study.network;
  let best = Math.min(found.seconds[u[edge]] + shareOf(share, backward[edge]),
    found.seconds[v[edge]] + shareOf(1 - share, forward[edge]));
  for (const post of posts || []) {
    const ahead = post.share - share;
    const along = ahead >= 0 ? shareOf(ahead, forward[edge]) : shareOf(-ahead, backward[edge]);
    best = Math.min(best, post.access + along);
  }
  return best;
}

/** Whether nobody may walk an edge: never, or in what is being tried. */
function isShut({ closed }, edge) {
  const { forward, backward } = trying.study.network;
  return closed.has(edge) || (forward[edge] === Infinity && backward[edge] === Infinity);
}

/** Stretches of an edge, as shares from and to, within some seconds of a post. */
function stretchesWithin({ found }, edge, seconds, posts) {
  const { u, v, forward, backward } = trying.study.network;
  const part = (left, whole) => (left < 0 ? -1 : left >= whole ? 1 : left / whole);
  const byU = part(seconds - found.seconds[u[edge]], backward[edge]);
  const byV = part(seconds - found.seconds[v[edge]], forward[edge]);
  if (byU >= 1 || byV >= 1 || (byU >= 0 && byV >= 0 && byU + byV >= 1)) return [[0, 1]];
  const parts = [];
  if (byU > 0) parts.push([0, byU]);
  for (const { share, access } of posts || []) {
    if (access > seconds) continue;
    parts.push([Math.max(0, share - part(seconds - access, forward[edge])), Math.min(1, share + part(seconds - access, backward[edge]))]);
  }
  if (byV > 0) parts.push([1 - byV, 1]);
  return united(parts);
}

function united(stretches) {
  const joinedUp = [];
  for (const [from, to] of stretches.sort(([one], [other]) => one - other)) {
    const last = joinedUp.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joinedUp.push([from, to]);
  }
  return joinedUp;
}

// ---- the fill beside streets

/** Empty cells of a view: seconds, and metres from the nearest street, both infinite. */
function emptyFill({ width, height }) {
  return { seconds: new Float32Array(width * height).fill(Infinity), beside: new Float32Array(width * height).fill(Infinity) };
}

/** Write the seconds of some streets into the cells they run through. */
function fillStreets({ seconds, beside }, edges, walks, streets, { width, height, x: left, y: top, scale }) {
  const { u, v, forward, backward } = trying.study.network;
  const node = walks.found.seconds;
  const onEdges = postsOnEdges(walks.places);
  for (const edge of edges) {
    if (isShut(walks, edge)) continue;
    const posts = onEdges.get(edge);
    const [atU, atV, there, back] = [node[u[edge]], node[v[edge]], forward[edge], backward[edge]];
    if (atU === Infinity && atV === Infinity && !posts) continue;
    const length = streets.length[edge] || 1;
    let along = 0;
    for (let i = streets.first[edge]; i < streets.first[edge + 1] - 1; i++) {
      const x = (streets.x[i] - left) * scale;
      const y = (streets.y[i] - top) * scale;
      const dx = (streets.x[i + 1] - streets.x[i]) * scale;
      const dy = (streets.y[i + 1] - streets.y[i]) * scale;
      const step = Math.sqrt(dx * dx + dy * dy);
      const pieces = Math.ceil(step) || 1;
      for (let piece = 0; piece <= pieces; piece++) {
        const part = piece / pieces;
        const column = Math.floor(x + part * dx);
        const row = Math.floor(y + part * dy);
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const share = Math.min(1, (along + (part * step) / scale) / length);
        const time = posts ? secondsAt(walks, edge, share, posts)
          : Math.min(atU + shareOf(share, back), atV + shareOf(1 - share, there));
        const cell = row * width + column;
        if (time < seconds[cell]) { seconds[cell] = time; beside[cell] = 0; }
      }
      along += step / scale;
    }
  }
}

/** Let the time grow from streets over the cells beside them: two sweeps, there and back. */
function spread({ seconds, beside }, { width, height, metres }, blocked) {
  const most = Math.max(BESIDE_M, 2.5 * metres);
  const side = (metres * 3.6) / trying.study.speed_kmh;
  const reach = (cell, other, far) => {
    const off = beside[other] + far * metres;
    const time = seconds[other] + far * side;
    if (time < seconds[cell] && off <= most) { seconds[cell] = time; beside[cell] = off; }
  };
  const from = (cell, row, sign, isFirst, isLast) => {
    if (blocked[cell] && beside[cell] > 0) return;
    if (!isFirst) reach(cell, cell - sign, 1);
    if (!row) return;
    const above = cell - sign * width;
    reach(cell, above, 1);
    if (!isFirst) reach(cell, above - sign, Math.SQRT2);
    if (!isLast) reach(cell, above + sign, Math.SQRT2);
  };
  for (let row = 0, cell = 0; row < height; row++) {
    for (let column = 0; column < width; column++, cell++) from(cell, row > 0, 1, column === 0, column === width - 1);
  }
  for (let row = height - 1, cell = width * height - 1; row >= 0; row--) {
    for (let column = width - 1; column >= 0; column--, cell--) from(cell, row < height - 1, -1, column === width - 1, column === 0);
  }
}

/** Cells of a view that water, rivers or railways lie on: 1, else 0. */
function blockedCells(barriers, { width, height, x, y, scale }) {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  const tile = { x, y, scale, left: x, top: y, right: x + width / scale, bottom: y + height / scale };
  context.lineWidth = 1.5;
  for (const shape of barriers) {
    for (const from of slices(shape)) {
      trace(context, shape, tile, shape.isArea, from);
      if (shape.isArea) context.fill("evenodd");
      else context.stroke();
    }
  }
  const { data: pixels } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, cell) => (pixels[cell * 4 + 3] > 60 ? 1 : 0));
}

// ---- the layer

/** One canvas over the view. `scenario` and `mode` ("reach", "surface") are asked at each drawing. */
const MinutesLayer = L.Renderer.extend({
  initialize(streets, options) {
    L.Renderer.prototype.initialize.call(this, { padding: 0.05, ...options });
    this.streets = streets;
  },

  _initContainer() {
    this._container = L.DomUtil.create("canvas", "minutes");
  },

  _destroyContainer() {
    this.view = this.turn = this.filling = this._bounds = this.seconds = null;
    this._container.remove();
    delete this._container;
  },

  /** The view moved: what is painted moves along until the new view is ready. */
  _update() {
    if (!this._bounds) this.place(this.viewed());
    this.fill(this.viewed());
  },

  /** Walk anew: the scenario or its posts changed. Asked faster than it is done, the last one counts. */
  recolour() {
    if (!this._container) return;
    if (this.filling) this.again = true;
    else this.fill(this.view);
  },

  /** Fill a view, a slice at a time, so that the page never stands still; then show it. */
  fill(view) {
    const turn = this.filling = {};
    this.again = false;
    const walks = walksShown(this.options.scenario());
    const cells = emptyFill(view.cells);
    const soon = (work) => enqueue(() => { if (this.filling === turn && this._container) work(); });
    soon(() => { view.blocked ||= blockedCells(trying.barriers, view.cells); });
    for (let from = 0; from < view.seen.length; from += EDGES_AT_ONCE) {
      soon(() => fillStreets(cells, view.seen.slice(from, from + EDGES_AT_ONCE), walks, this.streets, view.cells));
    }
    soon(() => spread(cells, view.cells, view.blocked));
    soon(() => {
      this.filling = null;
      if (view !== this.view) this.place(view);
      this.walks = walks;
      this.seconds = cells.seconds;
      this.repaint();
      if (this.again) this.recolour();
    });
  },

  _reset() {
    this._onZoom();
    this._update();
  },

  /** What is in sight: where it lies, its cells, and the edges in it. */
  viewed() {
    const map = this._map;
    const size = map.getSize();
    const low = map.containerPointToLayerPoint(size.multiplyBy(-this.options.padding)).round();
    const bounds = new L.Bounds(low, low.add(size.multiplyBy(1 + 2 * this.options.padding)).round());
    const { x: width, y: height } = bounds.getSize();
    const scale = 256 * 2 ** map.getZoom();
    const corner = map.getPixelOrigin().add(low);
    const frame = { x: corner.x / scale, y: corner.y / scale, scale, width, height };
    const [latitude] = unproject(frame.x, frame.y + height / 2 / scale);
    return {
      bounds, frame, center: map.getCenter(), zoom: map.getZoom(), seen: edgesWithin(this.streets, frame),
      cells: {
        ...frame, scale: scale / FILL_CELL, width: Math.ceil(width / FILL_CELL), height: Math.ceil(height / FILL_CELL),
        metres: (FILL_CELL * 40075016.686 * Math.cos((latitude * Math.PI) / 180)) / scale,
      },
    };
  },

  /** Lay the canvas over a view. */
  place(view) {
    this.view = view;
    this.seconds = null;
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const { width, height } = view.frame;
    [this._bounds, this._center, this._zoom] = [view.bounds, view.center, view.zoom];
    this._container.style.transform = "";
    L.DomUtil.setPosition(this._container, view.bounds.min);
    Object.assign(this._container, { width: width * ratio, height: height * ratio });
    Object.assign(this._container.style, { width: `${width}px`, height: `${height}px` });
    this.ratio = ratio;
  },

  /** Paint anew: only the minutes or the mode changed. */
  repaint() {
    if (!this._container || !this.seconds) return;
    const context = this._container.getContext("2d");
    const { ratio, view: { cells, frame: { width, height } } } = this;
    const painted = paintFill(this.seconds, cells, this.walks.scale, this.options.mode(), this._zoom);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = true;
    context.drawImage(painted, 0, 0, cells.width * FILL_CELL, cells.height * FILL_CELL);
    this.paintStreets(context);
  },

  /** Streets over the fill, cut where the time is up. Long lists are painted in slices. */
  paintStreets(context) {
    const mode = this.options.mode();
    const steps = [...streetSteps(mode)].reverse();
    const zoom = this._zoom;
    const seen = mode === "surface" && zoom < 14 ? [] : this.view.seen; // from afar the fill tells it
    const turn = this.turn = {};
    const onEdges = postsOnEdges(this.walks.places);
    context.lineJoin = "round";
    const slice = (from) => {
      for (const { minutes, least, colour } of steps) {
        for (const kind of [0, 1, 2]) {
          const lines = new Path2D();
          let any = false;
          for (let i = from; i < Math.min(seen.length, from + EDGES_AT_ONCE); i++) {
            const edge = seen[i];
            if ((this.streets.flags[edge] & 3) !== kind) continue;
            any = this.traceWithin(lines, edge, minutes, least, onEdges.get(edge)) || any;
          }
          if (!any) continue;
          context.strokeStyle = colour;
          context.lineWidth = between(zoom, 12, 18, [0.4, 0.6, 1][kind], [3, 7, 10][kind]);
          context.stroke(lines);
        }
      }
    };
    slice(0);
    for (let from = EDGES_AT_ONCE; from < seen.length; from += EDGES_AT_ONCE) enqueue(() => { if (this.turn === turn) slice(from); });
  },

  /** Add the stretches of an edge within `minutes` to a path, unless all of it is within `least`. */
  traceWithin(lines, edge, minutes, least, posts) {
    const { walks, streets } = this;
    if (isShut(walks, edge)) return false;
    const limit = (minutes * 60 + 1e-6) / walks.scale;
    if (least > 0) {
      const nearer = stretchesWithin(walks, edge, (least * 60) / walks.scale, posts);
      if (nearer.length && nearer[0][0] === 0 && nearer[0][1] === 1) return false;
    }
    const stretches = stretchesWithin(walks, edge, limit, posts);
    for (const [from, to] of stretches) traceStretch(lines, streets, edge, from, to, this.view.frame);
    return stretches.length > 0;
  },
});

/** Edges whose box touches a view. */
function edgesWithin({ box, edges }, { x, y, scale, width, height }) {
  const seen = [];
  for (let b = 0, edge = 0; edge < edges; edge++, b += 4) {
    if (box[b] <= x + width / scale && box[b + 2] >= x && box[b + 1] <= y + height / scale && box[b + 3] >= y) seen.push(edge);
  }
  return seen;
}

/** Add the part of an edge from one share of its length to another to a path, in pixels. */
function traceStretch(lines, streets, edge, from, to, { x, y, scale }) {
  const { first, length } = streets;
  const put = (px, py, begin) => lines[begin ? "moveTo" : "lineTo"]((px - x) * scale, (py - y) * scale);
  let along = 0;
  let begun = false;
  const last = first[edge + 1] - 1;
  for (let i = first[edge]; i < last; i++) {
    const dx = streets.x[i + 1] - streets.x[i];
    const dy = streets.y[i + 1] - streets.y[i];
    const step = Math.hypot(dx, dy);
    const start = from * length[edge] - along;
    const end = to * length[edge] - along;
    along += step;
    if (start >= step && to < 1) continue;
    if (end < 0) break;
    const [a, b] = step > 0 ? [Math.min(1, Math.max(0, start / step)), Math.min(1, end / step)] : [0, 1];
    if (!begun) put(streets.x[i] + a * dx, streets.y[i] + a * dy, true);
    begun = true;
    put(streets.x[i] + b * dx, streets.y[i] + b * dy, false);
  }
}

/** Classes of minutes to be painted, the nearest first: {minutes, least, colour of streets}. */
function streetSteps(mode) {
  if (mode === "reach") return [{ minutes: minutesShown(), least: 0, colour: REACH_COLOUR }];
  return surfaceClasses().map(({ from, to, colour }) => ({ minutes: to, least: from, colour }));
}

function darker(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(part * 0.78)).join(" ")})`;
}

/** The fill as a small picture, one pixel a cell. */
function paintFill(seconds, { width, height }, scale, mode, zoom) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = fillColours(mode, zoom); // by tenths of a minute
  const perTenth = scale / 6;
  const limit = (minutesShown() * 60) / scale;
  const edge = rgba(REACH_EDGE, 230);
  for (let cell = 0; cell < seconds.length; cell++) {
    const inside = seconds[cell] <= limit;
    // the line where the time of the slider is up
    if (inside !== seconds[cell + 1] <= limit || inside !== seconds[cell + width] <= limit) pixels[cell] = edge;
    else {
      const tenth = Math.ceil(seconds[cell] * perTenth - 1e-6);
      if (tenth < table.length) pixels[cell] = table[tenth];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** A colour as the bytes of a pixel. */
function rgba(colour, alpha) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Colours of the fill by tenths of a minute, as the bytes of a pixel. */
function fillColours(mode, zoom) {
  if (mode === "reach") return new Uint32Array(minutesShown() * 10 + 1).fill(rgba(REACH_COLOUR, Math.round(between(zoom, 13, 16, 90, 50))));
  const classes = surfaceClasses();
  return Uint32Array.from({ length: classes.at(-1).to * 10 + 1 }, (_, tenth) =>
    rgba(classes.find(({ to }) => tenth <= to * 10).colour, Math.round(between(zoom, 13, 16, 205, 80))));
}

/** Streets with the box and the length of each edge, as the layer needs them. */
function measuredStreets(streets) {
  const { first, x, y, edges } = streets;
  const { box } = boxes(first, x, y);
  const length = new Float64Array(edges);
  for (let edge = 0; edge < edges; edge++) {
    for (let i = first[edge]; i < first[edge + 1] - 1; i++) length[edge] += Math.hypot(x[i + 1] - x[i], y[i + 1] - y[i]);
  }
  return { ...streets, box, length };
}

function minutesLayer(map, streets, mode, pane = mode, scenario = () => state.scenario) {
  makePane(map, pane, 352, true);
  map.getPane(pane).classList.add("hexagons"); // lies on the ground as they do
  return new MinutesLayer(streets, { pane, mode: () => mode, scenario });
}

// ---- legend

function reachKeys() {
  return [key(lineSign({ color: REACH_COLOUR, weight: 2 }, REACH_COLOUR), t("streets and the ground beside them; the limit is set by the slider"))];
}

function surfaceKeys() {
  return [key(lineSign({ color: darker(surfaceClasses()[0].colour), weight: 2 }, surfaceClasses()[0].colour),
    t("blue: within the widest limit of the standard; orange: beyond it"))];
}

function ramp(title, ...children) {
  return el("div", { class: "ramp" }, data.schematic && el("span", { class: "badge" }, t("schematic")), el("p", {}, title), ...children);
}

function reachRamp() {
  return ramp(t("Ground within {limit} of a post on foot", { limit: formatMinutes(minutesShown(), 0) }));
}

function surfaceRamp() {
  return ramp(t("Minutes on foot to the nearest post"),
    el("div", { class: "steps" }, surfaceClasses().map(({ from, to, colour }) => el("span", {},
      el("i", { style: `background:${colour}` }), `${from}–${to}`))));
}

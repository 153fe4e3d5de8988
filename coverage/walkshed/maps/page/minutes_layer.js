// Walking time on the ground as one canvas over the view; `minutes_ground.js` says what it shows.

const FILL_CELL = 2; // pixels of the screen to a cell of the fill
const EDGES_AT_ONCE = 6000;

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
    soon(() => spread(cells, view.cells, view.blocked, trying.study.speed_kmh));
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
        metres: (FILL_CELL * worldMetres(latitude)) / scale,
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
      for (const { most, least, colour } of steps) {
        for (const kind of [0, 1, 2]) {
          const lines = new Path2D();
          let any = false;
          for (let i = from; i < Math.min(seen.length, from + EDGES_AT_ONCE); i++) {
            const edge = seen[i];
            if ((this.streets.flags[edge] & 3) !== kind) continue;
            any = this.traceWithin(lines, edge, most, least, onEdges.get(edge)) || any;
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

  /** Add the stretches of an edge within the limit `most` to a path, unless all of it is within `least`. */
  traceWithin(lines, edge, most, least, posts) {
    const { walks, streets } = this;
    if (isShut(streets.network, walks, edge)) return false;
    const { seconds: unit } = walkUnit();
    const limit = (most * unit + 1e-6) / walks.scale;
    if (least > 0) {
      const nearer = stretchesWithin(streets.network, walks, edge, (least * unit) / walks.scale, posts);
      if (nearer.length && nearer[0][0] === 0 && nearer[0][1] === 1) return false;
    }
    const stretches = stretchesWithin(streets.network, walks, edge, limit, posts);
    for (const [from, to] of stretches) traceStretch(lines, streets, edge, from, to, this.view.frame);
    return stretches.length > 0;
  },
});

function minutesLayer(map, streets, mode, pane = mode, scenario = () => state.scenario) {
  makePane(map, pane, 352, true);
  map.getPane(pane).classList.add("hexagons"); // lies on the ground as they do
  return new MinutesLayer(streets, { pane, mode: () => mode, scenario });
}

// ---- the fill as a picture

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

/** The fill as a small picture, one pixel a cell. */
function paintFill(seconds, { width, height }, scale, mode, zoom) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = fillColours(mode, zoom);
  const { seconds: unit, grain } = walkUnit();
  const limit = (limitShown() * unit) / scale;
  const perGrain = scale / grain;
  const edge = rgba(ink("reach-edge"), 230);
  for (let cell = 0; cell < seconds.length; cell++) {
    const inside = seconds[cell] <= limit;
    // the line where the limit of the slider ends
    if (inside !== seconds[cell + 1] <= limit || inside !== seconds[cell + width] <= limit) pixels[cell] = edge;
    else {
      const place = Math.ceil(seconds[cell] * perGrain - 1e-6);
      if (place < table.length) pixels[cell] = table[place];
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

// Packed geometry is read back into typed arrays and drawn on canvas tiles, a slice a frame.

const PER_DEGREE = 500000;
const TILE = 512;
const RUN = 32; // parts that share one bounding box
const SLICE = 64; // runs drawn in one go
const PAUSE = 40000; // vertices read in one go

/** Zigzag varints, deflated, in base64 -> whole numbers. */
async function unpackIntegers(text) {
  const letters = atob(text);
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] < 128) count++; // the last byte of a number
  const values = new Int32Array(count);
  for (let at = 0, i = 0; i < count; i++) {
    let byte = bytes[at++];
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      byte = bytes[at++];
      value |= (byte & 127) << shift;
    }
    values[i] = (value >>> 1) ^ -(value & 1);
  }
  return values;
}

/** Streams by name, all at once: the browser inflates them beside the page's own thread. */
async function unpackAll(streams) {
  const names = Object.keys(streams);
  const values = await Promise.all(names.map((name) => unpackIntegers(streams[name])));
  return Object.fromEntries(names.map((name, place) => [name, values[place]]));
}

/** A packed layer -> features, their parts, and vertices on a Mercator world of width 1. */
async function unpackShape(shape) {
  const stream = await unpackIntegers(shape.stream);
  const features = stream[0];
  const firstPart = sums(stream.subarray(1, 1 + features));
  const parts = firstPart[features];
  const first = sums(stream.subarray(1 + features, 1 + features + parts));
  const vertices = first[parts];
  const steps = 1 + features + parts;
  const x = new Float64Array(vertices);
  const y = new Float64Array(vertices);
  let east = 0;
  let north = 0;
  for (let i = 0; i < vertices; i++) {
    if (i % PAUSE === PAUSE - 1) await pause();
    east += stream[steps + i];
    north += stream[steps + vertices + i];
    x[i] = mercatorX(data.origin[0] + east / PER_DEGREE);
    y[i] = mercatorY(data.origin[1] + north / PER_DEGREE);
  }
  return { features, firstPart, first, x, y, ...boxes(first, x, y) };
}

/** Let the page answer its reader before going on. */
function pause() {
  return new Promise((resolve) => { setTimeout(resolve); });
}

function sums(lengths) {
  const total = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) total[i + 1] = total[i] + lengths[i];
  return total;
}

function mercatorX(longitude) {
  return (longitude + 180) / 360;
}

function mercatorY(latitude) {
  const sine = Math.sin((latitude * Math.PI) / 180);
  return 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
}

const EARTH_ROUND_M = 40075016.686; // along the equator

/** Metres at a latitude that the Mercator world of width 1 is wide. */
function worldMetres(latitude) {
  return EARTH_ROUND_M * Math.cos((latitude * Math.PI) / 180);
}

function unproject(x, y) {
  const latitude = (360 / Math.PI) * Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) - 90;
  return [latitude, x * 360 - 180];
}

/** Bounding boxes of parts, and of runs of parts (neighbours, as they lie along a curve). */
function boxes(first, x, y) {
  const parts = first.length - 1;
  const box = new Float64Array(parts * 4);
  const runBox = new Float64Array(Math.ceil(parts / RUN) * 4);
  for (let i = 0; i < runBox.length; i += 4) runBox.set([1, 1, 0, 0], i);
  for (let part = 0; part < parts; part++) {
    const b = part * 4;
    box.set([1, 1, 0, 0], b);
    for (let i = first[part]; i < first[part + 1]; i++) widen(box, b, x[i], y[i], x[i], y[i]);
    const run = Math.floor(part / RUN) * 4;
    widen(runBox, run, box[b], box[b + 1], box[b + 2], box[b + 3]);
  }
  return { box, runBox };
}

function widen(box, at, left, top, right, bottom) {
  if (left < box[at]) box[at] = left;
  if (top < box[at + 1]) box[at + 1] = top;
  if (right > box[at + 2]) box[at + 2] = right;
  if (bottom > box[at + 3]) box[at + 3] = bottom;
}

function apart(box, at, tile) {
  return box[at] > tile.right || box[at + 2] < tile.left
    || box[at + 1] > tile.bottom || box[at + 3] < tile.top;
}

/** Call `visit` with each part that may touch a tile, from one run of parts up to another. */
function eachPart(shape, tile, visit, from = 0, to = Infinity) {
  const parts = shape.first.length - 1;
  for (let run = from; run < to && run * RUN < parts; run++) {
    if (apart(shape.runBox, run * 4, tile)) continue;
    const end = Math.min(parts, (run + 1) * RUN);
    for (let part = run * RUN; part < end; part++) {
      if (!apart(shape.box, part * 4, tile)) visit(part);
    }
  }
}

/** The feature of polygons that a place [latitude, longitude] lies in, by even-odd; null in none of them. */
function featureAt({ features, firstPart, first, box, x: xs, y: ys }, [latitude, longitude]) {
  const [x, y] = [mercatorX(longitude), mercatorY(latitude)];
  const point = { left: x, right: x, top: y, bottom: y };
  for (let feature = features - 1; feature >= 0; feature--) { // of two that overlap the later one, which is drawn above
    let inside = false;
    for (let part = firstPart[feature]; part < firstPart[feature + 1]; part++) {
      if (apart(box, part * 4, point)) continue;
      for (let i = first[part], j = first[part + 1] - 1; i < first[part + 1]; j = i++) {
        if ((ys[i] > y) !== (ys[j] > y) && x < ((xs[j] - xs[i]) * (y - ys[i])) / (ys[j] - ys[i]) + xs[i]) inside = !inside;
      }
    }
    if (inside) return feature;
  }
  return null;
}

/** Add a layer's lines or rings to the canvas path, in the pixels of a tile. */
function trace(context, shape, tile, closed, from) {
  const { first, x, y, box } = shape;
  const unseen = 0.4 / tile.scale; // a ring smaller than this colours no pixel
  context.beginPath();
  eachPart(shape, tile, (part) => {
    if (closed && box[part * 4 + 2] - box[part * 4] < unseen && box[part * 4 + 3] - box[part * 4 + 1] < unseen) return;
    let lastX = Infinity;
    let lastY = Infinity;
    const end = first[part + 1] - 1;
    for (let i = first[part]; i <= end; i++) {
      const px = (x[i] - tile.x) * tile.scale;
      const py = (y[i] - tile.y) * tile.scale;
      if (lastX === Infinity) context.moveTo(px, py);
      else if (i < end && Math.abs(px - lastX) + Math.abs(py - lastY) < 0.8) continue;
      else context.lineTo(px, py);
      lastX = px;
      lastY = py;
    }
    if (closed) context.closePath();
  }, from, from + SLICE);
}

// ---- how the ground looks, in the order it is drawn: receding, so that results stand out

const between = (zoom, low, high, narrow, wide) =>
  narrow + (wide - narrow) * Math.min(1, Math.max(0, (zoom - low) / (high - low)));

const GROUND_PAINT = [
  { layer: "green", fill: "green", from: 10 },
  { layer: "water", fill: "water", from: 8 },
  { layer: "rivers", stroke: "river", from: 10, width: (z) => between(z, 11, 17, 1.4, 7) },
  { layer: "buildings", fill: "house", from: 15 },
  { layer: "path", stroke: "path", from: 15, width: (z) => between(z, 14, 18, 0.8, 2) },
  { layer: "minor", stroke: "street-edge", from: 14, width: (z) => between(z, 14, 18, 2.4, 11) },
  { layer: "major", stroke: "major-edge", from: 13, width: (z) => between(z, 13, 18, 3.2, 16) },
  { layer: "minor", stroke: "thin", from: 12, to: 13, width: (z) => between(z, 12, 13, 0.6, 0.9) },
  { layer: "minor", stroke: "street", from: 14, width: (z) => between(z, 14, 18, 1.3, 9) },
  { layer: "major", stroke: "far", from: 8, to: 12, width: (z) => between(z, 9, 12, 0.8, 1.6) },
  { layer: "major", stroke: "major", from: 13, width: (z) => between(z, 13, 18, 1.8, 14) },
];

const RAIL_PAINT = [
  { layer: "rail", stroke: "rail", from: 8, width: (z) => between(z, 10, 17, 1.8, 4.6) },
  { layer: "rail", stroke: "rail-gap", from: 11, dash: [7, 7], width: (z) => between(z, 11, 17, 0.8, 2.8) },
];

function paint(context, step, shape, tile, zoom, from) {
  trace(context, shape, tile, Boolean(step.fill), from);
  if (step.fill) {
    context.fillStyle = ink(step.fill);
    context.fill();
    return;
  }
  context.lineCap = step.dash ? "butt" : "round";
  context.lineJoin = "round";
  context.strokeStyle = ink(step.stroke);
  context.lineWidth = step.width(zoom);
  context.setLineDash(step.dash || []);
  context.stroke();
}

// ---- drawing in slices, so that a zoom never blocks the page

const jobs = [];
let working = false;

function workUntil(deadline) {
  while (jobs.length && performance.now() < deadline) jobs.shift()();
  working = jobs.length > 0;
  if (working) requestAnimationFrame(() => workUntil(performance.now() + 10));
}

function enqueue(work) {
  jobs.push(work);
  if (!working) {
    working = true;
    requestAnimationFrame(() => workUntil(performance.now() + 10));
  }
}

/** A Leaflet layer whose tiles are drawn by a list of painting steps. */
const CanvasTiles = L.GridLayer.extend({
  initialize(steps, options) {
    this.steps = steps;
    L.setOptions(this, { tileSize: TILE, updateWhenZooming: false, keepBuffer: 1, ...options });
  },

  createTile(coords, done) {
    const canvas = document.createElement("canvas");
    // On paper twice as sharp; more, and Chromium shifts tiles cut by the page in its PDF.
    const sharpness = matchMedia("print").matches ? 2 : window.devicePixelRatio || 1;
    const ratio = Math.min(2, Math.max(1, sharpness));
    canvas.width = canvas.height = TILE * ratio;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    const tile = tileFrame(coords);
    const steps = this.steps(coords.z);
    canvas.wanted = true;
    for (const step of steps) {
      enqueue(() => { if (canvas.wanted) step(context, tile, coords.z); });
    }
    enqueue(() => done(null, canvas));
    canvas.again = () => {
      canvas.stale = false;
      context.clearRect(0, 0, TILE, TILE);
      for (const step of steps) step(context, tile, coords.z);
    };
    return canvas;
  },

  /** Draw the tiles that touch a box anew, each once however often it is asked for before. */
  repaint(box = { left: 0, top: 0, right: 1, bottom: 1 }) {
    for (const { el: canvas, coords } of Object.values(this._tiles || {})) {
      const tile = tileFrame(coords);
      const isApart = tile.left > box.right || tile.right < box.left || tile.top > box.bottom || tile.bottom < box.top;
      if (canvas.stale || isApart) continue;
      canvas.stale = true;
      enqueue(() => { if (canvas.wanted) canvas.again(); });
    }
  },
});

function tileFrame(coords) {
  const scale = 256 * 2 ** coords.z;
  const x = (coords.x * TILE) / scale;
  const y = (coords.y * TILE) / scale;
  const edge = 10 / scale; // a wide line reaches over from the next tile
  const size = TILE / scale;
  return { x, y, scale, left: x - edge, top: y - edge, right: x + size + edge, bottom: y + size + edge };
}

function canvasTiles(steps, pane) {
  const layer = new CanvasTiles(steps, { pane, minZoom: 8, maxZoom: 19, attribution: null });
  layer.on("tileunload", (event) => { event.tile.wanted = false; });
  return layer;
}

/** The steps of a list that apply at a zoom, in slices, bound to the layers there are. */
function stepsOf(list, shapes) {
  return (zoom) => list
    .filter((step) => shapes[step.layer] && zoom >= step.from && zoom <= (step.to || 99))
    .flatMap((step) => slices(shapes[step.layer]).map((from) =>
      (context, tile, z) => paint(context, step, shapes[step.layer], tile, z, from)));
}

function slices(shape) {
  const runs = Math.ceil((shape.first.length - 1) / RUN);
  return Array.from({ length: Math.ceil(runs / SLICE) }, (_, place) => place * SLICE);
}

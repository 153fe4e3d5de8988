// Words along lines of the map: names of streets, and on the outlines of service areas their limits.
// They are placed anew for each view, a slice at a time, and never over each other, a name or a sign.

const WORD_GAP = 18; // pixels between words
const WORD_AGAIN = 420; // pixels along a line until it is named again
const LIMIT_AGAIN = 190; // pixels between marks of one limit
const LINES_AT_ONCE = 30;
const MAJOR_FROM = 14; // zooms from which streets are named
const MINOR_FROM = 16;

/** A name as the page's language has it, where the extract does. */
function nameIn(name) {
  return (data.namesIn[state.language] || {})[name] || name;
}

// ---- streets of one name as lines

/** Lines [{name, kind, x, y, box}] of the Mercator world, the largest streets first. */
async function namedLines(streets) {
  const edgesOf = new Map();
  for (let edge = 0; edge < streets.edges; edge++) {
    const kind = streets.flags[edge] & 3;
    if (!kind || !streets.names[streets.name[edge]]) continue;
    const key = streets.name[edge] * 4 + kind;
    if (!edgesOf.has(key)) edgesOf.set(key, []);
    edgesOf.get(key).push(edge);
  }
  const lines = [];
  let until = performance.now() + 10;
  for (const [key, edges] of edgesOf) {
    if (performance.now() > until) { await pause(); until = performance.now() + 10; }
    for (const legs of edgesJoined(edges, streets.network)) {
      lines.push({ name: streets.names[key >> 2], kind: key & 3, ...vertexLine(legs, streets) });
    }
  }
  return lines.sort((one, other) => other.kind - one.kind || other.long - one.long);
}

/** Edges joined end to end, each used once: lists of {edge, ahead}, begun where streets end. */
function edgesJoined(edges, { u, v }) {
  const at = new Map();
  const meet = (node) => { if (!at.has(node)) at.set(node, []); return at.get(node); };
  for (const edge of edges) { meet(u[edge]).push(edge); meet(v[edge]).push(edge); }
  const left = new Set(edges);
  const lines = [];
  const follow = (start, begun) => {
    const legs = [];
    for (let node = start, edge = begun; edge !== undefined; edge = at.get(node).find((one) => left.has(one))) {
      left.delete(edge);
      legs.push({ edge, ahead: u[edge] === node });
      node = u[edge] === node ? v[edge] : u[edge];
    }
    lines.push(legs);
  };
  for (const [node, there] of at) for (const edge of there.length === 2 ? [] : there) if (left.has(edge)) follow(node, edge);
  for (const edge of edges) if (left.has(edge)) follow(u[edge], edge);
  return lines;
}

function vertexLine(legs, streets) {
  const [x, y] = [[], []];
  for (const { edge, ahead } of legs) {
    const [from, to] = [streets.first[edge], streets.first[edge + 1] - 1];
    for (let i = x.length ? 1 : 0; i <= to - from; i++) {
      const vertex = ahead ? from + i : to - i;
      x.push(streets.x[vertex]);
      y.push(streets.y[vertex]);
    }
  }
  const box = [1, 1, 0, 0];
  x.forEach((east, i) => widen(box, 0, east, y[i], east, y[i]));
  return { x: Float64Array.from(x), y: Float64Array.from(y), box, long: box[2] - box[0] + box[3] - box[1] };
}

// ---- places of words

/** A line in the pixels of a view, with the length up to each vertex; vertices far outside are left out. */
function lineInView({ x, y }, { left, top, scale, width, height }) {
  const parts = [];
  let part = null;
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [(x[i] - left) * scale, (y[i] - top) * scale];
    if (px < -300 || py < -300 || px > width + 300 || py > height + 300) { part = null; continue; }
    if (!part) parts.push(part = { x: [], y: [], along: [] });
    const last = part.x.length - 1;
    const step = last < 0 ? 0 : Math.hypot(px - part.x[last], py - part.y[last]);
    part.along.push(last < 0 ? 0 : part.along[last] + step);
    part.x.push(px);
    part.y.push(py);
  }
  return parts.filter(({ x: { length } }) => length > 1);
}

/** The place some pixels along a line. */
function placeAlong({ x, y, along }, at) {
  let i = 1;
  while (i < along.length - 1 && along[i] < at) i++;
  const step = along[i] - along[i - 1];
  const part = step > 0 ? (at - along[i - 1]) / step : 0;
  return [x[i - 1] + part * (x[i] - x[i - 1]), y[i - 1] + part * (y[i] - y[i - 1])];
}

/** Words that are placed: which ground they take. */
function takenGround(boxes) {
  const cells = new Map();
  const key = (x, y) => Math.floor(x / WORD_GAP) * 65536 + Math.floor(y / WORD_GAP);
  return {
    isFree: ([x, y]) => {
      if (boxes.some(([left, top, right, bottom]) => x > left - 5 && x < right + 5 && y > top - 5 && y < bottom + 5)) return false;
      for (const dx of [-WORD_GAP, 0, WORD_GAP]) {
        for (const dy of [-WORD_GAP, 0, WORD_GAP]) {
          if ((cells.get(key(x + dx, y + dy)) || []).some(([ox, oy]) => Math.hypot(ox - x, oy - y) < WORD_GAP)) return false;
        }
      }
      return true;
    },
    take: ([x, y]) => { const cell = key(x, y); cells.set(cell, [...(cells.get(cell) || []), [x, y]]); },
  };
}

/** Where a word of some width may stand on a line: places of its letters and their turns; null if nowhere. */
function lettersAlong(line, middle, widths, whole) {
  const start = middle - whole / 2;
  if (start < 2 || start + whole > line.along.at(-1) - 2) return null;
  const [[x0, y0], [x1, y1]] = [placeAlong(line, start), placeAlong(line, start + whole)];
  if (Math.hypot(x1 - x0, y1 - y0) < 0.93 * whole) return null; // too bent to be read
  const isBack = x1 < x0;
  let at = 0;
  let before = null;
  const letters = [];
  for (const width of widths) {
    const mid = at + width / 2;
    const place = isBack ? start + whole - mid : start + mid;
    const [[ax, ay], [bx, by]] = [placeAlong(line, place - 6), placeAlong(line, place + 6)];
    const turn = Math.atan2(by - ay, bx - ax) + (isBack ? Math.PI : 0);
    if (before !== null && Math.abs(Math.sin((turn - before) / 2)) > 0.22) return null;
    before = turn;
    letters.push([...placeAlong(line, place), turn]);
    at += width;
  }
  return letters;
}

// ---- the layer

const MapWords = L.Layer.extend({
  /** lines: of streets; taken(): boxes that other names and signs take; outlines(): [{text, ink, line}] to be marked. */
  initialize(lines, { taken, outlines }) {
    Object.assign(this, { lines, taken, outlines, widths: new Map() });
  },

  onAdd(map) {
    this.box = L.DomUtil.create("div", "leaflet-zoom-hide", map.getPane("words"));
    map.on("moveend zoomend resize", this.place, this);
    this.place();
  },

  onRemove(map) {
    map.off("moveend zoomend resize", this.place, this);
    this.box.remove();
  },

  /** Place words anew, a slice at a time; those of before stay until all are there. */
  place() {
    const map = this._map;
    if (!map) return;
    const { x: width, y: height } = map.getSize();
    const zoom = map.getZoom();
    const scale = 256 * 2 ** zoom;
    const low = map.containerPointToLayerPoint([0, 0]);
    const corner = map.getPixelOrigin().add(low);
    const view = { left: corner.x / scale, top: corner.y / scale, scale, width, height };
    const ratio = Math.min(2, onPaper.matches ? 2 : window.devicePixelRatio || 1);
    const canvas = el("canvas", { width: width * ratio, height: height * ratio, style: `width:${width}px;height:${height}px` });
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    const work = { view, pen, zoom, ground: takenGround(this.taken()), said: [] };
    const turn = this.turn = {};
    const soon = (step) => enqueue(() => { if (this.turn === turn) step(); });
    soon(() => this.markOutlines(work));
    const seen = zoom < MAJOR_FROM ? [] : this.lines.filter(({ kind, box }) => (kind === 2 || zoom >= MINOR_FROM)
      && box[0] <= view.left + width / scale && box[2] >= view.left && box[1] <= view.top + height / scale && box[3] >= view.top);
    for (let from = 0; from < seen.length; from += LINES_AT_ONCE) {
      soon(() => { for (const line of seen.slice(from, from + LINES_AT_ONCE)) this.nameLine(work, line); });
    }
    soon(() => {
      this.box.replaceChildren(canvas);
      L.DomUtil.setPosition(canvas, low);
      window.walkshed.words = work.said; // for whoever checks
    });
  },

  recolour() {
    this.place();
  },

  widthsOf(pen, text) {
    const key = `${pen.font} ${text}`;
    if (!this.widths.has(key)) this.widths.set(key, [...text].map((letter) => pen.measureText(letter).width));
    return this.widths.get(key);
  },

  nameLine({ view, pen, zoom, ground, said }, { name, kind, x, y }) {
    const text = nameIn(name);
    pen.font = `${kind === 2 ? "600 " : ""}${between(zoom, 15, 18, 10.5, 13)}px ${PICTURE.font}`;
    const widths = this.widthsOf(pen, text);
    const whole = widths.reduce((sum, width) => sum + width, 0);
    for (const line of lineInView({ x, y }, view)) {
      const length = line.along.at(-1);
      if (length < whole + 8) continue;
      for (let middle = whole / 2 + 4; middle < length - whole / 2; middle += 24) {
        const letters = lettersAlong(line, middle, widths, whole);
        const spots = letters && letters.filter((_, i) => i % 2 === 0 || i === letters.length - 1);
        if (!spots || !spots.every((spot) => isInside(spot, view) && ground.isFree(spot))) continue;
        spots.forEach(ground.take);
        writeLetters(pen, text, letters);
        said.push(text);
        middle += WORD_AGAIN;
      }
    }
  },

  /** Limits on the outlines of service areas, upright, some way from each other. */
  markOutlines({ view, pen, ground, said }) {
    pen.font = `700 12px ${PICTURE.font}`;
    const marked = new Map();
    for (const { text, colour, x, y } of this.outlines()) {
      if (!marked.has(text)) marked.set(text, []);
      const isNear = (px, py) => marked.get(text).some((mark) => Math.hypot(mark[0] - px, mark[1] - py) < LIMIT_AGAIN);
      const half = pen.measureText(text).width / 2 + 4;
      for (const line of lineInView({ x, y }, view)) {
        if (line.along.at(-1) < 120) continue;
        for (let along = 30; along < line.along.at(-1); along += 12) {
          const [px, py] = placeAlong(line, along);
          const spots = [-half, 0, half].map((aside) => [px + aside, py]);
          if (isNear(px, py) || !spots.every((spot) => isInside(spot, view) && ground.isFree(spot))) continue;
          spots.forEach(ground.take);
          marked.get(text).push([px, py]);
          said.push(text);
          pen.fillStyle = ink("casing");
          pen.strokeStyle = colour;
          pen.lineWidth = 1.4;
          pen.beginPath();
          pen.roundRect(px - half, py - 8.5, 2 * half, 17, 5);
          pen.fill();
          pen.stroke();
          pen.fillStyle = colour;
          pen.textAlign = "center";
          pen.textBaseline = "middle";
          pen.fillText(text, px, py + 0.5);
          along += WORD_AGAIN;
        }
      }
    }
  },
});

function isInside([x, y], { width, height }) {
  return x > 6 && y > 6 && x < width - 6 && y < height - 6;
}

/** Letters one by one along a line: all halos first, so that none covers a letter. */
function writeLetters(pen, text, letters) {
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 3;
  pen.strokeStyle = ink("halo");
  pen.fillStyle = ink("street-name");
  for (const write of ["strokeText", "fillText"]) {
    [...text].forEach((letter, i) => {
      const [x, y, turn] = letters[i];
      pen.save();
      pen.translate(x, y);
      pen.rotate(turn);
      pen[write](letter, 0, 0);
      pen.restore();
    });
  }
}

/** Outlines of the service areas that are shown: [{text, colour, x, y}], the widest limit last. */
function shownOutlines(view) {
  const areas = view.layers.find(({ id, shown }) => id === "areas" && shown);
  if (!areas || swipe.at !== null) return []; // beside the bar they would be of one side only
  const { limits, scenario } = data.serviceAreas;
  const wanted = polygonsShown(data.serviceAreas);
  const shape = view.serviceAreas;
  return limits.flatMap((limit, place) => (scenario[place] === wanted ? outlinesOf(shape, place, limit) : []))
    .sort((one, other) => one.limit - other.limit);
}

function outlinesOf(shape, place, limit) {
  const found = [];
  const { color: colour } = areaStyle(limit);
  for (let part = shape.firstPart[place]; part < shape.firstPart[place + 1]; part++) {
    const [from, to] = [shape.first[part], shape.first[part + 1]];
    found.push({ limit, text: `${formatNumber(limit)}\u00a0${unitName()}`, colour, x: shape.x.subarray(from, to), y: shape.y.subarray(from, to) });
  }
  return found;
}

/** Put the layer of words on the map: above the ground and its classes, below names of places and signs. */
function addMapWords(view) {
  makePane(view.map, "words", 585, true);
  const taken = () => (view.names ? view.names.taken : boxesOver(view));
  view.words = new MapWords([], { taken, outlines: () => shownOutlines(view) }).addTo(view.map);
}

/** Name the streets: from afar none is, so that their lines are joined once the page can be used. */
async function nameStreets(view) {
  if (!view.streets) return;
  view.words.lines = await namedLines(view.streets);
  view.words.place();
}

/** Boxes that lie over the map, in its pixels: no name is to stand under them. */
function boxesOver({ box, ramp, credit }) {
  const { left, top } = box.getBoundingClientRect();
  return [...ramp.children, credit, ...box.querySelectorAll(".leaflet-control")].map((node) => node.getBoundingClientRect())
    .map((over) => [over.left - left, over.top - top, over.right - left, over.bottom - top]);
}

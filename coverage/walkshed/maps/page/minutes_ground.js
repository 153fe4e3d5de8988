// Minutes on the ground: how far along each street some seconds reach, and the ground beside it.
// Only numbers: no page, no map.
//
// Streets are cut where the time is up: the seconds at both ends of an edge are known, and those of
// any place between. The soft fill beside them is a drawing: from each street the time grows at
// walking speed for at most `BESIDE_M`, and stops at water, rivers and railways.
//
// `walks` are {found: {seconds} at nodes, places: posts on edges, closed: Set of edges}; `streets`
// are the shapes of edges {first, x, y, length} with their `network`.

const BESIDE_M = 110;

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
function secondsAt({ u, v, forward, backward }, { found }, edge, share, posts) {
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
function isShut({ forward, backward }, { closed }, edge) {
  return closed.has(edge) || (forward[edge] === Infinity && backward[edge] === Infinity);
}

/** Stretches of an edge, as shares from and to, within some seconds of a post. */
function stretchesWithin({ u, v, forward, backward }, { found }, edge, seconds, posts) {
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
  const { network } = streets;
  const { u, v, forward, backward } = network;
  const node = walks.found.seconds;
  const onEdges = postsOnEdges(walks.places);
  for (const edge of edges) {
    if (isShut(network, walks, edge)) continue;
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
        const time = posts ? secondsAt(network, walks, edge, share, posts)
          : Math.min(atU + shareOf(share, back), atV + shareOf(1 - share, there));
        const cell = row * width + column;
        if (time < seconds[cell]) { seconds[cell] = time; beside[cell] = 0; }
      }
      along += step / scale;
    }
  }
}

/** Let the time grow from streets over the cells beside them: two sweeps, there and back. */
function spread({ seconds, beside }, { width, height, metres }, blocked, speed_kmh) {
  const most = Math.max(BESIDE_M, 2.5 * metres);
  const side = (metres * 3.6) / speed_kmh;
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

// ---- edges as lines

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

// Where a place on the map meets the street: the nearest piece that may be stepped onto and that no
// water or railway lies before. Walls and fences, which `walkshed run` goes around, are not known here.

const CELL = 1 / 2 ** 17; // of the Mercator world: some 300 m at the equator

/** Streets by the squares of a grid they touch. */
function streetGrid(streets) {
  const cells = new Map();
  for (let edge = 0; edge < streets.edges; edge++) {
    if (!(streets.flags[edge] & MAY_STEP_ON)) continue;
    for (let i = streets.first[edge]; i < streets.first[edge + 1] - 1; i++) {
      const [column0, column1] = [Math.floor(streets.x[i] / CELL), Math.floor(streets.x[i + 1] / CELL)];
      const [row0, row1] = [Math.floor(streets.y[i] / CELL), Math.floor(streets.y[i + 1] / CELL)];
      for (let column = Math.min(column0, column1); column <= Math.max(column0, column1); column++) {
        for (let row = Math.min(row0, row1); row <= Math.max(row0, row1); row++) {
          const cell = column * 2 ** 20 + row;
          if (!cells.has(cell)) cells.set(cell, []);
          cells.get(cell).push(edge, i);
        }
      }
    }
  }
  return cells;
}

/**
 * {edge, share, access, metres, foot} of the street that a place [latitude, longitude] meets, or null.
 * closed: edges that it does not meet. foot: [longitude, latitude] on the street.
 */
function meetStreet(streets, grid, [latitude, longitude], { snapMax, metresPerSecond, barriers, closed = null }) {
  const x = mercatorX(longitude);
  const y = mercatorY(latitude);
  const metre = 1 / worldMetres(latitude); // in Mercator units
  const reach = snapMax * metre;
  const found = [];
  for (let column = Math.floor((x - reach) / CELL); column <= Math.floor((x + reach) / CELL); column++) {
    for (let row = Math.floor((y - reach) / CELL); row <= Math.floor((y + reach) / CELL); row++) {
      const pieces = grid.get(column * 2 ** 20 + row) || [];
      for (let k = 0; k < pieces.length; k += 2) {
        if (closed && closed.has(pieces[k])) continue;
        const foot = footOn(streets, pieces[k + 1], x, y);
        if (foot.distance <= reach) found.push({ edge: pieces[k], ...foot });
      }
    }
  }
  found.sort((one, other) => one.distance - other.distance || one.edge - other.edge);
  const met = found.find((foot) => !barriers.some((shape) => crosses(shape, x, y, foot.x, foot.y)));
  if (!met) return null;
  const metres = met.distance / metre;
  const foot = unproject(met.x, met.y).reverse().map((degrees) => Number(degrees.toFixed(7)));
  return { edge: met.edge, share: shareAt(streets, met), access: metres / metresPerSecond, metres, foot };
}

/** The point of one piece of street that is nearest to a place. */
function footOn({ x: xs, y: ys }, i, x, y) {
  const [dx, dy] = [xs[i + 1] - xs[i], ys[i + 1] - ys[i]];
  const length = dx * dx + dy * dy;
  const along = length > 0 ? Math.max(0, Math.min(1, ((x - xs[i]) * dx + (y - ys[i]) * dy) / length)) : 0;
  const foot = { i, along, x: xs[i] + along * dx, y: ys[i] + along * dy };
  return { ...foot, distance: Math.hypot(foot.x - x, foot.y - y) };
}

function shareAt(streets, { edge, i, along }) {
  let before = 0;
  let whole = 0;
  for (let k = streets.first[edge]; k < streets.first[edge + 1] - 1; k++) {
    const step = Math.hypot(streets.x[k + 1] - streets.x[k], streets.y[k + 1] - streets.y[k]);
    if (k < i) before += step;
    else if (k === i) before += along * step;
    whole += step;
  }
  return whole > 0 ? before / whole : 0;
}

/** Whether a straight leg crosses a line or ring of a shape. */
function crosses(shape, x0, y0, x1, y1) {
  const box = { left: Math.min(x0, x1), right: Math.max(x0, x1), top: Math.min(y0, y1), bottom: Math.max(y0, y1) };
  const side = (ax, ay, bx, by, cx, cy) => Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
  let hit = false;
  eachPart(shape, box, (part) => {
    const [from, to] = [shape.first[part], shape.first[part + 1]];
    const closing = shape.isArea ? 1 : 0;
    for (let i = from; i < to - 1 + closing && !hit; i++) {
      const j = i + 1 < to ? i + 1 : from;
      const [ax, ay, bx, by] = [shape.x[i], shape.y[i], shape.x[j], shape.y[j]];
      hit = side(x0, y0, x1, y1, ax, ay) !== side(x0, y0, x1, y1, bx, by)
        && side(ax, ay, bx, by, x0, y0) !== side(ax, ay, bx, by, x1, y1);
    }
  });
  return hit;
}

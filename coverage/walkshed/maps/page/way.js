// One walk: from a place to the nearest posts of a search, and the line of it along the streets.
// Only numbers: no page, no map.

/** The walk from a place to the nearest of some posts: {seconds, post, legs}; null for none. */
function walkFrom(network, posts, place, found) {
  const { edge, share, access } = place;
  if (edge < 0) return null;
  const { u, v, forward, backward } = network;
  let best = { seconds: Infinity, post: -1 };
  const offer = (seconds, post, legs) => { if (seconds < best.seconds) best = { seconds, post, legs }; };
  for (const [node, end, time] of [[u[edge], 0, shareOf(share, backward[edge])], [v[edge], 1, shareOf(1 - share, forward[edge])]]) {
    offer(found.seconds[node] + time + access, found.post[node], () => [
      { edge, from: share, to: end }, ...wayFrom(network, posts, node, found)]);
  }
  posts.forEach((post, number) => {
    if (post.edge !== edge) return;
    const ahead = post.share - share;
    const time = ahead >= 0 ? shareOf(ahead, forward[edge]) : shareOf(-ahead, backward[edge]);
    offer(time + access + post.access, number, () => [{ edge, from: share, to: post.share }]);
  });
  return best.post < 0 ? null : { seconds: best.seconds, post: best.post, legs: best.legs() };
}

/** The way from a node to the post that serves it: parts of edges, from and to as shares. */
function wayFrom({ u, v, forward, backward }, posts, start, found) {
  const legs = [];
  let node = start;
  for (let edge = found.via[node]; edge >= 0; edge = found.via[node]) {
    const ahead = u[edge] === node;
    legs.push(ahead ? { edge, from: 0, to: 1 } : { edge, from: 1, to: 0 });
    node = ahead ? v[edge] : u[edge];
  }
  const { edge, share, access } = posts[found.post[start]];
  const byStart = u[edge] === node ? access + shareOf(share, forward[edge]) : Infinity;
  const byEnd = v[edge] === node ? access + shareOf(1 - share, backward[edge]) : Infinity;
  return [...legs, { edge, from: byStart <= byEnd ? 0 : 1, to: share }];
}

/** The two nearest posts of a place: [{post, seconds, legs}, ..], the nearest first. */
function nearestTwo(network, posts, place, found) {
  const first = walkFrom(network, posts, place, found);
  if (!first) return [];
  const others = posts.map((post, number) => (number === first.post ? { ...post, edge: -1 } : post));
  const second = walkFrom(network, others, place, searchFrom(network, others));
  return second ? [first, second] : [first];
}

/** Points [x, y] along a part of an edge; shares are of its length. */
function pointsAlong({ first, x, y }, { edge, from, to }) {
  const [low, high] = [Math.min(from, to), Math.max(from, to)];
  const start = first[edge];
  const end = first[edge + 1] - 1;
  const steps = [];
  for (let i = start; i < end; i++) steps.push(Math.hypot(x[i + 1] - x[i], y[i + 1] - y[i]));
  const whole = steps.reduce((sum, step) => sum + step, 0);
  const points = [pointAt({ x, y }, start, steps, low * whole)];
  let before = 0;
  for (let i = start + 1; i < end; i++) {
    before += steps[i - 1 - start];
    if (before > low * whole && before < high * whole) points.push([x[i], y[i]]);
  }
  points.push(pointAt({ x, y }, start, steps, high * whole));
  return from <= to ? points : points.reverse();
}

function pointAt({ x, y }, start, steps, reach) {
  let left = reach;
  for (let k = 0; k < steps.length; k++) {
    if (left <= steps[k] || k === steps.length - 1) {
      const part = steps[k] > 0 ? Math.min(1, left / steps[k]) : 0;
      const i = start + k;
      return [x[i] + part * (x[i + 1] - x[i]), y[i] + part * (y[i + 1] - y[i])];
    }
    left -= steps[k];
  }
  return [x[start], y[start]];
}

/** Metres along points of the Mercator world of width 1. */
function metresAlong(points) {
  let metres = 0;
  for (let i = 1; i < points.length; i++) {
    const middle = (points[i][1] + points[i - 1][1]) / 2;
    metres += Math.hypot(points[i][0] - points[i - 1][0], points[i][1] - points[i - 1][1])
      * EARTH_ROUND_M / Math.cosh((0.5 - middle) * 2 * Math.PI);
  }
  return metres;
}

// Walks on the page's own copy of the street network: who reaches which post, in how many seconds.
// Only numbers: no page, no map. `maps/travelling.py` says what the streams hold; `maps/rounding.py`
// reads the same whole numbers in Python, so that both give the same seconds.
//
// A search runs from the posts against the direction of walking, as in `travel_times`. A place on
// an edge is {edge, share, access}: the share (0 to 1) of the edge that lies between its first node
// and the place, and the seconds of the leg beside it; edge -1 meets no street.

/** Ends, seconds and metres of edges -> a network that also knows the edges at each node. */
function makeNetwork({ nodes, u, v, forward, backward, metres = new Float64Array(u.length) }) {
  const start = new Int32Array(nodes + 1);
  for (let edge = 0; edge < u.length; edge++) {
    start[u[edge] + 1]++;
    start[v[edge] + 1]++;
  }
  for (let node = 0; node < nodes; node++) start[node + 1] += start[node];
  const fill = start.slice();
  const atNode = new Int32Array(2 * u.length);
  for (let edge = 0; edge < u.length; edge++) {
    atNode[fill[u[edge]]++] = edge;
    atNode[fill[v[edge]]++] = edge;
  }
  return { nodes, u, v, forward, backward, metres, start, atNode };
}

/**
 * Close edges and join places by new ways.
 *
 * closed: edges nobody may walk any more. links: [{from, to, seconds, metres}], both ends places on
 * edges.
 * Returns the new network; `moved`, which takes a place of the old network to the new one: an edge
 * that a link ends on is cut there, and keeps its number as its first piece; and `drawn`, which takes
 * a part {edge, from, to} of the new network back to the old one, or to a {link, from, to}.
 */
function changeStreets(network, { closed = [], links = [] }) {
  const cuts = new Map(); // edge -> [{share, node}] by share
  let nodes = network.nodes;
  const ends = links.map(({ from, to }) => [from, to].map(({ edge, share }) => {
    if (!cuts.has(edge)) cuts.set(edge, []);
    cuts.get(edge).push({ share, node: nodes });
    return nodes++;
  }));
  const added = { u: [], v: [], forward: [], backward: [], metres: [] };
  const add = (u, v, forward, backward, metres) => {
    added.u.push(u); added.v.push(v); added.forward.push(forward); added.backward.push(backward); added.metres.push(metres);
    return network.u.length + added.u.length - 1;
  };
  const u = network.u.slice();
  const v = network.v.slice();
  const forward = network.forward.slice();
  const backward = network.backward.slice();
  const metres = network.metres.slice();
  for (const edge of closed) forward[edge] = backward[edge] = Infinity;
  const pieces = new Map(); // edge -> [{edge, from, to}] by share
  const whence = new Map(); // edge of the new network -> what it is a part of: {edge, from, to}
  for (const [edge, places] of cuts) {
    places.sort((one, other) => one.share - other.share || one.node - other.node);
    const marks = [...places, { share: 1, node: v[edge] }];
    const whole = [forward[edge], backward[edge], metres[edge]];
    let before = { share: 0, node: u[edge] };
    pieces.set(edge, marks.map((mark, place) => {
      const part = mark.share - before.share;
      const seconds = whole.map((all) => shareOf(part, all));
      const piece = { edge, from: before.share, to: mark.share };
      if (place === 0) {
        v[edge] = mark.node;
        [forward[edge], backward[edge], metres[edge]] = seconds;
      } else piece.edge = add(before.node, mark.node, ...seconds);
      before = mark;
      whence.set(piece.edge, { edge, from: piece.from, to: piece.to });
      return piece;
    }));
  }
  links.forEach(({ seconds, metres: long = 0 }, place) => {
    whence.set(add(...ends[place], seconds, seconds, long), { link: place, from: 0, to: 1 });
  });
  const join = (Kind, old, more) => { const all = new Kind(old.length + more.length); all.set(old); all.set(more, old.length); return all; };
  return {
    network: makeNetwork({
      nodes,
      u: join(Int32Array, u, added.u), v: join(Int32Array, v, added.v),
      forward: join(Float64Array, forward, added.forward), backward: join(Float64Array, backward, added.backward),
      metres: join(Float64Array, metres, added.metres),
    }),
    moved(place) {
      const found = pieces.get(place.edge)?.find(({ to }) => place.share <= to);
      if (!found) return place;
      const part = found.to - found.from;
      return { ...place, edge: found.edge, share: part > 0 ? (place.share - found.from) / part : 0 };
    },
    drawn(leg) {
      const part = whence.get(leg.edge);
      if (!part) return leg;
      const at = (share) => part.from + share * (part.to - part.from);
      return { ...part, from: at(leg.from), to: at(leg.to) };
    },
  };
}

/** Seconds for a share of an edge: no share of a closed edge takes no time, any other for ever. */
function shareOf(share, seconds) {
  return share > 0 ? share * seconds : 0;
}

/**
 * Seconds from every node to the nearest of some posts, and which post that is.
 *
 * posts: places. known: {seconds} of another search: nodes that are as near to one of its posts are
 * not looked at, for the new posts change nothing behind them. limit: seconds beyond which nothing
 * is looked at. Returns seconds (infinite where not looked at), post (place in the list, -1 for
 * none), via (the edge that leads on to the post, -1 from the ends of the post's own) and the nodes
 * that were reached, in any order.
 */
function searchFrom(network, posts, known = null, limit = Infinity) {
  return makeSearch(network)(posts, known, limit);
}

/** `searchFrom` for many small searches of one network: each writes over what the last one gave. */
function makeSearch(network) {
  const { nodes, u, v, forward, backward, start, atNode } = network;
  const seconds = new Float64Array(nodes).fill(Infinity);
  const post = new Int16Array(nodes).fill(-1);
  const via = new Int32Array(nodes).fill(-1);
  const heap = makeHeap();
  let reached = [];
  return (posts, known = null, limit = Infinity) => {
    for (const node of reached) [seconds[node], post[node], via[node]] = [Infinity, -1, -1];
    reached = [];
    const offer = (node, time, from, along) => {
      if (time >= seconds[node] || time > limit || (known && time >= known.seconds[node])) return;
      if (post[node] < 0) reached.push(node);
      seconds[node] = time;
      post[node] = from;
      via[node] = along;
      heap.push(time, node);
    };
    posts.forEach(({ edge, share, access }, place) => {
      if (edge < 0) return;
      offer(u[edge], access + shareOf(share, forward[edge]), place, -1);
      offer(v[edge], access + shareOf(1 - share, backward[edge]), place, -1);
    });
    while (heap.size()) {
      const time = heap.least();
      const node = heap.pop();
      if (time > seconds[node]) continue;
      for (let i = start[node]; i < start[node + 1]; i++) {
        const edge = atNode[i];
        if (u[edge] === node) offer(v[edge], time + backward[edge], post[node], edge);
        if (v[edge] === node) offer(u[edge], time + forward[edge], post[node], edge);
      }
    }
    return { seconds, post, via, reached };
  };
}

/** A binary heap of nodes by seconds. */
function makeHeap() {
  const keys = [];
  const nodes = [];
  return {
    size: () => keys.length,
    least: () => keys[0],
    push(key, node) {
      let at = keys.length;
      keys.push(key);
      nodes.push(node);
      while (at > 0) {
        const above = (at - 1) >> 1;
        if (keys[above] <= key) break;
        keys[at] = keys[above];
        nodes[at] = nodes[above];
        at = above;
      }
      keys[at] = key;
      nodes[at] = node;
    },
    pop() {
      const first = nodes[0];
      const key = keys.pop();
      const node = nodes.pop();
      const size = keys.length;
      let at = 0;
      while (size) {
        let below = 2 * at + 1;
        if (below >= size) break;
        if (below + 1 < size && keys[below + 1] < keys[below]) below++;
        if (keys[below] >= key) break;
        keys[at] = keys[below];
        nodes[at] = nodes[below];
        at = below;
      }
      if (size) { keys[at] = key; nodes[at] = node; }
      return first;
    },
  };
}

/**
 * Doors on a network: columns edge, share, access, and the doors on each edge.
 */
function placeDoors(network, { edge, share, access }) {
  const count = edge.length;
  const start = new Int32Array(network.u.length + 1);
  for (let door = 0; door < count; door++) if (edge[door] >= 0) start[edge[door] + 1]++;
  for (let i = 0; i < network.u.length; i++) start[i + 1] += start[i];
  const fill = start.slice();
  const onEdge = new Int32Array(start[network.u.length]);
  for (let door = 0; door < count; door++) if (edge[door] >= 0) onEdge[fill[edge[door]]++] = door;
  return { count, edge, share, access, start, onEdge };
}

/** Doors taken to a network whose streets were changed. */
function moveDoors(doors, { network, moved }) {
  const edge = doors.edge.slice();
  const share = doors.share.slice();
  for (let door = 0; door < doors.count; door++) {
    const place = moved({ edge: edge[door], share: share[door] });
    edge[door] = place.edge;
    share[door] = place.share;
  }
  return placeDoors(network, { edge, share, access: doors.access });
}

/** Seconds of every door to the nearest post of a search, and which that is (-1 for none). */
function doorTimes(network, doors, posts, found) {
  const seconds = new Float64Array(doors.count).fill(Infinity);
  const post = new Int16Array(doors.count).fill(-1);
  const better = (door, time, from) => {
    if (time < seconds[door]) { seconds[door] = time; post[door] = from; }
  };
  for (let door = 0; door < doors.count; door++) offerDoor(network, doors, door, found, better);
  alongOneEdge(network, doors, posts, better);
  return { seconds, post };
}

/** Doors that a new search serves sooner: calls better(door, seconds, post) for each that may be. */
function doorsNear(network, doors, posts, found, better) {
  const seen = new Set();
  for (const node of found.reached) {
    for (let i = network.start[node]; i < network.start[node + 1]; i++) {
      const edge = network.atNode[i];
      if (doors.start[edge] === doors.start[edge + 1] || seen.has(edge)) continue;
      seen.add(edge);
      for (let k = doors.start[edge]; k < doors.start[edge + 1]; k++) {
        offerDoor(network, doors, doors.onEdge[k], found, better);
      }
    }
  }
  alongOneEdge(network, doors, posts, better);
}

/** Offer a door the ways by either end of its edge. */
function offerDoor(network, doors, door, found, better) {
  const edge = doors.edge[door];
  if (edge < 0) return;
  const share = doors.share[door];
  const access = doors.access[door];
  const { u, v, forward, backward } = network;
  better(door, found.seconds[u[edge]] + shareOf(share, backward[edge]) + access, found.post[u[edge]]);
  better(door, found.seconds[v[edge]] + shareOf(1 - share, forward[edge]) + access, found.post[v[edge]]);
}

/** Offer doors the way along their own edge, where a post stands on it too. */
function alongOneEdge(network, doors, posts, better) {
  posts.forEach(({ edge, share, access }, place) => {
    if (edge < 0) return;
    for (let k = doors.start[edge]; k < doors.start[edge + 1]; k++) {
      const door = doors.onEdge[k];
      const ahead = share - doors.share[door];
      const along = ahead >= 0 ? shareOf(ahead, network.forward[edge]) : shareOf(-ahead, network.backward[edge]);
      better(door, along + doors.access[door] + access, place);
    }
  });
}

/** Metres of streets from where one of some posts, which a search began at, is within a limit of seconds. */
function metresWithin(network, posts, { seconds }, limit) {
  const { u, v, forward, backward, metres } = network;
  const near = (left, whole) => (left < 0 ? 0 : left >= whole ? 1 : left / whole);
  const fromEnds = (edge) => [near(limit - seconds[u[edge]], backward[edge]), near(limit - seconds[v[edge]], forward[edge])];
  let total = 0;
  for (let edge = 0; edge < u.length; edge++) {
    const [byU, byV] = fromEnds(edge);
    total += metres[edge] * Math.min(1, byU + byV);
  }
  for (const edge of new Set(posts.map((post) => post.edge).filter((edge) => edge >= 0))) {
    const [byU, byV] = fromEnds(edge);
    const parts = [[0, byU], [1 - byV, 1]];
    for (const { edge: on, share, access } of posts) {
      if (on !== edge || access > limit) continue;
      parts.push([share - near(limit - access, forward[edge]), share + near(limit - access, backward[edge])]);
    }
    total += metres[edge] * (joined(parts) - Math.min(1, byU + byV));
  }
  return total;
}

/** How much of the stretch from 0 to 1 some parts of it cover together. */
function joined(parts) {
  let covered = 0;
  let end = 0;
  for (const [from, to] of parts.sort(([one], [other]) => one - other)) {
    if (to > end) { covered += Math.min(to, 1) - Math.max(from, end); end = Math.min(to, 1); }
  }
  return covered;
}

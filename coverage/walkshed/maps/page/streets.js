// The walking network unpacked: for the engine, and as streets to be drawn.

const TENTHS = 10;
const SHARES = 255;
const PEOPLE = 1000; // parts of a resident
const STREET_LAYERS = ["path", "minor", "major"];
const MAY_STEP_ON = 4;
const MAY_CLOSE = 16; // bridges, tunnels, crossings: what can be closed alone

/** The packed streets -> {network, x, y, first, flags, name}: shapes as vertices of each edge. */
async function unpackStreets(packed) {
  const read = await unpackAll(Object.fromEntries(
    Object.entries(packed).filter(([, stream]) => typeof stream === "string")));
  const { nodes, edges } = packed;
  const nodeXy = [running(read.xy.subarray(0, nodes)), running(read.xy.subarray(nodes))];
  const u = running(read.u);
  const v = read.v.map((step, edge) => u[edge] + step);
  const seconds = (tenths) => Float64Array.from(tenths, (value) => (value < 0 ? Infinity : value / TENTHS));
  const forward = seconds(read.forward);
  const backward = read.backward
    ? seconds(read.forward.map((value, edge) => value + read.backward[edge])) : forward;
  const shape = await streetShapes(nodeXy, u, v, read.bends, read.bendsXy);
  return {
    network: makeNetwork({ nodes, u, v, forward, backward }),
    ...shape, flags: read.flags, name: running(read.name), names: packed.names, edges,
  };
}

function running(steps) {
  const total = new Int32Array(steps.length);
  for (let i = 0, at = 0; i < steps.length; i++) total[i] = at += steps[i];
  return total;
}

/** Vertices of every edge, its ends among them, on the Mercator world of width 1. */
async function streetShapes([nodeX, nodeY], u, v, bends, bendsXy) {
  const first = sums(bends.map((count) => count + 2));
  const vertices = first[u.length];
  const inner = bendsXy.length / 2;
  const x = new Float64Array(vertices);
  const y = new Float64Array(vertices);
  const put = (i, east, north) => {
    x[i] = mercatorX(data.origin[0] + east / PER_DEGREE);
    y[i] = mercatorY(data.origin[1] + north / PER_DEGREE);
  };
  let bend = 0;
  for (let edge = 0; edge < u.length; edge++) {
    if (edge % 10000 === 9999) await pause();
    let east = nodeX[u[edge]];
    let north = nodeY[u[edge]];
    let i = first[edge];
    put(i++, east, north);
    for (let k = 0; k < bends[edge]; k++, bend++) {
      put(i++, east += bendsXy[bend], north += bendsXy[inner + bend]);
    }
    put(i, nodeX[v[edge]], nodeY[v[edge]]);
  }
  return { first, x, y };
}

/** Streets of one class as a layer that `trace` draws. */
function streetLayer(streets, kind) {
  const chosen = [];
  let vertices = 0;
  for (let edge = 0; edge < streets.edges; edge++) {
    if ((streets.flags[edge] & 3) !== kind) continue;
    chosen.push(edge);
    vertices += streets.first[edge + 1] - streets.first[edge];
  }
  const first = new Int32Array(chosen.length + 1);
  const x = new Float64Array(vertices);
  const y = new Float64Array(vertices);
  chosen.forEach((edge, part) => {
    const [from, to] = [streets.first[edge], streets.first[edge + 1]];
    x.set(streets.x.subarray(from, to), first[part]);
    y.set(streets.y.subarray(from, to), first[part]);
    first[part + 1] = first[part] + to - from;
  });
  const features = chosen.length;
  const firstPart = Int32Array.from({ length: features + 1 }, (_, part) => part);
  return { features, firstPart, first, x, y, ...boxes(first, x, y) };
}

/** A place of the packed data -> a place on an edge, in seconds. */
function unpackPlace({ edge, share, access }) {
  return { edge, share: share / SHARES, access: access / TENTHS };
}

/** The packed places of doors -> doors on the network. */
async function unpackDoorPlaces(network, packed) {
  const read = await unpackAll(packed);
  const edge = running(read.edge);
  const share = Float64Array.from(read.share, (part) => part / SHARES);
  const access = Float64Array.from(read.access, (time) => time / TENTHS);
  return placeDoors(network, { edge, share, access });
}

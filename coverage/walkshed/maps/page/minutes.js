// Walking on the ground, as it is coloured and told: streets and the ground beside them as far as some
// limit reaches ("reach"), or by the length of the walk ("surface"). Limits are minutes; they are metres
// where the standard is one of length, for the engine then walks by metres, one a second.

state.limit = null; // what the slider says; at first the limit of the planning band

const BY_MINUTES = { least: 1, step: 1, seconds: 60, grain: 6, classes: [5, 10, 15, 20, 25, 30], ticks: [0, 5, 10, 15, 20, 25, 30] };
const BY_METRES = { least: 100, step: 50, seconds: 1, grain: 10 };
const FARTHER_M = [1000, 1500, 2000, 2500, 3000];

/** What limits count: from `least` to `most` by `step`; seconds of the engine's in one; its classes. */
function walkUnit() {
  if (!isInMetres()) return { ...BY_MINUTES, most: BY_MINUTES.classes.at(-1) };
  const [nearest] = allLimits();
  const farther = FARTHER_M.filter((metres) => !allLimits().includes(metres) && metres > allLimits().at(-1));
  const classes = [nearest / 2, ...allLimits(), ...farther].slice(0, 6);
  const most = classes.at(-1);
  return { ...BY_METRES, classes, most, ticks: [0, 1, 2, 3, 4].map((part) => (part * most) / 4) };
}

const limitShown = () => state.limit ?? Math.min(walkUnit().most, Math.round(planningBand().limits[0]));

/** A limit of the slider in words: "10 min", "500 m". */
function formatLimit(limit) {
  return isInMetres() ? formatMetres(limit) : formatMinutes(limit);
}

/** Classes of the surface: blue within the widest limit of the standard, orange beyond. */
function surfaceClasses() {
  const { classes } = walkUnit();
  const near = classes.filter((step) => step <= allLimits().at(-1)).length || 1;
  return classes.map((to, place) => ({
    from: place ? classes[place - 1] : 0, to,
    colour: ink(place < near ? `near-${Math.min(place, 3)}` : `beyond-${Math.min(place - near, 4)}`),
  }));
}

/** Classes of walks to be painted, the nearest first: {most, least, colour of streets}. */
function streetSteps(mode) {
  if (mode === "reach") return [{ most: limitShown(), least: 0, colour: ink("reach") }];
  return surfaceClasses().map(({ from, to, colour }) => ({ most: to, least: from, colour }));
}

/** A colour as the bytes of a pixel. */
function rgba(colour, alpha) {
  const [red, green, blue] = partsOf(colour);
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Colours of the fill by grains of the walk, as the bytes of a pixel. */
function fillColours(mode, zoom) {
  const { seconds, grain } = walkUnit();
  const grains = (limit) => Math.round((limit * seconds) / grain);
  if (mode === "reach") return new Uint32Array(grains(limitShown()) + 1).fill(rgba(ink("reach"), Math.round(between(zoom, 13, 16, 90, 50))));
  const alpha = Math.round(between(zoom, 13, 16, 205, 80));
  const classes = surfaceClasses().map(({ to, colour }) => ({ last: grains(to), bytes: rgba(colour, alpha) }));
  return Uint32Array.from({ length: classes.at(-1).last + 1 }, (_, place) => classes.find(({ last }) => place <= last).bytes);
}

// ---- legend

function reachKeys() {
  return [key(lineSign({ color: ink("reach"), weight: 2 }, ink("reach")), t("streets and the ground beside them; the limit is set by the slider"))];
}

function surfaceKeys() {
  const [nearest] = surfaceClasses();
  return [key(lineSign({ color: nearest.colour, weight: 2 }, nearest.colour),
    t("blue: within the widest limit of the standard; orange: beyond it"))];
}

function reachRamp() {
  return ramp(t("Ground within {limit} of a post on foot", { limit: formatLimit(limitShown()) }));
}

function surfaceRamp() {
  return ramp(isInMetres() ? t("Metres on foot to the nearest post") : t("Minutes on foot to the nearest post"),
    surfaceClasses().map(({ from, to, colour }) => [colour, isInMetres() ? `≤${to}` : `${from}–${to}`]));
}

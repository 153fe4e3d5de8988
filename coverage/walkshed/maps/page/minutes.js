// Walking time on the ground, as it is coloured and told: streets and the ground beside them as far
// as some minutes reach ("reach"), or by their minutes ("surface").

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

/** Classes of minutes to be painted, the nearest first: {minutes, least, colour of streets}. */
function streetSteps(mode) {
  if (mode === "reach") return [{ minutes: minutesShown(), least: 0, colour: REACH_COLOUR }];
  return surfaceClasses().map(({ from, to, colour }) => ({ minutes: to, least: from, colour }));
}

function darker(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return `rgb(${parts.map((part) => Math.round(part * 0.78)).join(" ")})`;
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

// Signs of the map: the same drawings serve the map and its legend.

const EXISTING = "#1c3f6e";
const PLANNED = "#7b3294";
const CLOSED = "#6b7280";
const PROPOSED = "#c2410c";

const SHARE_CLASSES = [0, 0.2, 0.4, 0.6, 0.8, 1];
const SHARE_COLOURS = ["#fdf3bf", "#cfe8b4", "#97d4ba", "#62b5cc", "#5790c6"];
const SHARE_COLOURS_DARK = ["#5a4d22", "#3f5c30", "#22664f", "#1c7590", "#3a7fcb"];
const shareColours = () => (isDark() ? SHARE_COLOURS_DARK : SHARE_COLOURS);
const AREA_STYLES = [
  { color: "#5b1a6b", weight: 2.6, dashArray: null },
  { color: "#8a3a9c", weight: 1.9, dashArray: null },
  { color: "#a860b8", weight: 1.6, dashArray: "5 4" },
];
const CATCHMENT_STYLE = { color: "#7a3b0c", weight: 1.6, opacity: 0.9, dashArray: "7 3", fill: false };
const DOOR_COLOURS = ["#08519c", "#3f8fc5", "#a3cfe6", "#e8720c", "#7f2704"];

const SHAPES = {
  precinct_point: "M12 4a8 8 0 1 0 .01 0z",
  modular_post: "M5 5h14v14H5z",
  department: "M12 2l9 3.5v6c0 5.5-3.8 9-9 11-5.2-2-9-5.5-9-11v-6z",
  housing_point: "M12 3l9 8h-2.500v9h-13v-9H3z",
  transport_police: "M12 2.500l9.5 9.5-9.5 9.500L2.5 12z",
};
const PIN = "M15 1C7.3 1 1.5 6.7 1.5 14c0 9 13.5 24 13.5 24s13.5-15 13.5-24C28.5 6.7 22.7 1 15 1z";

function kindName(kind) {
  switch (kind) {
    case "precinct_point": return t("Precinct police point");
    case "modular_post": return t("Modular police post");
    case "department": return t("Police department");
    case "housing_point": return t("Point combined with housing");
    case "transport_police": return t("Transport police");
    default: return t("Police post");
  }
}

function statusName(status) {
  if (status === "planned") return t("planned");
  return status === "closed" ? t("closed") : t("existing");
}

function shareColour(share) {
  if (!Number.isFinite(share)) return null;
  const place = SHARE_CLASSES.findLastIndex((low) => share >= low);
  return shareColours()[Math.min(place, SHARE_COLOURS.length - 1)];
}

/** A post's sign: the shape tells the kind, the colour the status, a hollow one is approximate. */
function postSign(kind, status, hollow, size = 24) {
  const colour = { planned: PLANNED, closed: CLOSED }[status] || EXISTING;
  const shape = SHAPES[kind] || SHAPES.precinct_point;
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: shape, fill: "#fff", stroke: "#fff", "stroke-width": 4, "stroke-linejoin": "round" }),
    svg("path", {
      d: shape,
      fill: hollow ? "#fff" : colour,
      stroke: colour,
      "stroke-width": hollow ? 2.6 : 1,
      "stroke-linejoin": "round",
    }),
    status === "planned" && svg("path", {
      d: "M12 8.500v7M8.5 12h7", stroke: hollow ? colour : "#fff", "stroke-width": 2,
    }),
    status === "closed" && svg("path", {
      d: "M9 9l6 6M15 9l-6 6", stroke: hollow ? colour : "#fff", "stroke-width": 2,
    }));
}

/** A proposed post's pin with its place in the order of building; hollow while not built. */
function pinSign(label, built, size = 30) {
  return svg("svg", { viewBox: "0 0 30 40", width: size, height: (size * 4) / 3, "aria-hidden": "true" },
    svg("path", {
      d: PIN, fill: built ? PROPOSED : "#fff", stroke: built ? "#fff" : PROPOSED,
      "stroke-width": built ? 1.5 : 2.5,
    }),
    svg("text", {
      x: 15, y: 20, "text-anchor": "middle", "font-size": 15, "font-weight": 700,
      fill: built ? "#fff" : PROPOSED,
    }, String(label)));
}

function lineSign(style, fill = "none") {
  return svg("svg", { viewBox: "0 0 24 16", width: 24, height: 16, "aria-hidden": "true" },
    svg("rect", {
      x: 2, y: 2, width: 20, height: 12, rx: 3, fill, "fill-opacity": 0.16,
      stroke: style.color, "stroke-width": style.weight, "stroke-dasharray": style.dashArray,
    }));
}

function dotSign(colour) {
  return svg("svg", { viewBox: "0 0 24 16", width: 24, height: 16, "aria-hidden": "true" },
    svg("circle", { cx: 12, cy: 8, r: 4.5, fill: colour, stroke: "#fff", "stroke-width": 1 }));
}

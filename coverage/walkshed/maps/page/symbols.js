// Signs of the map: the same drawings serve the map and its legend.

const AREA_LINES = [
  { weight: 3.2, dashArray: null },
  { weight: 2.4, dashArray: "9 4" },
  { weight: 2.4, dashArray: "2 4" },
];
const catchmentStyle = () => ({ color: ink("catchment"), weight: 1.6, opacity: 0.9, dashArray: "7 3", fill: false });

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

/** A post's sign: the shape tells the kind, the colour the status, a hollow one is approximate. */
function postSign(kind, status, hollow, size = 24) {
  const colour = ink(["planned", "closed"].includes(status) ? status : "existing");
  const casing = ink("casing");
  const shape = SHAPES[kind] || SHAPES.precinct_point;
  return svg("svg", { viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true" },
    svg("path", { d: shape, fill: casing, stroke: casing, "stroke-width": 4, "stroke-linejoin": "round" }),
    svg("path", {
      d: shape,
      fill: hollow ? casing : colour,
      stroke: colour,
      "stroke-width": hollow ? 2.6 : 1,
      "stroke-linejoin": "round",
    }),
    status === "planned" && svg("path", {
      d: "M12 8.500v7M8.5 12h7", stroke: hollow ? colour : casing, "stroke-width": 2,
    }),
    status === "closed" && svg("path", {
      d: "M9 9l6 6M15 9l-6 6", stroke: hollow ? colour : casing, "stroke-width": 2,
    }));
}

/** A proposed post's pin with its place in the order of building; hollow while not built. */
function pinSign(label, built, size = 30) {
  const [proposed, casing] = [ink("proposed"), ink("casing")];
  return svg("svg", { viewBox: "0 0 30 40", width: size, height: (size * 4) / 3, "aria-hidden": "true" },
    svg("path", {
      d: PIN, fill: built ? proposed : casing, stroke: built ? casing : proposed,
      "stroke-width": built ? 1.5 : 2.5,
    }),
    svg("text", {
      x: 15, y: 20, "text-anchor": "middle", "font-size": 15, "font-weight": 700,
      fill: built ? casing : proposed,
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
    svg("circle", { cx: 12, cy: 8, r: 4.5, fill: colour, stroke: ink("casing"), "stroke-width": 1 }));
}

// What every page has: light or dark, the scale, the heading, and the pieces a panel is made of.

const darkPreferred = window.matchMedia("(prefers-color-scheme: dark)");
const onPaper = window.matchMedia("print");
const ICONS = {
  screen: "M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5",
  measure: "M2 13L13 2l5 5L7 18zM5.500 9.500l2 2M8.500 6.500l2 2M11.500 3.500l2 2",
  picture: "M2 6h4l1.500-2h5L14 6h4v10H2zM10 8a3 3 0 1 0 .01 0z",
  theme: "M10 3a7 7 0 1 0 .01 0zM10 3v14a7 7 0 0 1 0-14z",
};

/** Move the map at once, not bit by bit, for a reader whose computer is set to little motion. */
function stayStill(map) {
  if (!window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  map.options.inertia = false;
  // Leaflet reads its options `zoomAnimation` and `fadeAnimation` once, when a map is made, into these.
  Object.assign(map, { _zoomAnimated: false, _fadeAnimated: false });
  map.panBy = (offset, options) => L.Map.prototype.panBy.call(map, offset, { ...options, animate: false });
}

/** Whether the page is dark now: as the reader chose, or as the computer is set; paper never is. */
function isDark() {
  if (onPaper.matches) return false;
  return state.theme ? state.theme === "dark" : darkPreferred.matches;
}

/** Leaflet's scale bar in the reader's language. */
const Scale = L.Control.Scale.extend({
  _updateScale(bar, text, ratio) {
    const [number, unit] = text.split(" ");
    bar.style.width = `${Math.round(this.options.maxWidth * ratio)}px`;
    bar.textContent = `${formatNumber(Number(number), 0)}\u00a0${unit === "km" ? t("km") : t("m")}`;
  },
});

/** Say in the reader's language what the page, its map and the map's own buttons are; mark what is made up. */
function speakFrame(view) {
  document.documentElement.lang = state.language;
  document.title = inLanguage(data.title);
  view.box.setAttribute("role", "main");
  view.box.setAttribute("aria-label", t("Map"));
  view.panel.setAttribute("aria-label", t("Results"));
  const [nearer, farther] = view.zoom.getContainer().children;
  for (const [button, name] of [[nearer, t("Zoom in")], [farther, t("Zoom out")]]) {
    button.title = name;
    button.setAttribute("aria-label", name);
  }
  view.scale._update();
  view.credit.textContent = data.sources
    .map((source) => [inLanguage(source.name), inLanguage(source.licence)].filter(Boolean).join(", "))
    .join(" · ");
  view.marks.replaceChildren(...(data.schematic ? Array.from({ length: 5 }, () => el("span", {}, t("schematic"))) : []));
}

/** A click in a box over the map is not one on the map, even on a button that is replaced by it. */
function keepFromMap(box) {
  L.DomEvent.disableClickPropagation(box);
  box.addEventListener("click", (event) => event.stopPropagation());
}

function viewTool(name, label, pressed, click) {
  return el("button", {
    type: "button", id: `view-${name}`, "aria-label": label, title: label, click,
    "aria-pressed": pressed === null ? null : String(pressed),
  }, svg("svg", { viewBox: "0 0 20 20", width: 18, height: 18, "aria-hidden": "true" },
    svg("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": 1.7, "stroke-linejoin": "round" })));
}

// ---- the panel

/** Languages, printing, folding: the row above the title. */
function topButtons(actions) {
  const languages = [["ru", "РУС"], ["kk", "ҚАЗ"], ["en", "ENG"]];
  return [
    el("div", { class: "languages", role: "group", "aria-label": t("Language") },
      languages.filter(([code]) => data.languages.includes(code)).map(([code, name]) => el("button", {
        type: "button", id: `language-${code}`, lang: code, "aria-pressed": String(code === state.language),
        click: () => actions.speak(code),
      }, name))),
    el("button", { type: "button", id: "print", class: "plain", click: actions.print }, t("Print")),
    el("button", {
      type: "button", id: "fold", class: "plain", "aria-expanded": String(!isFolded()),
      "aria-controls": "panel-body", click: actions.fold,
    }, isFolded() ? t("Unfold") : t("Fold")),
  ];
}

function section(name, title, ...children) {
  return el("section", { class: name }, el("h2", {}, title), ...children);
}

function choice(id, label, options, chosen, choose) {
  return el("div", { class: "choice", role: "group", "aria-label": label },
    el("span", { class: "caption" }, label),
    el("div", { class: "buttons" }, options.map(([value, text, name]) => el("button", {
      type: "button", id: `${id}-${value}`, "aria-pressed": String(value === chosen), "aria-label": name,
      click: () => choose(value),
    }, text))));
}

const isFolded = () => document.body.classList.contains("folded");

function key(drawing, text) {
  return el("span", { class: "key" }, drawing, el("span", {}, text));
}

function facts(rows) {
  return el("dl", {}, rows.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

/** What colours the ground, kept in a corner of the map; steps: [[colour, text]], none for one colour; then what else it tells. */
function ramp(title, steps = [], ...more) {
  return el("div", { class: "ramp" },
    data.schematic && el("span", { class: "badge" }, t("schematic")),
    el("p", {}, title),
    steps.length > 0 && el("div", { class: "steps" }, steps.map(([colour, text]) => el("span", {},
      el("i", { style: `background:${colour}` }), text))), ...more);
}

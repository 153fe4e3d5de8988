// Printing: one page of paper, A4 or A3, with the map, its numbers, legend, scale and sources.

const MARGIN_MM = 8;
const PAPERS = { A4: [210, 297], A3: [297, 420] };
const paper = { size: "A4", turned: "landscape" };

/** Tell the browser the page's size, and the style sheet how much room there is. */
function applyPaper() {
  const [short, long] = PAPERS[paper.size];
  const [width, height] = paper.turned === "landscape" ? [long, short] : [short, long];
  const rule = document.getElementById("paper-rule") || document.head.appendChild(el("style", { id: "paper-rule" }));
  rule.textContent = `@page { size: ${width}mm ${height}mm; margin: ${MARGIN_MM}mm; }`;
  const { dataset, style } = document.documentElement;
  dataset.paper = `${paper.size}-${paper.turned}`;
  dataset.turned = paper.turned;
  style.setProperty("--paper-width", `${width - 2 * MARGIN_MM}mm`);
  style.setProperty("--paper-height", `${height - 2 * MARGIN_MM - 1}mm`);
}

function takeAway(view, actions) {
  const names = {
    "A4-landscape": t("A4, landscape"), "A4-portrait": t("A4, portrait"),
    "A3-landscape": t("A3, landscape"), "A3-portrait": t("A3, portrait"),
  };
  return section("takeaway", t("Take away"),
    el("p", { class: "tools" },
      el("label", { for: "paper" }, t("Paper")),
      el("select", {
        id: "paper",
        change: (event) => { [paper.size, paper.turned] = event.target.value.split("-"); applyPaper(); },
      }, Object.entries(names).map(([value, name]) => el("option", {
        value, selected: value === `${paper.size}-${paper.turned}` }, name))),
      el("button", { type: "button", id: "print-paper", class: "plain", click: actions.print }, t("Print")),
      el("button", { type: "button", id: "picture", class: "plain", click: () => savePicture(view) }, t("Save a picture"))));
}

/** Make the words beside the map as large as leaves the map more than half of the page. */
function fitPaper(view) {
  const { style } = document.documentElement;
  const [least, most] = [0.55, paper.size === "A3" ? 1.4 : 1];
  for (let fit = most; fit >= least; fit -= 0.05) {
    style.setProperty("--fit", fit.toFixed(2));
    const page = document.body.getBoundingClientRect();
    const enough = paper.turned === "landscape" ? 0.62 : 0.46;
    const inside = document.body.scrollHeight <= Math.ceil(page.height) + 1;
    if (inside && view.box.getBoundingClientRect().height >= enough * page.height) return;
  }
}

/** Fit the map to paper before it is printed, and back to the screen afterwards. */
function followPrinting(view) {
  const { map } = view;
  let before = null;
  applyPaper();
  onPaper.addEventListener("change", ({ matches }) => {
    applyTheme(view); // paper is light
    if (matches) {
      before = { bounds: map.getBounds(), center: map.getCenter(), zoom: map.getZoom() };
      fitPaper(view);
    }
    map.invalidateSize({ animate: false });
    if (matches) map.fitBounds(before.bounds, { animate: false, padding: [-20, -20] });
    else if (before) map.setView(before.center, before.zoom, { animate: false });
    for (const layer of view.tiles) layer.remove().addTo(map); // drawn anew, sharper on paper
    workUntil(Infinity);
  });
}

// The panel beside the map: headline numbers, proposed posts, white spots, legend, sources.

const BAND_ROWS = () => bands().map((band) => [
  t("up to {limit}", { limit: limitOf(band) }),
  (part) => withShare(part.residents_within[band.label], part.share_within[band.label]),
]);

function withShare(residents, share) {
  return [el("b", {}, formatShare(share)), " ", el("span", { class: "aside" }, formatNumber(residents))];
}

const hasAfter = () => Boolean(comparing || (data.summary.after && data.proposed.length));

function heading(actions) {
  return el("header", {},
    el("div", { class: "top" },
      ...topButtons(actions)),
    el("h1", {}, inLanguage(data.title), el("span", { class: "on-paper" }, ` · ${scenarioName()}`)),
    el("p", { class: "dated" },
      data.schematic && el("span", { class: "badge" }, t("schematic")),
      inLanguage(data.date) && t("Data as of {date}", { date: inLanguage(data.date) })));
}

function controls(actions) {
  return el("div", { class: "controls" },
    hasAfter() && choice("scenario", comparing ? t("Shown") : t("Scenario"),
      [["now", beforeName()], ["after", comparing ? afterName() : t("With new posts")], ...(data.walk ? [["whatif", t("What if")]] : [])], state.scenario, actions.setScenario),
    choice("cutoff", isInMetres() ? t("On foot, metres") : t("On foot, minutes"), bands().map((band) => [
      band.label, band.told ? inLanguage(band.told) : band.limits.join("/"), t("within {limit}", { limit: limitOf(band) }),
    ]), state.band, actions.setBand),
    swipeButton(actions));
}

function headline() {
  const now = data.summary;
  const after = afterPart();
  const chosen = isWhatIf() ? headlineOf(trying.shown) : isAfter() && after ? after : now;
  const { band } = state;
  const rows = [
    ...BAND_ROWS(),
    [t("half of residents walk at most"), (part) => [formatMinutes(part.nearest_min.median)]],
    [t("nine in ten walk at most"), (part) => [formatMinutes(part.nearest_min.p90)]],
    [t("the longest walk"), (part) => [formatMinutes(part.nearest_min.max)]],
    [t("residents not reached"), (part) => [formatNumber(part.residents_not_reached)]],
  ];
  return section("headline", t("Residents within walking distance of a police post"),
    el("p", { class: "figure" },
      el("strong", {}, formatShare(chosen.share_within[band])),
      el("span", {}, withinWords(chosen))),
    now.residents_estimated && el("p", { class: "aside", id: "estimated" },
      t("The number of residents is an estimate from the floor area of buildings.")),
    !isWhatIf() && el("table", { class: "numbers" },
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, t("Residents")),
        el("th", { scope: "col" }, beforeName()),
        after && el("th", { scope: "col" }, afterName()))),
      el("tbody", {}, rows.map(([name, cells], place) => el("tr", {
        class: bands()[place]?.label === band && "chosen",
      },
      el("th", { scope: "row" }, name),
      el("td", {}, cells(now)),
      after && el("td", {}, cells(after)))))));
}

function proposedList(actions) {
  const planned = plannedSites();
  if (!planned.length) return null;
  const limit = limitOf(planningBand());
  return section("proposals", t("Proposed posts, in the order of building"),
    el("p", { class: "aside" },
      t("Each adds residents who can walk to a post within {limit}.", { limit })),
    el("ol", { class: "rows", id: "proposed" }, planned.map(({ site: id, later }) => [plannedSite(id), later]).map(([site, later], place) => el("li", {},
      el("button", { type: "button", id: `site-${place}`, click: () => actions.showSite(site.site) },
        pinSign(site.rank, !later, 18),
        el("span", { class: "what" }, inLanguage(site.why) || site.near || siteName(site)),
        Number.isFinite(site.added) && el("span", { class: "much" }, "+" + formatNumber(site.added)))))),
    state.plan ? null : planWords());
}

function planWords() {
  const { plan } = data.summary;
  if (!plan || !plan.new_posts) return null;
  return el("p", { class: "aside", id: "plan" }, proofWords(plan, {
    posts: inLanguage(data.newPosts), model: plan.model, gap: formatShare(plan.gap || 0) }));
}

function proofWords(plan, words) {
  if (String(plan.status).toLowerCase() !== "optimal") {
    return t("{posts}: the best choice found; it is not proven optimal (gap to the bound {gap}).", words);
  }
  return (plan.measure || "residents_within") === "residents_within"
    ? t("{posts}: no other choice among the sites studied covers more residents (proven optimum, gap {gap}).", words)
    : t("{posts}: by the model {model} no other choice among the sites studied is better (proven optimum, gap {gap}).", words);
}

// ---- white spots

function whiteSpots(actions) {
  const named = data.neighbourhoods;
  const table = named || data.hexagons;
  if (!table) return null;
  const { band } = state;
  const within = column(table, `residents_within_${band}`);
  const residents = column(table, "residents");
  const places = residents.map((_, place) => place)
    .filter((place) => residents[place] > within[place])
    .sort((one, other) => residents[other] - within[other] - (residents[one] - within[one]))
    .slice(0, 10);
  return section("spots", t("Outside walking distance («white spots»)"),
    el("p", { class: "aside" }, t(
      "First come the places where most residents walk longer than {limit}. Shown: residents within, of all.",
      { limit: limitOf(chosenBand()) })),
    el("ol", { class: "rows", id: "spots" }, places.map((place, order) => el("li", {},
      el("button", { type: "button", id: `spot-${order}`, click: () => actions.showArea(named ? "neighbourhoods" : "hexagons", place) },
        el("span", { class: "swatch", style: `background:${shareColour(column(table, `share_within_${band}`)[place])}` }),
        el("span", { class: "what" }, areaName(named ? "neighbourhoods" : "hexagons", place, order + 1)),
        el("span", { class: "much" }, t("{count} of {all}", {
          count: formatNumber(within[place]), all: formatNumber(residents[place]) })))))));
}

function areaName(kind, place, order) {
  const table = data[kind];
  if (table.names) return table.names[place] || t("Neighbourhood without a name");
  return order ? t("Cell {number}", { number: order }) : t("Hexagonal cell");
}

// ---- legend and layers

function legend(layers, actions) {
  const rows = layers.map((layer) => el("div", { class: "layer", "data-layer": layer.id },
    el("label", {},
      el("input", {
        type: "checkbox", id: `layer-${layer.id}`, ...(layer.shown ? { checked: true } : {}),
        change: (event) => actions.toggle(layer, event.target.checked),
      }),
      layer.title()),
    layer.key && el("div", { class: "keys" }, layer.key())));
  return section("legend", t("Legend and layers"), rows);
}

function shareRamp() {
  return ramp(t("Residents within {limit} on foot, %", { limit: limitOf(chosenBand()) }), shareSteps());
}

function areaKeys() {
  return [
    ...allLimits().map((limit) => key(lineSign(areaStyle(limit), areaStyle(limit).color),
      `${formatNumber(limit)}\u00a0${unitName()}`)),
    el("p", { class: "aside" }, t("outlines for drawing; residents are counted at doors")),
  ];
}

function doorKeys() {
  const last = limitOf(bands().at(-1));
  return [
    ...bands().map((band, place) => key(dotSign(doorColour(place)), `≤ ${limitOf(band)}`)),
    key(dotSign(doorColour(bands().length)), `> ${last}`),
    key(dotSign(doorColour(bands().length + 1)), t("not reached")),
    el("p", { class: "aside" }, t("seen when the map is near")),
  ];
}

function postKeys() {
  const kinds = Object.keys(SHAPES).filter((kind) => data.posts.some((post) => post.kind === kind));
  const statuses = ["planned", "closed"].filter((status) => data.posts.some((post) => post.status === status));
  return [
    ...kinds.map((kind) => key(postSign(kind, "existing", false, 18), kindName(kind))),
    ...statuses.map((status) => key(postSign("precinct_point", status, false, 18), statusName(status))),
    data.posts.some(isApproximate)
      && key(postSign("precinct_point", "existing", true, 18), t("location approximate")),
    ...(isWhatIf() ? triedKeys() : []),
  ];
}

// ---- what the map is made from

// How much of the coverage rests on posts that are drawn hollow; nothing where none does.
function restingOnApproximate() {
  const band = planningBand();
  const share = (data.summary.approximate_share_of_covered || {})[band.label];
  return share > 0 && el("p", { id: "approximate", class: "warning" },
    t("Of the residents within {limit}, {share} rely on posts whose place is only approximate.",
      { limit: limitOf(band), share: formatShare(share) }));
}

function about() {
  return section("about", t("About this map"),
    data.schematic && el("p", { class: "warning" },
      t("The city on this map is made up: streets, houses and posts are not real.")),
    el("p", { id: "located" }, t("{located} of {known} known posts are on the map.", {
      located: formatNumber(data.located), known: formatNumber(data.known) })),
    restingOnApproximate(),
    inLanguage(data.standard) && el("p", { id: "standard" },
      t("Standard and speed: {standard}", { standard: inLanguage(data.standard) })),
    figures(),
    staffing(),
    el("p", {}, t("Times are measured along streets and paths from door to post. Exactly at the limit counts as within.")),
    comparedStates(),
    el("h3", {}, t("Sources")),
    el("ul", { class: "sources" }, data.sources.map((source) => el("li", {},
      [inLanguage(source.name), inLanguage(source.date), inLanguage(source.licence)].filter(Boolean).join(" · ")))));
}

/** Where the figures of the standard come from, and whether somebody has read them there. */
function figures() {
  const { name, figures: cited = [] } = data.summary.standard;
  if (!cited.length) return null;
  return el("details", { id: "figures" },
    el("summary", {}, t("Where the standard comes from")),
    el("p", {}, el("code", {}, name)),
    el("ul", { class: "sources" }, cited.map(({ key: figure, value, source, date, verified }) => el("li", { lang: "en" },
      `${figure} = ${[value].flat().join(", ")} · ${date} · ${readWords(verified)} · ${source}`))));
}

function readWords(verified) {
  return verified ? t("read in the source") : t("not read in the source");
}

function staffing() {
  const norm = data.summary.staffing;
  if (!norm) return null;
  return el("div", { id: "staffing" }, el("p", {}, t("At {norm} residents per inspector, {count} inspectors are due.", {
      norm: formatNumber(norm.residents_per_inspector), count: formatNumber(norm.inspectors) })),
    el("details", {}, el("summary", {}, t("Where the norm comes from")),
      el("p", { lang: "en" }, `${readWords(norm.verified)} · ${norm.source}`)));
}

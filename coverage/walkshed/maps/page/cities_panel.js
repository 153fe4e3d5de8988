// The panel of many cities: their sums, a table with a row for each, and what is told of one.

state.variant = data.scenarios[0].id;

/** Columns of the table: name in the data, heading, value in words, and whether a phone has room for it. */
const cityColumns = () => [
  ["residents", t("Residents"), (row) => formatNumber(row.residents), true],
  ["posts_known", t("Posts"), (row) => formatNumber(row.posts_known), false],
  ["share_within", t("Within walk, now"), (row) => el("b", {}, formatShare(row.share_within)), true],
  ...(hasPlans() ? [["share_within_after", t("With new posts"), (row) => [
    el("b", {}, formatShare(row.share_within_after)),
    row.posts_proposed > 0 && el("span", { class: "aside" }, ` +${formatNumber(row.posts_proposed)}`)], true]] : []),
  ...(hasStaff() ? [["inspectors_vacant", t("Inspectors vacant"), vacantWords, false]] : []),
];

const hasPlans = () => data.totals.some(({ posts_proposed }) => posts_proposed > 0);
const hasStaff = () => data.totals.some((total) => Number.isFinite(total.inspectors_establishment));

function vacantWords(row) {
  if (!(row.inspectors_establishment > 0)) return "—";
  return t("{count} of {all}", {
    count: formatNumber(row.inspectors_vacant), all: formatNumber(row.inspectors_establishment) });
}

function citiesPanel(actions) {
  return [
    el("header", {},
      el("div", { class: "top" }, ...topButtons(actions)),
      el("h1", {}, inLanguage(data.title)),
      el("p", { class: "dated" },
        data.schematic && el("span", { class: "badge" }, t("schematic")), townsWords())),
    el("div", { id: "panel-body", tabindex: "-1" },
      citiesControls(actions), sums(), citiesTable(actions), statedPlaces(), aboutCities()),
  ];
}

function townsWords() {
  const { towns, towns_done: done } = totalShown();
  const failed = towns - done;
  return [t("Cities and villages: {count}", { count: formatNumber(towns) }),
    failed > 0 && [" · ", el("strong", { class: "warning" }, t("failed: {count}", { count: formatNumber(failed) }))]];
}

function citiesControls(actions) {
  return el("div", { class: "controls" },
    hasPlans() && choice("shown", t("Shown"), [["now", t("Now")], ["after", t("With new posts")]],
      state.scenario, (value) => actions.set("scenario", value)),
    data.scenarios.length > 1 && el("div", { class: "choice" },
      el("label", { class: "caption", for: "variant" }, t("Scenario")),
      el("select", { id: "variant", change: ({ target }) => actions.set("variant", target.value) },
        data.scenarios.map(({ id, names }) => el("option", { value: id, selected: id === state.variant },
          inLanguage(names) || t("as the studies say"))))));
}

/** The sums of all cities: who walks, posts, staff, housing. */
function sums() {
  const total = totalShown();
  const gained = changeInWords(total.residents_within, total.residents_within_after);
  return section("headline", t("Residents within walking distance of a police post"),
    el("p", { class: "figure" },
      el("strong", {}, formatShare(shareShown(total))),
      el("span", {}, t("{count} of {all} residents within {limit}", {
        count: formatNumber(withinShown(total)), all: formatNumber(total.residents), limit: limitWords(total) }))),
    facts([
      hasPlans() && [t("Proposed posts"), t("{count}; residents within: {gained}", {
        count: formatNumber(total.posts_proposed), gained })],
      [t("Posts known"), t("{count}, of these on the map: {located}", {
        count: formatNumber(total.posts_known), located: formatNumber(total.posts_located) })],
      ...staffFacts(total),
    ]));
}

function staffFacts(row) {
  return [
    Number.isFinite(row.existing_housing_point) && [t("Posts combined with housing"),
      row.planned_housing_point > 0 ? t("{count}, planned: {planned}", {
        count: formatNumber(row.existing_housing_point), planned: formatNumber(row.planned_housing_point) })
        : formatNumber(row.existing_housing_point)],
    Number.isFinite(row.inspectors_in_post) && [t("Inspectors"), t("{count} of {all} on the establishment, vacant: {vacant}", {
      count: formatNumber(row.inspectors_in_post), all: formatNumber(row.inspectors_establishment),
      vacant: formatNumber(row.inspectors_vacant) })],
    Number.isFinite(row.inspectors_by_norm) && [t("Inspectors due by the norm"), formatNumber(row.inspectors_by_norm, 1)],
    Number.isFinite(row.inspectors_living_elsewhere)
      && [t("Inspectors living outside their precinct"), formatNumber(row.inspectors_living_elsewhere)],
    row.home_known > 0 && [t("Listed inspectors living outside their precinct"), Number.isFinite(row.living_elsewhere)
      ? t("{count} of {all}", { count: formatNumber(row.living_elsewhere), all: formatNumber(row.home_known) })
      : t("not told, so that nobody is recognised")],
  ];
}

function citiesTable(actions) {
  const columns = cityColumns();
  const total = totalShown();
  return section("towns", t("Cities and villages"),
    el("table", { class: "numbers" },
      el("thead", {}, el("tr", {},
        headCell("name", t("Name"), true, actions),
        columns.map(([name, title, , narrow]) => headCell(name, title, narrow, actions)),
        el("th", { scope: "col" }, el("span", {}, t("Map"))))),
      el("tbody", {}, citiesShown().map((city) => cityRow(city, columns, actions))),
      el("tfoot", {}, el("tr", { id: "total" },
        el("th", { scope: "row" }, t("Together")),
        columns.map(([, , words, narrow]) => el("td", { class: !narrow && "wide" }, words(total))),
        el("td", {})))));
}

/** A heading that orders the table: once from the most, again from the least. */
function headCell(name, title, narrow, actions) {
  const [column, turn] = state.order || [];
  const first = name === "name" ? 1 : -1;
  const next = column === name ? -turn : first;
  return el("th", {
    scope: "col", class: !narrow && "wide",
    "aria-sort": column === name ? (turn > 0 ? "ascending" : "descending") : null,
  }, el("button", { type: "button", id: `order-${name}`, click: () => actions.set("order", [name, next]) },
    title, column === name && (turn > 0 ? " ▲" : " ▼")));
}

function cityRow(city, columns, actions) {
  const swatch = el("span", { class: "swatch", style: isDone(city) ? `background:${shareColour(shareShown(city))}` : null });
  return el("tr", { class: city.study === state.chosen && "chosen" },
    el("th", { scope: "row" }, el("button", {
      type: "button", id: `city-${city.study}`, click: () => actions.choose(city.study) }, swatch, el("span", {}, cityName(city)))),
    isDone(city)
      ? [columns.map(([, , words, narrow]) => el("td", { class: !narrow && "wide" }, words(city))),
        el("td", {}, mapLink(city, "→"))]
      : el("td", { class: "failed", colspan: columns.length + 1 }, t("failed")));
}

function mapLink(city, text) {
  return el("a", {
    href: `./${encodeURIComponent(city.study)}/map.html`, "aria-label": t("Open the map of {city}", { city: cityName(city) }),
  }, text);
}

/** What is told of one city. */
function cityInfo(city, actions) {
  const close = el("button", {
    type: "button", id: "close", class: "plain", "aria-label": t("Close"), click: () => actions.choose(null) }, "×");
  const title = el("h3", {}, cityName(city));
  if (!isDone(city)) return [close, title, el("p", { class: "warning" }, t("failed")), el("p", {}, city.message)];
  const pair = (now, after) => (hasPlans() ? `${now} → ${after}` : now);
  return [close, title,
    city.schematic && el("p", {}, el("span", { class: "badge" }, t("schematic"))),
    facts([
      [t("Residents"), formatNumber(city.residents)],
      [t("Within {limit}", { limit: limitWords(city) }), pair(formatNumber(city.residents_within), formatNumber(city.residents_within_after))],
      [t("Share"), pair(formatShare(city.share_within), formatShare(city.share_within_after))],
      [t("residents not reached"), pair(formatNumber(city.residents_not_reached), formatNumber(city.residents_not_reached_after))],
      [t("Posts known"), t("{count}, of these on the map: {located}", {
        count: formatNumber(city.posts_known), located: formatNumber(city.posts_located) })],
      hasPlans() && [t("Proposed posts"), formatNumber(city.posts_proposed)],
      ...staffFacts(city),
    ]),
    el("p", {}, mapLink(city, t("Open the map of this city")))];
}

// ---- below the table

/** What staff figures say of places that are no town of the batch, such as the region itself. */
function statedPlaces() {
  if (!data.stated.length) return null;
  return section("stated", t("As stated for the region"),
    data.stated.map((place) => [el("h3", {}, place.place), facts([
      Number.isFinite(place.residents) && [t("Residents"), formatNumber(place.residents)], ...staffFacts(place)])]));
}

function aboutCities() {
  return section("about", t("About this map"),
    data.schematic && el("p", { class: "warning" }, t("These places are made up: streets, houses, people and posts are not real.")),
    el("p", {}, t("Each row is a study of its own: its map tells where, and its tables how it was counted.")),
    el("p", {}, t("Residents are counted at their doors, by the walk along streets. Exactly at the limit counts as within.")));
}

/** What the circles mean. */
function citiesRamp() {
  const most = Math.max(...data.cities.map(({ residents }) => residents || 0));
  const sizes = most > 0 ? [most / 10, most].map((residents) => Number(residents.toPrecision(1))) : [];
  return ramp(t("Residents within {limit} on foot, %", { limit: limitWords(totalShown()) }), shareSteps(),
    el("p", { class: "sizes" }, sizes.length > 0 && el("span", {}, t("Residents")),
      sizes.map((residents) => key(sizeSign(residents), formatNumber(residents)))),
    el("p", { class: "sizes" }, data.cities.some(({ schematic }) => schematic) && !data.schematic && key(dashedSign(), t("schematic")),
    data.cities.some((city) => !isDone(city)) && key(citySign({ status: "failed" }, SMALLEST_PX), t("failed"))));
}

function sizeSign(residents) {
  const radius = radiusOf({ residents });
  return svg("svg", { width: 2 * radius + 2, height: 2 * radius + 2, "aria-hidden": "true" },
    svg("circle", { cx: radius + 1, cy: radius + 1, r: radius, fill: "none", stroke: ink("border") }));
}

function dashedSign() {
  return svg("svg", { width: 18, height: 18, "aria-hidden": "true" },
    svg("circle", { cx: 9, cy: 9, r: 7, fill: "none", stroke: ink("border"), "stroke-dasharray": "4 3" }));
}

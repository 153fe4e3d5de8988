// Two curves, linked with the map: residents by minutes (or metres) on foot, and by number of new posts.
// The limit on the first curve is the slider's; a number of posts on the second is the plan shown.

const SERIES = {
  now: { ink: "today", dash: null, name: () => beforeName() },
  after: { ink: "proposed", dash: null, name: () => afterName() },
  whatif: { ink: "planned", dash: "5 3", name: () => t("What if") },
};

/** What «With new posts» means just now. */
function afterName() {
  if (comparing) return inLanguage(comparing.after.name);
  const stage = stageShown();
  if (stage) return t("Built by the end of {year}", { year: String(stage.year) });
  const row = sizeShown();
  return row ? t("Plan: {posts}", { posts: inLanguage(row.words) }) : t("With new posts");
}

const scenariosThere = () => ["now", ...(hasAfter() ? ["after"] : []), ...(isWhatIf() ? ["whatif"] : [])];

// ---- residents by minutes

function minutesSection(view, actions) {
  if (!data.walk || !trying.study) return null;
  const fills = [["hexagons", t("hexagons")], ["reach", t("one limit")], ["surface", isInMetres() ? t("metres") : t("minutes")], ["none", t("nothing")]]
    .filter(([id]) => id !== "hexagons" || data.hexagons);
  return section("minutes", isInMetres() ? t("How far on foot: {least} to {most}", { least: formatMetres(walkUnit().least), most: formatMetres(walkUnit().most) })
    : t("How far on foot: 1 to 30 minutes"),
    choice("fill", t("Colour the ground by"), fills.map(([id, text]) => [id, text]), fillShown(view), actions.setFill),
    minutesSlider(actions),
    el("div", { id: "minutes-told" }, minutesTold()),
    el("figure", { id: "minutes-curve" }, minutesChart(actions.setLimit)),
    el("p", { class: "aside" }, t("Counted by this page at the doors of houses, on the study's own network.")));
}

const FILLS = ["hexagons", "reach", "surface"];
const fillShown = (view) => (view.layers.find(({ id, shown }) => shown && FILLS.includes(id)) || { id: "none" }).id;

function minutesSlider(actions) {
  const { least, most, step } = walkUnit();
  return el("p", { class: "slider" },
    el("label", { for: "minutes" }, t("Limit")),
    el("input", {
      type: "range", id: "minutes", min: least, max: most, step, value: limitShown(),
      "aria-valuetext": minutesInWords(), input: (event) => actions.setLimit(Number(event.target.value)),
    }),
    el("output", { id: "minutes-now", for: "minutes" }, minutesInWords()));
}

const minutesInWords = () => t("within {limit}", { limit: formatLimit(limitShown()) });

/** Residents within the limit of the slider, in each scenario there is. */
function minutesTold() {
  const all = data.summary.residents;
  return el("table", { class: "numbers", id: "minutes-numbers" },
    el("tbody", {}, scenariosThere().map((scenario) => {
      const within = residentsByLimit(walksShown(scenario))[limitShown() / walkUnit().step];
      return el("tr", { class: scenario === state.scenario && "chosen" },
        el("th", { scope: "row" }, lineKey(SERIES[scenario]), SERIES[scenario].name()),
        el("td", {}, el("b", {}, formatShare(all ? within / all : NaN))), el("td", {}, formatNumber(within)));
    })));
}

function lineKey({ ink: name, dash }) {
  return svg("svg", { class: "line-key", viewBox: "0 0 22 8", width: 22, height: 8, "aria-hidden": "true" },
    svg("path", { d: "M1 4h20", stroke: ink(name), "stroke-width": 3, "stroke-dasharray": dash }));
}

function minutesChart(setLimit) {
  const { least, most, step, ticks } = walkUnit();
  const label = isInMetres() ? t("Residents by metres on foot to the nearest post") : t("Residents by minutes on foot to the nearest post");
  return [el("figcaption", {}, label), chart({
    label, across: Array.from({ length: most / step + 1 }, (_, place) => place * step), ticks,
    series: scenariosThere().map((scenario) => ({ ...SERIES[scenario], values: [...residentsByLimit(walksShown(scenario))] })),
    chosen: limitShown(), choose: (limit) => setLimit(Math.max(least, Math.round(limit / step) * step)), under: isInMetres() ? t("Metres") : t("Minutes"),
    all: data.summary.residents,
    bands: allLimits(),
  })];
}

/** Follow the slider without writing the panel anew: it stays under the reader's finger. */
function followMinutes(view) {
  const slider = document.getElementById("minutes");
  if (!slider) return;
  slider.value = limitShown();
  slider.setAttribute("aria-valuetext", minutesInWords());
  if (fillShown(view) === "reach") view.ramp.replaceChildren(reachRamp());
  document.getElementById("minutes-now").textContent = minutesInWords();
  document.getElementById("minutes-told").replaceChildren(minutesTold());
  document.getElementById("minutes-curve").replaceChildren(...minutesChart(view.setLimit));
}

// ---- residents by number of new posts

function curveSection(actions) {
  if (data.curve.length < 2) return null;
  const limit = limitOf(planningBand());
  return section("further", t("What each further post brings"),
    el("figure", { id: "posts-curve" }, postsChart(actions, limit)),
    sizesToChoose().length && postsSlider(actions),
    sizesToChoose().length && el("p", { id: "size-words", class: "aside" }, sizeWords()),
    el("details", { id: "curve-table" },
      el("summary", {}, t("As a table")),
      el("table", { class: "numbers" },
        el("thead", {}, el("tr", {},
          el("th", { scope: "col" }, t("New posts")),
          el("th", { scope: "col" }, t("within {limit}", { limit })),
          el("th", { scope: "col" }, t("Gain")))),
        el("tbody", {}, data.curve.map((row, place) => el("tr", {},
          el("th", { scope: "row" }, String(row.posts)),
          el("td", {}, formatNumber(row.residents_within)),
          el("td", {}, place ? "+" + formatNumber(row.gain) : "—")))))));
}

function postsChart(actions, limit) {
  const label = t("Residents within {limit} by number of new posts", { limit });
  const across = data.curve.map(({ posts }) => posts);
  const every = Math.ceil(across.length / 9);
  const chosen = isAfter() && sizeShown() && !stageShown() ? sizeShown().posts : isAfter() ? null : 0;
  return [el("figcaption", {}, label), chart({
    label, across, ticks: across.filter((_, place) => place % every === 0), dots: true,
    series: [{ ...SERIES.after, values: data.curve.map((row) => row.residents_within) }],
    gains: across.length <= 9 ? data.curve.map((row, place) => (place ? "+" + formatNumber(row.gain) : "")) : [],
    chosen: sizesToChoose().length ? chosen : null, choose: sizesToChoose().length ? actions.setSize : null,
    under: t("New posts"), least: Math.min(...data.curve.map((row) => row.residents_within)),
  })];
}

function postsSlider(actions) {
  const sizes = sizesToChoose();
  const row = (isAfter() && sizeShown()) || sizes[0];
  return el("p", { class: "slider long" },
    el("label", { for: "size" }, t("Show the best plan of")),
    el("input", {
      type: "range", id: "size", min: sizes[0].posts, max: sizes.at(-1).posts, step: 1, value: row.posts,
      "aria-valuetext": inLanguage(row.words), change: (event) => actions.setSize(Number(event.target.value)),
      input: (event) => {
        document.getElementById("size-now").textContent = inLanguage(sizes[event.target.value - sizes[0].posts].words);
      },
    }),
    el("output", { id: "size-now", for: "size" }, inLanguage(row.words)));
}

/** The plan of the chosen number of posts, and how sure it is the best one. */
function sizeWords() {
  const row = sizeShown();
  if (!isAfter() || !row || !row.posts) return t("Choose a number of posts on the curve: the map shows the best plan of that many.");
  const { plan } = data.summary;
  return [
    t("{posts}: {count} of {all} residents within {limit}.", {
      posts: inLanguage(row.words), count: formatNumber(row.residents_within),
      all: formatNumber(data.summary.residents), limit: limitOf(planningBand()) }),
    " ", proofWords({ ...plan, status: row.status, gap: row.gap }, {
      posts: inLanguage(row.words), model: plan.model, gap: formatShare(row.gap || 0) }),
  ];
}

// ---- year by year

function stagesSection(actions) {
  const years = stagesOfStudy();
  if (!years.length || !data.walk) return null;
  const limit = limitOf(planningBand());
  const { stages } = data.summary;
  const shown = isAfter() && stageShown();
  return section("stages", t("Year by year"),
    choice("year", t("Posts built by the end of"), years.map(({ year }) => [year, String(year)]), shown ? shown.year : null,
      (year) => actions.setPlan({ year })),
    el("table", { class: "numbers" },
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, t("Year")), el("th", { scope: "col" }, t("Built")),
        el("th", { scope: "col" }, t("within {limit}", { limit })), el("th", { scope: "col" }, t("Behind a free plan")))),
      el("tbody", {}, years.map((row) => el("tr", { class: shown === row && "chosen" },
        el("th", { scope: "row" }, String(row.year)),
        el("td", {}, "+" + formatNumber(row.site_ids.length)),
        el("td", {}, formatNumber(row.residents_within)),
        el("td", {}, regretWords(row.regret, stages.measure)))))),
    el("p", { class: "aside" }, String(stages.status).toLowerCase() === "optimal"
      ? t("No other order of building is better over all years together (proven).")
      : t("The best order found; it is not proven optimal (gap to the bound {gap}).", { gap: formatShare(stages.gap) }),
    " ", t("Hollow pins are built in later years.")));
}

function regretWords(regret, measure) {
  return formatNumber(regret, (measure || "residents_within").endsWith("_min") ? 1 : 0);
}

// ---- a chart of lines that answers a finger

/**
 * across: values of the axis; series: [{values, ink, dash}]; chosen: the value the cursor is at;
 * choose(value): called when the reader clicks or drags. gains: texts at the points of the first;
 * all: the most there can be, where the axis ends.
 */
function chart({ label, across, ticks, series, chosen, choose, under, dots = false, gains = [], least = 0, all = 0, bands: limits = [] }) {
  const [left, right, top, bottom] = [58, 318, 28, 128];
  const rows = all ? ticksUpTo(all) : niceTicks(least, Math.max(...series.flatMap(({ values }) => values)));
  const first = across[0];
  const span = Math.max(across.at(-1) - first, 1);
  const x = (value) => left + ((right - left) * (value - first)) / span;
  const y = (value) => bottom - ((bottom - top) * (value - rows[0])) / (rows.at(-1) - rows[0]);
  const pick = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const value = Math.round(first + (((event.clientX - box.left) / box.width) * 350 - left) / (right - left) * span);
    choose(Math.min(across.at(-1), Math.max(first, value)));
  };
  const drawing = svg("svg", {
    class: choose ? "chart answers" : "chart", viewBox: "0 0 350 160", role: "img", "aria-label": label,
    ...(choose ? { pointerdown: pick, pointermove: (event) => { if (event.buttons === 1 && !dots) pick(event); } } : {}),
  },
  rows.map((row) => [
    svg("path", { class: "grid", d: `M${left} ${y(row)}H${right}` }),
    svg("text", { x: left - 6, y: y(row) + 4, "text-anchor": "end" }, formatNumber(row)),
  ]),
  limits.filter((limit) => limit <= across.at(-1)).map((limit) => svg("path", { class: "limit", d: `M${x(limit)} ${top}V${bottom}` })),
  chosen !== null && svg("path", { class: "cursor", d: `M${x(chosen)} ${top - 6}V${bottom}` }),
  series.map(({ values, ink: name, dash }) => [
    svg("path", {
      class: "line", stroke: ink(name), "stroke-dasharray": dash,
      d: "M" + values.map((value, place) => `${x(across[place])} ${y(value)}`).join("L"),
    }),
    values.map((value, place) => (dots || across[place] === chosen) && svg("circle", {
      cx: x(across[place]), cy: y(value), r: across[place] === chosen ? 5.5 : 3.5, fill: ink(name),
      stroke: ink("paper"), "stroke-width": across[place] === chosen ? 2 : 0,
    })),
  ]),
  gains.map((text, place) => text && svg("text", { // by turns over and under the line, or they would run together
    class: "gain", x: x(across[place]), y: y(series[0].values[place]) + (place % 2 ? -9 : 19), "text-anchor": "middle" }, text)),
  ticks.map((tick) => svg("text", { x: x(tick), y: bottom + 15, "text-anchor": "middle" }, String(tick))),
  svg("text", { x: (left + right) / 2, y: 157, "text-anchor": "middle" }, under));
  return drawing;
}

/** Round values from nothing on, the last of them `all` itself: a curve of residents ends at everybody. */
function ticksUpTo(all) {
  const [first, second] = niceTicks(0, all);
  const rows = [];
  for (let row = first; row < all - 0.35 * (second - first); row += second - first) rows.push(row);
  return [...rows, all];
}

/** Round values from below the least to above the greatest, for a few lines of a grid. */
function niceTicks(low, high) {
  const span = Math.max(high - low, 1);
  const power = 10 ** Math.floor(Math.log10(span / 3));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => span / size <= 4);
  const ticks = [Math.floor(low / step) * step];
  while (ticks.length < 2 || ticks.at(-1) < high) ticks.push(ticks.at(-1) + step);
  return ticks;
}

// ---- what the reader does

function showingActions(view, redraw) {
  const actions = {
    /** One fill of the ground at a time: two would hide each other. */
    setFill(id) {
      for (const entry of view.layers) if (FILLS.includes(entry.id)) showLayer(view, entry, entry.id === id);
      redraw();
    },
    setLimit(limit) {
      state.limit = limit;
      if (!["reach", "surface"].includes(fillShown(view))) actions.setFill("reach");
      for (const { id, layer } of [...view.layers, ...swipe.twins]) if (id === fillShown(view)) layer.repaint();
      followMinutes(view);
    },
    setPlan(plan) {
      state.plan = plan;
      state.scenario = "after";
      redraw();
    },
    toggleSwipe() {
      if (swipe.at !== null) endSwipe(view);
      else {
        if (state.scenario === "now") state.scenario = "after";
        startSwipe(view);
      }
      redraw();
    },
    setSize: (posts) => actions.setPlan(planOfSize(posts)),
  };
  view.setLimit = actions.setLimit;
  return actions;
}

// Residents per inspector at each post, beside the norm. Nothing is said of posts without figures.

const normOfStaff = () => data.summary.staffing && data.summary.staffing.residents_per_inspector;

/** Residents whose nearest post it is in the shown scenario: by the tables, else by the engine. */
function residentsNearest(id) {
  if (isCounted()) {
    const shown = walksShown();
    shown.byPost ||= residentsByPost(shown);
    return shown.byPost.get(id) ?? null;
  }
  return catchmentResidents(id, isAfter() ? "after" : "existing");
}

/** Residents per inspector of a post; null where either is not known. */
function workloadOf(post) {
  const residents = residentsNearest(post.id);
  return post.inspectors > 0 && residents !== null ? residents / post.inspectors : null;
}

/** Facts of a post about its staff, for the info box. */
function workloadFacts(post) {
  if (!Number.isFinite(post.inspectors)) return [];
  const load = workloadOf(post);
  return [
    [t("Inspectors"), inspectorsOf(post)],
    load !== null && [t("Residents per inspector"), loadWords(load)],
  ];
}

function inspectorsOf({ inspectors }) {
  return formatNumber(inspectors, Number.isInteger(inspectors) ? 0 : 1);
}

function loadWords(load) {
  const norm = normOfStaff();
  return norm ? t("{load} (norm {norm})", { load: formatNumber(load), norm: formatNumber(norm) }) : formatNumber(load);
}

/** Posts by residents per inspector, the heaviest first. */
function workloadSection(actions) {
  const known = data.posts.map((post, place) => ({ post, place, load: workloadOf(post) }))
    .filter(({ load }) => load !== null).sort((one, other) => other.load - one.load);
  if (!known.length) return null;
  const norm = normOfStaff();
  const most = Math.max(known[0].load, norm || 0);
  const over = norm ? known.filter(({ load }) => load > norm).length : 0;
  return section("workload", t("Workload: residents per inspector"),
    el("p", { class: "aside" },
      t("{known} of {all} posts on the map have figures of inspectors.", { known: formatNumber(known.length), all: formatNumber(data.posts.length) }),
      norm && [" ", t("{count} of them are above the norm of {norm}.", { count: formatNumber(over), norm: formatNumber(norm) })]),
    norm && el("p", { class: "keys" },
      key(loadBar(1.4, 1, 1.6), t("above the norm")), key(loadBar(0.6, 1, 1.6), t("within the norm; the mark is the norm"))),
    el("ol", { class: "rows", id: "workload" }, known.slice(0, 12).map(({ post, place, load }) => el("li", {},
      el("button", { type: "button", id: `load-${place}`, click: () => actions.showPost(place) },
        el("span", { class: "what" }, postName(post), el("span", { class: "aside" },
          t("residents: {residents} · inspectors: {inspectors}", { residents: formatNumber(residentsNearest(post.id)), inspectors: inspectorsOf(post) }))),
        loadBar(load, norm, most),
        el("span", { class: "much" }, formatNumber(load)))))),
    el("p", { class: "aside" },
      t("Counted are the residents to whom the post is the nearest on foot; borders of precincts may differ."),
      data.summary.staffing && [" ", t("Norm: {source}", { source: data.summary.staffing.source })]));
}

/** A bar beside the mark of the norm: orange above it. */
function loadBar(load, norm, most) {
  const x = (value) => (value / most) * 58;
  return svg("svg", { viewBox: "0 0 60 12", width: 60, height: 12, "aria-hidden": "true" },
    svg("rect", { x: 0, y: 3, width: x(load), height: 6, fill: ink(norm && load > norm ? "over-norm" : "within-norm") }),
    norm && svg("path", { d: `M${x(norm)} 0V12`, stroke: "currentColor", "stroke-width": 1.5 }));
}

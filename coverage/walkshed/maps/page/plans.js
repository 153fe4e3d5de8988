// Which plan «With new posts» shows: the study's own, the best one of another size, or the years'.
// The study's tables tell of its own plan. Of any other the tables hold the sites and the residents
// within the planning limit; all else is counted by the page's engine, as in a «What if».

state.plan = null; // {posts} or {year}; null is the study's own

const stagesOfStudy = () => (data.summary.stages ? data.summary.stages.years : []);
const sizesToChoose = () => (data.walk && data.curve.every(({ site_ids: ids }) => ids) ? data.curve : []);
const sizeShown = () => sizesToChoose().find(({ posts }) => posts === (state.plan ? state.plan.posts : data.proposed.length));
const stageShown = () => state.plan && stagesOfStudy().find(({ year }) => year === state.plan.year);

/** A choice of plan as `state` holds it: the study's own is null. */
function planOfSize(posts) {
  const own = data.proposed.map(({ site }) => site).sort();
  const asked = [...sizesToChoose().find((row) => row.posts === posts).site_ids].sort();
  return own.length && own.join("\n") === asked.join("\n") ? null : { posts };
}

/** Sites of the plan that is shown: {site, rank, at, added, later}; `later` are of coming years. */
function plannedSites() {
  if (!state.plan) return data.proposed.map(({ site, rank, at, added }) => ({ site, rank, at, added, later: false }));
  const place = (site, i, added, later) => ({ site, rank: i + 1, at: data.sites[site].at, added, later });
  const stage = stageShown();
  if (!stage) return sizeShown().site_ids.map((site, i) => place(site, i, sizeShown().residents_added[i], false));
  return stagesOfStudy().flatMap(({ site_ids: ids, year }) => ids.map((site) => [site, year > stage.year]))
    .map(([site, later], i) => place(site, i, NaN, later));
}

/** All that is known of a planned site, in the shape of the study's own proposed posts. */
function plannedSite(id) {
  const own = data.proposed.find(({ site }) => site === id);
  const planned = plannedSites().find(({ site }) => site === id);
  if (!state.plan || !planned) return own;
  return { ...data.sites[id], ...planned, within: NaN, share: NaN };
}

/** Whether the page counts what is shown by itself; else the study's tables tell. */
const isCounted = () => isWhatIf() || (isAfter() && state.plan !== null);

/** Where a site meets the street, as it was packed. */
function placeOfSite(id) {
  return data.walk.sites[id] || data.walk.proposed[data.proposed.findIndex(({ site }) => site === id)];
}

/** Headline numbers with the plan that is shown; those of tables where there are any. */
function afterPart() {
  if (!hasAfter() || !state.plan) return hasAfter() ? data.summary.after : null;
  const counted = headlineOf(walksShown("after"));
  const row = stageShown() || sizeShown();
  const band = planningBand().label;
  counted.residents_within[band] = row.residents_within;
  counted.share_within[band] = data.summary.residents ? row.residents_within / data.summary.residents : 0;
  return counted;
}

// The info box: what is told of a post, a site, an area, a house, in the scenario that is shown.

function showInfo(view, content) {
  clearAnswer();
  view.shownInfo = () => {
    view.info.replaceChildren(
      el("button", { type: "button", id: "close", class: "plain", "aria-label": t("Close"), click: () => hideInfo(view) }, "×"),
      ...content());
    view.info.hidden = false;
  };
  view.shownInfo();
}

function hideInfo(view) {
  view.info.hidden = true;
  view.shownInfo = null;
  clearAnswer();
  if (view.marked) view.marked.remove();
}

function postInfo(post) {
  const link = /^https?:\/\//.test(post.source_url)
    ? el("a", { href: post.source_url, rel: "noreferrer", target: "_blank" }, post.source_url)
    : post.source_url;
  return [
    el("h3", {}, postName(post)),
    facts([
      [t("Kind"), kindName(post.kind)],
      post.number && [t("Number"), post.number],
      [t("Reception hours"), hoursInWords(post.opening_hours) || t("not known")],
      post.address && [t("Address"), post.address],
      post.landmark && [t("Landmark"), post.landmark],
      [t("Status"), statusName(post.status)],
      changedPostFact(post),
      nearestTo(post.id),
      ...workloadFacts(post),
      isApproximate(post) && [t("Location"), post.radius
        ? t("approximate, within {distance}", { distance: formatMetres(post.radius) })
        : t("approximate")],
      post.origin === "schematic" && [t("Origin"), t("schematic")],
      link && [t("Source"), link],
      inLanguage(post.date) && [t("Date of source"), inLanguage(post.date)],
    ]),
  ];
}

/** Residents whose nearest post it is: today, and in the scenario shown. */
function nearestTo(id) {
  const was = inScenario("now", () => residentsNearest(id));
  const is = residentsNearest(id);
  if (was === null && is === null) return null;
  const write = (residents) => (residents === null ? "—" : formatNumber(residents));
  return [t("Residents whose nearest post it is"), pair(write(was), write(is))];
}

function siteInfo(site) {
  const limit = limitOf(planningBand());
  return [
    el("h3", {}, siteName(site)),
    facts([
      inLanguage(site.why) && [t("Why here"), inLanguage(site.why)],
      site.near && [t("Near"), site.near],
      site.owner && [t("Owner"), site.owner],
      Number.isFinite(site.cost) && [t("Cost"), formatNumber(site.cost)],
      [t("Place in the order of building"), String(site.rank)],
      nearestTo(site.site),
      Number.isFinite(site.added) && [t("Residents it adds within {limit}", { limit }), "+" + formatNumber(site.added)],
      Number.isFinite(site.within) && [t("Residents within {limit} once it is built", { limit }),
        `${formatNumber(site.within)} (${formatShare(site.share)})`],
    ]),
  ];
}

/** Which scenario's numbers a box tells; of a plan that is not the study's own, which plan. */
function scenarioName(scenario = state.scenario) {
  if (scenario !== "after") return SERIES[scenario].name();
  return [comparing ? afterName() : t("With new posts"), state.plan && afterName()].filter(Boolean).join(" · ");
}

/** Residents of an area within each limit and how long they walk: today, and in the scenario shown. */
function areaInfo(kind, place) {
  const table = data[kind];
  const { residents, residents_after: then = residents } = table.columns; // two compared states may differ
  const [before, now] = [residents[place], (isAfter() ? then : residents)[place]];
  const was = areaTold("now", kind, place);
  const is = state.scenario === "now" ? was : areaTold(state.scenario, kind, place);
  const row = (name, value, write) => value in is && [name, pair(write(was[value]), write(is[value]))];
  return [
    el("h3", {}, areaName(kind, place)),
    el("p", { class: "aside", id: "told-of" }, is === was ? scenarioName() : `${scenarioName("now")} → ${scenarioName()}`),
    facts([
      [t("Residents"), pair(formatNumber(before), formatNumber(now))],
      ...areaChange(table, place),
      ...bands().map(({ label, ...band }) => {
        const told = (part, all) => `${formatShare(part[`share_within_${label}`])} (${formatNumber(part[`share_within_${label}`] * all)})`;
        return `share_within_${label}` in is && [t("within {limit}", { limit: limitOf(band) }), pair(told(was, before), told(is, now))];
      }),
      row(t("half of residents walk at most"), "median_min", formatMinutes),
      row(t("nine in ten walk at most"), "p90_min", formatMinutes),
      row(t("residents not reached"), "residents_not_reached", formatNumber),
    ]),
  ];
}

/** What the tables tell of an area in a scenario; where they tell nothing, what the page counts. */
function areaTold(scenario, kind, place) {
  const { columns } = data[kind];
  const shares = bands().map(({ label }) => `share_within_${label}`);
  const told = [...shares, "median_min", "p90_min", "residents_not_reached"];
  if (!inScenario(scenario, isCounted)) {
    const suffix = scenario === "after" ? "_after" : "";
    return Object.fromEntries(told.filter((name) => columns[name + suffix]).map((name) => [name, columns[name + suffix][place]]));
  }
  const walks = walksShown(scenario);
  const { residents_not_reached: notReached, ...minutes } = walkOfArea(walks, kind, place);
  return {
    ...Object.fromEntries(shares.map((name) => [name, columnOf(walks, data[kind], name)[place]])),
    ...(isInMetres() ? {} : minutes), residents_not_reached: notReached,
  };
}

/** A value now and, where another one is shown, that one. */
function pair(now, shown) {
  if (shown === now) return now;
  return [now, " → ", el("b", {}, shown)];
}

/** Facts on a house; `answer` tells the walks of the scenario shown, the tables those of others. */
function doorInfo(doors, door, answer) {
  if (comparing) return comparedDoor(doors, door);
  const reason = doors.reason && state.scenario === "now" ? doors.reason[door] : 0;
  return [
    el("h3", {}, asking.address.get(door) || t("House")),
    ...(answer || [el("p", { class: "aside", id: "told-of" }, scenarioName())]),
    facts([
      [t("Residents (estimate)"), formatNumber(doors.residents[door] / PEOPLE, 1)],
      ...(answer ? [] : doorFacts(doors, door)),
      doors.limit_m && [t("Limit here"), formatMetres(doors.limit_m[door])],
      reason > 0 && [t("Why not reached"), reasonName(reason)],
      ...otherScenarios(doors).map((scenario) => [scenarioName(scenario), doorTold(scenario, doors, door)]),
    ]),
  ];
}

/** The nearest post and the walk to it, of a page that does not walk by itself. */
function doorFacts(doors, door) {
  const suffix = isAfter() && doors.nearest_min_after ? "_after" : "";
  const minutes = doors[`nearest_min${suffix}`][door];
  const metres = doors[`nearest_m${suffix}`];
  return [
    [t("Nearest post"), nearestName(doors[`nearest_post${suffix}`], door)],
    [t("On foot"), formatMinutes(minutes < 0 ? "inf" : minutes / 100)],
    metres && metres[door] >= 0 && [t("Shortest way"), formatMetres(metres[door])],
  ];
}

/** Scenarios that are not shown and can be told beside the one that is. */
function otherScenarios(doors) {
  const after = data.walk ? hasAfter() || state.plan : hasAfter() && doors.nearest_min_after;
  return ["now", after ? "after" : "now"].filter((scenario, place, all) => scenario !== state.scenario && all.indexOf(scenario) === place);
}

/** The nearest post of a house and the walk to it in some scenario, in words. */
function doorTold(scenario, doors, door) {
  if (inScenario(scenario, isCounted)) {
    const walks = walksShown(scenario);
    const length = walks.seconds[door] * walks.scale;
    if (length === Infinity) return t("not reached");
    return [askedName(walks.posts[walks.post[door]]), isInMetres() ? formatMetres(length) : formatMinutes(length / 60)].join(", ");
  }
  const suffix = scenario === "after" ? "_after" : "";
  const minutes = doors[`nearest_min${suffix}`][door];
  if (minutes < 0) return t("not reached");
  const metres = doors[`nearest_m${suffix}`];
  return [nearestName(doors[`nearest_post${suffix}`], door), metres ? formatMetres(metres[door]) : formatMinutes(minutes / 100)].join(", ");
}

function nearestName(list, door) {
  const place = list ? list[door] : -1;
  if (place >= 0) return postName(data.posts[place]);
  const site = data.proposed.find(({ rank }) => rank === -1 - place);
  return site ? siteName(site) : "—";
}

function reasonName(number) {
  return [null, t("too far from a post"), t("behind a barrier"), t("no way on foot")][number] || "—";
}

// ---- what a click on the map asks about

function answerClick(view, latlng, actions) {
  const { map, clicked } = view;
  if (data.walk && actions.clickOn([latlng.lat, latlng.lng])) return;
  view.clicked = null;
  const doorsShown = view.layers.some((entry) => entry.id === "doors" && entry.shown);
  const door = doorsShown && isNear(map) ? doorAt(map, view.doors, latlng) : -1;
  if (door >= 0) showDoor(view, actions, door);
  else if (clicked != null || data.walk) showGround(view, actions, [latlng.lat, latlng.lng], clicked);
  else hideInfo(view);
}

/** A house: the walk from it, and what the tables know of it. */
function showDoor(view, actions, door) {
  const { x, y } = view.doors.shape;
  markArea(view, L.circleMarker(unproject(x[door], y[door]), { radius: 9 }));
  const asked = data.walk && askedDoor(view, door);
  showInfo(view, () => doorInfo(view.doors, door, asked && answerWords(view, asked, actions)));
}

/** A place that is no house: the walk from it, and its hexagon where it lies in one. */
function showGround(view, actions, at, hexagon) {
  if (view.marked) view.marked.remove();
  if (hexagon != null) markArea(view, L.polygon(rings(view.hexagons, hexagon)));
  const asked = data.walk && askedAt(at);
  showInfo(view, () => [
    asked && el("h3", {}, zoneAt(view, at) || t("Place on the map")),
    asked && answerWords(view, asked, actions),
    hexagon != null && areaInfo("hexagons", hexagon)].flat().filter(Boolean));
}

function markArea(view, outline) {
  if (view.marked) view.marked.remove();
  view.marked = outline.setStyle({ color: ink("marked"), weight: 3, fill: false, interactive: false }).addTo(view.map);
}

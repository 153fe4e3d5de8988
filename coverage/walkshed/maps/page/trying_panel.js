// The panel's «What if»: tools, speed, what the changes give, the changes themselves.

function tryingSection(view, actions) {
  if (!data.walk) return null;
  if (!isWhatIf()) {
    if (hasAfter()) return null;
    return section("trying", t("What if"),
      el("p", { class: "aside" }, t("Drag a post on the map, or begin here: minutes and residents change at once.")),
      el("div", { class: "tools" }, act("try", t("Try changes"), () => actions.setScenario("whatif"))));
  }
  return section("trying", t("What if"),
    toolbar(actions),
    numbersOfTrying(),
    changesList(actions),
    zonesChanged(actions),
    paceControl(actions),
    keeping(actions),
    el("p", { class: "aside", id: "try-counted" }, t(
      "Counted by this page on the study's own network, to about two seconds. A post is joined to the nearest street that no water or railway lies before; walls and fences are not looked at. A saved scenario can be run in full: walkshed run --scenario.")));
}

function act(name, label, click, disabled = false) {
  return el("button", { type: "button", id: name === "try" ? name : `try-${name}`, class: "plain", click, disabled }, label);
}

function toolbar(actions) {
  const tool = (name, label) => el("button", {
    type: "button", id: `try-${name}`, class: "plain", "aria-pressed": String(trying.tool === name),
    click: () => actions.setTool(trying.tool === name ? "" : name),
  }, label);
  const { model, tool: chosen } = trying;
  return [
    el("p", { id: "try-hint", class: trying.message ? "hint told" : "hint" }, hint()),
    el("div", { class: "tools", role: "toolbar", "aria-label": t("Changes") },
      tool("add", t("Add a post")), tool("close", t("Close a way")), tool("link", t("Build a way")),
      chosen && act("here", t("Here, at the centre of the map"), actions.useHere)),
    el("div", { class: "tools propose" },
      act("propose", trying.searching ? t("Searching …") : t("Propose here"), actions.propose, trying.searching),
      el("label", { for: "try-count" }, t("new posts:")),
      el("select", { id: "try-count", change: (event) => { trying.count = Number(event.target.value); } },
        [1, 2, 3, 4, 5].map((count) => el("option", { value: count, selected: count === trying.count }, String(count))))),
    el("div", { class: "tools" },
      act("undo", t("Undo"), actions.undo, !model.canUndo()), act("redo", t("Redo"), actions.redo, !model.canRedo()),
      act("reset", t("Start again"), actions.reset, !model.isChanged()),
      !hasAfter() && act("leave", t("Leave"), () => actions.setScenario("now"))),
  ];
}

function hint() {
  if (trying.message) return trying.message;
  if (trying.tool === "add") return t("Click on the map where the post should stand.");
  if (trying.tool === "close") return t("Click on the way that is to be closed, best on a bridge or crossing; click again to open it.");
  if (trying.tool === "link") return trying.from ? t("Click on the street where the new way ends.") : t("Click on the street where the new way begins.");
  return t("Drag a post, or choose it and press the arrow keys. Click on a post to close or remove it.");
}

// ---- what the changes give

function numberRows() {
  const { walks } = trying.begun;
  const now = headlineOf(walks);
  const then = headlineOf(trying.shown);
  const count = (value) => formatNumber(value);
  const km = (value) => `${formatNumber(value, 1)}\u00a0${t("km")}`;
  const limit = limitOf(chosenBand());
  return [
    ...bands().map((band) => [t("up to {limit}", { limit: limitOf(band) }), now.residents_within[band.label],
      then.residents_within[band.label], count, true, band.label === state.band]),
    !isInMetres() && [t("half of residents walk at most"), now.nearest_min.median, then.nearest_min.median, formatMinutes, false],
    !isInMetres() && [t("nine in ten walk at most"), now.nearest_min.p90, then.nearest_min.p90, formatMinutes, false],
    [t("residents not reached"), now.residents_not_reached, then.residents_not_reached, count, false],
    [t("streets within {limit}", { limit: isInMetres() ? limitOf({ limits: chosenBand().limits.slice(-1) }) : limit }),
      streetKm(walks), streetKm(trying.shown), km, true],
  ].filter(Boolean).map(([name, was, is, write, isMoreGood, chosen]) => {
    const change = changeInWords(was, is, write === km ? 1 : 0);
    return { name, chosen, cells: [write(was), write(is), change], tone: toneOf(change, isMoreGood) };
  });
}

/** Residents, minutes and streets: as «What if» began, and with the changes. */
function numbersOfTrying() {
  return el("table", { class: "numbers", id: "try-numbers" },
    headOfChanges(t("Residents")),
    el("tbody", {}, numberRows().map(({ name, chosen, tone, cells: [was, is, change] }) => el("tr", { class: chosen && "chosen" },
      el("th", { scope: "row" }, name), el("td", {}, was), el("td", { class: "then" }, is), el("td", { class: tone }, change)))));
}

function headOfChanges(first) {
  const title = (...words) => el("th", { scope: "col" }, words);
  return el("thead", {}, el("tr", {}, title(first), title(begunName()), title(t("What if")),
    title(t("Change"), " ", el("span", { class: "against" }, againstBegun()))));
}

/** Write the numbers anew into the cells there are: nothing else of the panel is touched. */
function refreshNumbers() {
  const rows = document.querySelectorAll("#try-numbers tbody tr");
  numberRows().forEach(({ cells, tone }, place) => {
    const [, is, change] = rows[place].querySelectorAll("td");
    is.textContent = cells[1];
    change.textContent = cells[2];
    change.className = tone;
  });
  const [share, words] = document.querySelector(".headline .figure").children;
  const part = headlineOf(trying.shown);
  share.textContent = formatShare(part.share_within[state.band]);
  words.textContent = withinWords(part);
}

function withinWords(part) {
  return t("{count} of {all} residents within {limit}", {
    count: formatNumber(part.residents_within[state.band]), all: formatNumber(data.summary.residents), limit: limitOf(chosenBand()) });
}

/** Whether a change is for the better, for its colour; its sign says it too. */
function toneOf(change, isMoreGood = true) {
  const isMore = { "+": true, "−": false }[change[0]];
  return isMore === undefined ? "same" : isMore === isMoreGood ? "better" : "worse";
}

/** Signs of what is tried, for the legend. */
function triedKeys() {
  const { posts, closed, links } = trying.model.scenario();
  const before = new Map(trying.begun.posts.map((post) => [post.id, post]));
  return [
    posts.some(({ id, at, origin }) => origin === "new" || at !== before.get(id).at)
      && key(postSign("precinct_point", "planned", false, 18), t("new or moved in «What if»")),
    posts.some(({ id, open }) => !open && before.get(id)?.open)
      && key(postSign("precinct_point", "closed", false, 18), t("closed in «What if»")),
    closed.length > 0 && key(crossSign(18), t("closed way")),
    links.length > 0 && key(plusSign(18), t("new way")),
  ];
}

/** Every change in a row of its own, with a button that takes it back. */
function changesList(actions) {
  const rows = changesMade(actions);
  if (!rows.length) return null;
  const more = rows.length - CHANGES_ON_PAPER;
  return [el("h3", { class: "on-paper" }, t("Changes")), el("ol", { class: "rows changes", id: "try-changes", "aria-label": t("Changes") }, rows.map(([words, takeBack, show], place) => el("li", {},
    el("button", { type: "button", id: `try-show-${place}`, class: "what", click: show }, words),
    el("button", { type: "button", id: `try-back-${place}`, class: "back", "aria-label": t("Take back: {change}", { change: words }), click: takeBack }, "×")))),
  more > 0 && el("p", { class: "on-paper" }, t("and {count} more", { count: formatNumber(more) }))];
}

const CHANGES_ON_PAPER = 15; // as paper.css has it: a page has no room for more

function changesMade(actions) {
  const { posts, closed, links, speed_kmh: speed, profile } = trying.model.scenario();
  const before = new Map(trying.begun.posts.map((post) => [post.id, post]));
  const rows = [];
  for (const post of posts) {
    const old = before.get(post.id);
    const name = triedName(post);
    const show = () => actions.lookAt(post.at);
    if (post.origin === "new") rows.push([t("added: {name}", { name }), () => actions.removePost(post.id), show]);
    else if (post.open && !old.open) rows.push([t("built: {name}", { name }), () => actions.openPost(post.id, false), show]);
    else if (!post.open && old.open) rows.push([t("closed: {name}", { name }), () => actions.openPost(post.id, true), show]);
    else if (post.at !== old.at) rows.push([t("moved: {name}", { name }), () => actions.putBack(post.id), show]);
  }
  for (const edge of closed) rows.push([t("closed: {name}", { name: wayName(edge) }), () => actions.openWay(edge), () => actions.lookAt(middleOfLine(lineOfEdge(edge)))]);
  for (const link of links) rows.push([t("new way, {distance}", { distance: formatMetres(link.metres) }), () => actions.removeWay(link), () => actions.lookAt(middleOfLine(link.line))]);
  const own = trying.study.speed_kmh;
  if (speed !== own) {
    const who = profile && `${profileName(profile)}, `;
    rows.push([t("walking speed: {speed}", { speed: `${who}${speedInWords(speed)}` }), () => actions.setSpeed(own), () => document.getElementById("try-speed").focus()]);
  }
  return rows;
}

/** The place half-way along a line, [latitude, longitude]. */
function middleOfLine(line) {
  const half = lengthOf(line) / 2;
  let walked = 0;
  for (let i = 1; i < line.length; i++) {
    const step = lengthOf([line[i - 1], line[i]]);
    if (walked + step >= half && step > 0) {
      const part = (half - walked) / step;
      const [longitude, latitude] = [0, 1].map((axis) => line[i - 1][axis] + part * (line[i][axis] - line[i - 1][axis]));
      return [latitude, longitude];
    }
    walked += step;
  }
  return [...line[0]].reverse();
}

/** Neighbourhoods that gain or lose most, and all of them on demand. */
function zonesChanged(actions) {
  const table = data.neighbourhoods;
  if (!table) return null;
  const name = `residents_within_${state.band}`;
  const now = columnOf(trying.begun.walks, table, name);
  const then = columnOf(trying.shown, table, name);
  const rows = now.map((was, place) => ({ place, was, is: then[place], change: changeInWords(was, then[place]) }))
    .sort((one, other) => Math.abs(other.is - other.was) - Math.abs(one.is - one.was));
  const changed = rows.filter(({ change }) => change !== "0");
  const most = el("ol", { class: "rows", id: "try-zones", "aria-label": t("Neighbourhoods that gain or lose most") },
    changed.slice(0, 5).map(({ place, change }) => el("li", {}, el("button", {
      type: "button", id: `try-zone-${place}`, click: () => actions.showArea("neighbourhoods", place) },
    el("span", { class: "what" }, areaName("neighbourhoods", place)),
    el("span", { class: `much ${toneOf(change)}` }, change)))));
  const whole = el("details", { id: "try-all-zones" },
    el("summary", {}, t("All neighbourhoods, within {limit}", { limit: limitOf(chosenBand()) })),
    el("table", { class: "numbers" },
      headOfChanges(t("Neighbourhood")),
      el("tbody", {}, rows.map(({ place, was, is, change }) => el("tr", {},
        el("th", { scope: "row" }, areaName("neighbourhoods", place)),
        el("td", {}, formatNumber(was)), el("td", {}, formatNumber(is)),
        el("td", { class: toneOf(change) }, change))))));
  return [changed.length > 0 && el("h3", { id: "try-zones-title" }, t("Neighbourhoods that gain or lose most")), changed.length > 0 && most, whole];
}

// ---- who walks, how fast

function profileName(name) {
  switch (name) {
    case "adult": return t("adult");
    case "older": return t("older person");
    case "child": return t("with a small child");
    case "winter": return t("adult in winter");
    case "winter_ice": return t("adult on ice");
    case "wheelchair_or_pushchair": return t("wheelchair or pushchair");
    case "night": return t("adult at night");
    case "night_lit_only": return t("adult at night, lit streets only");
    default: return name;
  }
}

const speedInWords = (speed_kmh) => t("{speed} km/h", { speed: formatNumber(Number(speed_kmh), 1) });

function paceControl(actions) {
  if (isInMetres()) return null; // metres of the way are the same for whoever walks
  const { speed_kmh: speed, profile } = trying.model.scenario();
  const { profiles } = data.walk;
  const output = el("output", { for: "try-speed" }, speedInWords(speed));
  const chosen = profiles.find(({ name }) => name === profile) || profiles.find(({ speed_kmh }) => speed_kmh === speed);
  return [
    el("p", { class: "speed" },
      el("label", { for: "try-profile" }, t("Who walks")),
      el("select", { id: "try-profile", change: (event) => actions.setProfile(event.target.value) },
        !chosen && el("option", { value: "", selected: true }, t("another speed")),
        profiles.map(({ name, speed_kmh }) => el("option", { value: name, selected: name === chosen?.name }, `${profileName(name)}, ${speedInWords(speed_kmh)}`)))),
    el("p", { class: "speed" },
      el("label", { for: "try-speed" }, t("Walking speed")),
      el("input", {
        type: "range", id: "try-speed", min: 2.5, max: 6.5, step: 0.1, value: speed,
        input: (event) => { output.textContent = speedInWords(event.target.value); actions.previewSpeed(Number(event.target.value)); },
        change: (event) => actions.setSpeed(Number(event.target.value)),
      }), output),
    el("details", { id: "try-profile-source" },
      el("summary", {}, t("Where the speed comes from")),
      el("p", { class: "aside" }, t("Here a walking profile changes the speed on the level and nothing else: stairs, slopes and waits keep their share. walkshed run with walk.profile counts all of it.")),
      chosen ? chosen.sources.map((source) => el("p", { class: "aside", lang: "en" }, `${readWords(chosen.verified)} · ${source}`))
        : el("p", { class: "aside" }, t("chosen by hand"))),
  ];
}

// ---- keep and read again

function keeping(actions) {
  const isSomething = trying.model.isChanged() || trying.model.scenario().posts.some(({ open, origin }) => open && origin === "proposed");
  return [
    el("div", { class: "tools keep" },
      act("save", t("Save the scenario"), actions.save, !isSomething),
      act("open", t("Open a scenario"), actions.chooseFile),
      el("input", { type: "file", id: "try-file", class: "unseen", tabindex: "-1", "aria-label": t("Open a scenario"), accept: ".geojson,.json,application/geo+json",
        change: (event) => actions.openFile(event.target.files[0]) }),
      act("share", t("Link to it"), actions.share, !isSomething)),
    trying.link && el("p", { class: "link" },
      el("label", { for: "try-address" }, t("This address opens the page with these changes:")),
      el("input", { type: "text", id: "try-address", readonly: true, value: trying.link, focus: (event) => event.target.select() })),
  ];
}

/** Buttons of the info box of a post. */
function triedButtons(id, actions) {
  if (!data.walk) return [];
  const post = triedPost(id);
  if (post?.origin === "new") return [el("p", { class: "tools" }, act("remove", t("Remove this post"), () => actions.removePost(id)))];
  const open = post ? post.open : data.posts.some((one) => one.id === id) || isAfter();
  const old = postsToday().find((one) => one.id === id);
  return [el("p", { class: "tools" },
    act("shut", open ? t("What if it were closed") : t("What if it were open"), () => actions.openPost(id, !open)),
    post && post.at !== old.at && act("place", t("Put it back"), () => actions.putBack(id)))];
}

function triedInfo(id, actions) {
  const post = triedPost(id);
  if (!post) return [el("h3", {}, t("New post"))];
  return [
    el("h3", {}, triedName(post)),
    facts([[t("Kind"), kindName(post.kind)], nearestTo(id), !post.place && [t("Street"), noStreet()]]),
    ...triedButtons(id, actions),
  ];
}

function noStreet() {
  return t("It meets no street within {distance}: nobody can walk to it.", { distance: formatMetres(data.walk.snap_max_m) });
}

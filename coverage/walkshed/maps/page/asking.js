// Asking for a place by name: the search box of the panel, its list, and what is found.

const asking = { things: null, landmarks: [], houses: null, found: [], active: -1, address: new Map() };
const SHOWN_RESULTS = 8;
const PIECE_CELL = 1 / 2 ** 16; // streets of one name no nearer than this, some 450 m, are two

/** Landmarks and houses unpacked: streets, numbers and doors, and the address of each door. */
async function prepareAsking(view) {
  const { landmarks, houses: packed } = data.find;
  if (landmarks) asking.landmarks = unpackLandmarks(landmarks, await unpackIntegers(landmarks.xy));
  if (packed) {
    const read = {};
    for (const name of ["count", "number", "ending", "door", "xy"]) read[name] = await unpackIntegers(packed[name]);
    asking.houses = unpackHouses(packed, read);
  }
  view.asker.querySelector("input").disabled = false;
}

/** Places written as steps east, then north: [latitude, longitude] of each. */
function placesAlong(xy) {
  const half = xy.length / 2;
  const [east, north] = [running(xy.subarray(0, half)), running(xy.subarray(half))];
  return Array.from(east, (steps, i) => [data.origin[1] + north[i] / 1e5, data.origin[0] + steps / 1e5]);
}

function unpackLandmarks({ kinds, count, names }, xy) {
  const at = placesAlong(xy);
  const kind = kinds.flatMap((one, place) => Array(count[place]).fill(one));
  return names.map((name, i) => ({ name, kind: kind[i], at: at[i] }));
}

function unpackHouses({ streets, endings }, { count, number, ending, door, xy }) {
  const first = sums(count);
  const places = placesAlong(xy);
  const houses = { names: streets, first, number: [], door: running(door), at: [] };
  let apart = 0;
  streets.forEach((street, place) => {
    let digits = 0;
    for (let house = first[place]; house < first[place + 1]; house++) {
      digits += number[house];
      houses.number.push(`${digits || ""}${endings[ending[house]]}`);
      if (houses.door[house] < 0) {
        houses.at[house] = places[apart++];
      } else {
        const address = `${street}, ${houses.number[house]}`;
        const others = asking.address.get(houses.door[house]);
        asking.address.set(houses.door[house], others ? `${others}; ${address}` : address);
      }
    }
  });
  return houses;
}

/** All that can be found by name, but for houses; made when the reader first asks. */
function thingsToFind(view) {
  const also = new Map(data.find.also);
  const called = (name) => [name, ...(also.get(name) || [])];
  const things = [
    ...data.posts.map((post, place) => ({ what: "post", place,
      names: [postName(post), ...Object.values(post.names), `${kindName(post.kind)} ${post.number}`], beside: [post.address] })),
    ...data.proposed.map((site, place) => ({ what: "site", place, names: [siteName(site)], beside: [site.near] })),
    ...(data.neighbourhoods?.names || []).map((name, place) => ({ what: "neighbourhood", place, names: called(name) })),
    ...data.places.map(([latitude, longitude, , name]) => ({ what: "place", at: [latitude, longitude], names: called(name) })),
    ...landmarksFound(called),
    ...streetPieces(view).map((piece) => ({ what: "street", ...piece, names: called(piece.name) })),
  ].map((thing) => ({ ...thing, names: thing.names.filter(Boolean) })).filter(({ names }) => names.length);
  const known = new Set(data.neighbourhoods?.names || []);
  return things.filter(({ what, names }) => what !== "place" || !known.has(names[0]));
}

/** Landmarks: found by their own names, and by these after the word for what they are. */
function landmarksFound(called) {
  return asking.landmarks.map(({ kind, name, at }) => ({ what: "landmark", at, kind: inLanguage(kind),
    names: [...called(name), ...called(name).map((one) => `${inLanguage(kind)} ${one}`)] }));
}

/** Streets by name; those of one name that lie far apart are several. */
function streetPieces({ streets }) {
  if (!streets) return [];
  const byName = new Map();
  for (let edge = 0; edge < streets.edges; edge++) {
    const name = streets.name[edge] >= 0 ? streets.names[streets.name[edge]] : "";
    if (!name) continue;
    if (!byName.has(name)) byName.set(name, new Map());
    const cells = byName.get(name);
    const i = streets.first[edge];
    const cell = Math.floor(streets.x[i] / PIECE_CELL) * 2 ** 20 + Math.floor(streets.y[i] / PIECE_CELL);
    if (!cells.has(cell)) cells.set(cell, []);
    cells.get(cell).push(edge);
  }
  return [...byName].flatMap(([name, cells]) => neighbouring(cells).map((edges) => ({ name, edges })));
}

/** Edges of cells that touch, together. */
function neighbouring(cells) {
  const left = new Set(cells.keys());
  const pieces = [];
  for (const start of cells.keys()) {
    if (!left.delete(start)) continue;
    const cluster = [start];
    for (const cell of cluster) {
      for (const column of [-1, 0, 1]) {
        for (const row of [-1, 0, 1]) {
          const next = cell + column * 2 ** 20 + row;
          if (left.delete(next)) cluster.push(next);
        }
      }
    }
    pieces.push(cluster.flatMap((cell) => cells.get(cell)));
  }
  return pieces;
}

function prepareThings(view) {
  if (asking.things) return;
  asking.spelling = asking.spelling || makeSpelling(data.find.rules);
  asking.things = indexed(thingsToFind(view), asking.spelling);
  if (asking.houses && !asking.houses.streets) {
    const folded = new Map();
    const fold = (number) => {
      if (!folded.has(number)) folded.set(number, foldNumber(number, asking.spelling));
      return folded.get(number);
    };
    const { names, first, number } = asking.houses;
    asking.houses.streets = indexed(names.map((name) => ({ what: "street", names: [name] })), asking.spelling);
    asking.houses.index = { streets: asking.houses.streets, first, number: number.map(fold) };
  }
}

/** What a query finds, the best first; the street of a house that is not on the map. */
function findAll(view, query) {
  prepareThings(view);
  const found = findExactly(query);
  const bare = withoutNumber(query, asking.spelling);
  asking.isWithoutHouse = !found.length && bare !== "";
  return asking.isWithoutHouse ? findExactly(bare).filter(({ what }) => ["street", "neighbourhood"].includes(what)) : found;
}

function findExactly(query) {
  const named = findNamed(asking.things, query, asking.spelling);
  const houses = asking.houses ? findHouses(asking.houses.index, query, asking.spelling) : [];
  const asHouses = houses.map(({ house, street, score: by }) => ({ score: by, thing: {
    what: "house", house, order: house, names: [`${street.names[0]}, ${asking.houses.number[house]}`] } }));
  return [...named, ...asHouses].sort(inOrder).map(({ thing }) => thing);
}

// ---- the box

function askBox(view, actions) {
  const input = el("input", {
    id: "ask-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", disabled: true,
    "aria-expanded": "false", "aria-controls": "ask-list", "aria-autocomplete": "list",
    input: () => listFound(view, actions, findAll(view, input.value)),
    keydown: (event) => answerKey(view, actions, event),
  });
  const list = el("ul", { id: "ask-list", role: "listbox", hidden: true });
  const box = el("div", { id: "ask", role: "search" }, input, list, el("p", { id: "ask-count", role: "status" }));
  document.addEventListener("pointerdown", (event) => { if (!box.contains(event.target)) closeList(view); });
  return box;
}

/** Words of the box in the reader's language. */
function speakAsking(view) {
  asking.things = null;
  const words = t("Find a street, a house, a microdistrict, a post");
  const [input, list] = [view.asker.querySelector("input"), view.asker.querySelector("ul")];
  input.placeholder = words;
  input.setAttribute("aria-label", words);
  list.setAttribute("aria-label", t("What was found"));
  closeList(view);
}

function listFound(view, actions, found) {
  const [input, list, count] = view.asker.children;
  asking.found = found.slice(0, SHOWN_RESULTS);
  asking.active = -1;
  list.replaceChildren(...asking.found.map((thing, place) => el("li", {
    id: `ask-${place}`, role: "option", "aria-selected": "false", click: () => chooseFound(view, actions, place),
  }, el("span", { class: "what" }, thing.names[0]), el("span", { class: "aside" }, aboutThing(view, thing)))));
  list.hidden = !asking.found.length;
  input.setAttribute("aria-expanded", String(!list.hidden));
  input.removeAttribute("aria-activedescendant");
  const typed = input.value.trim() !== "";
  count.textContent = typed ? countInWords(found.length) : "";
  count.classList.toggle("warning", typed && !found.length);
}

function countInWords(count) {
  if (!count) return t("Nothing was found");
  if (asking.isWithoutHouse) return t("That house is not on the map; its street is");
  return t("Found: {count}", { count: formatNumber(count) });
}

function closeList(view) {
  const [input, list, count] = view.asker.children;
  list.hidden = true;
  count.textContent = "";
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function answerKey(view, actions, event) {
  const [input, list] = view.asker.children;
  const shown = !list.hidden;
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (move && shown) {
    const all = asking.found.length;
    makeActive(view, asking.active < 0 ? (move > 0 ? 0 : all - 1) : (asking.active + move + all) % all);
  } else if (move) listFound(view, actions, findAll(view, input.value));
  else if (event.key === "Enter" && shown) chooseFound(view, actions, Math.max(asking.active, 0));
  else if (event.key === "Escape" && shown) closeList(view);
  else if (event.key === "Escape" && input.value) input.value = "";
  else {
    if (event.key === "Tab") closeList(view);
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

function makeActive(view, place) {
  const [input, list] = view.asker.children;
  asking.active = place;
  [...list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === place)));
  input.setAttribute("aria-activedescendant", `ask-${place}`);
  list.children[place].scrollIntoView({ block: "nearest" });
}

/** What a found thing is, and where: several streets may bear one name. */
function aboutThing(view, thing) {
  const kind = {
    post: t("Police post"), site: t("Proposed post"), neighbourhood: t("Neighbourhood"), place: t("Place"),
    street: t("Street"), house: t("House"), landmark: thing.kind }[thing.what];
  const where = ["street", "house", "landmark"].includes(thing.what) ? zoneAt(view, whereIs(view, thing)) : "";
  return [kind, where].filter(Boolean).join(" · ");
}

/** [latitude, longitude] of a found thing. */
function whereIs(view, thing) {
  if (thing.what === "post") return triedPost(data.posts[thing.place].id)?.at || data.posts[thing.place].at;
  if (thing.what === "street") return middleOf(view.streets, thing.edges).at;
  if (thing.what !== "house") return thing.at;
  const door = asking.houses.door[thing.house];
  if (door < 0) return asking.houses.at[thing.house];
  return unproject(view.doors.shape.x[door], view.doors.shape.y[door]);
}

/** Name of the neighbourhood that a place lies in. */
function zoneAt(view, at) {
  const names = data.neighbourhoods?.names;
  const zone = names ? featureAt(view.neighbourhoods, at) : null;
  return zone === null ? "" : names[zone];
}

// ---- what is found

function chooseFound(view, actions, place) {
  const thing = asking.found[place];
  const input = view.asker.querySelector("input");
  input.value = thing.names[0];
  closeList(view);
  if (view.map.getSize().x < 600) input.blur(); // the phone's keyboard would hide the answer
  showThing(view, actions, thing);
}

function showThing(view, actions, thing) {
  if (thing.what === "post") {
    view.map.setView(whereIs(view, thing), Math.max(view.map.getZoom(), 16), { animate: false });
    actions.showPost(thing.place);
  } else if (thing.what === "site") actions.showSite(data.proposed[thing.place].site);
  else if (thing.what === "neighbourhood") showZone(view, actions, thing.place);
  else if (thing.what === "street") showStreet(view, actions, thing);
  else if (thing.what === "house" && asking.houses.door[thing.house] >= 0) {
    showDoor(view, actions, asking.houses.door[thing.house]);
    showWholeOf(view, data.walk && askedDoor(view, asking.houses.door[thing.house]), whereIs(view, thing));
  } else showPlace(view, actions, whereIs(view, thing), thing.names[0]);
}

function showWholeOf(view, asked, at) {
  if (asked) showWhole(view, asked);
  else view.map.setView(at, 16, { animate: false });
}

function showPlace(view, actions, at, name) {
  const asked = data.walk && askedAt(at);
  showInfo(view, () => [el("h3", {}, name), ...(asked ? answerWords(view, asked, actions) : [])]);
  showWholeOf(view, asked, at);
}

function showStreet(view, actions, { name, edges }) {
  const { at, place } = middleOf(view.streets, edges);
  const lines = edges.map((edge) => pointsAlong(view.streets, { edge, from: 0, to: 1 }).map(([x, y]) => unproject(x, y)));
  const outline = L.polyline(lines);
  markArea(view, outline);
  showInfo(view, () => [
    el("h3", {}, name), el("p", { class: "aside" }, [alongStreet(view, edges), t("From the middle of the street:")].filter(Boolean).join(" ")),
    ...answerWords(view, { at, place }, actions)]);
  fitBeside(view, lines.flat());
}

/** How long the walk is from one end of a street to the other: its quickest and slowest place. */
function alongStreet(view, edges) {
  if (isInMetres()) return "";
  const { found, scale } = walksShown();
  const { u, v } = view.streets.network;
  const minutes = edges.flatMap((edge) => [u[edge], v[edge]])
    .map((node) => Math.round((found.seconds[node] * scale) / 60)).filter(Number.isFinite);
  if (!minutes.length) return "";
  const [low, high] = [Math.min(...minutes), Math.max(...minutes)];
  return low === high ? "" : t("Along the street the walk takes {low} to {high} min.", { low: formatNumber(low), high: formatNumber(high) });
}

/** The place on some edges that is nearest to the middle of all their vertices. */
function middleOf(streets, edges) {
  const vertices = edges.flatMap((edge) => Array.from({ length: streets.first[edge + 1] - streets.first[edge] }, (_, i) => streets.first[edge] + i));
  const mean = (list) => vertices.reduce((sum, i) => sum + list[i], 0) / vertices.length;
  const [x, y] = [mean(streets.x), mean(streets.y)];
  let best = { distance: Infinity };
  for (const edge of edges) {
    for (let i = streets.first[edge]; i < streets.first[edge + 1] - 1; i++) {
      const foot = footOn(streets, i, x, y);
      if (foot.distance < best.distance) best = { edge, ...foot };
    }
  }
  return { at: unproject(best.x, best.y), place: { edge: best.edge, share: shareAt(streets, best), access: 0 } };
}

/** A neighbourhood: the walk from the house nearest to its middle, and its facts. */
function showZone(view, actions, zone) {
  const outline = rings(view.neighbourhoods, zone);
  const door = data.walk ? middleDoor(view, zone) : -1;
  const asked = door >= 0 && askedDoor(view, door);
  markArea(view, L.polygon(outline));
  showInfo(view, () => {
    const [name, ...told] = areaInfo("neighbourhoods", zone);
    const answer = asked ? [el("p", { class: "aside" }, t("From the house nearest to its middle:")), ...answerWords(view, asked, actions)] : [];
    return [name, ...answer, ...told];
  });
  fitBeside(view, outline.flat());
}

function middleDoor(view, zone) {
  const { x, y } = view.doors.shape;
  const doors = Array.from(x.keys()).filter((door) => view.doors.zone[door] === zone);
  const mean = (list) => doors.reduce((sum, door) => sum + list[door], 0) / doors.length;
  const [east, north] = [mean(x), mean(y)];
  const away = (door) => Math.hypot(x[door] - east, y[door] - north);
  return doors.reduce((best, door) => (best < 0 || away(door) < away(best) ? door : best), -1);
}

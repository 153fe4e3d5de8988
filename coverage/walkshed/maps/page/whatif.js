// What if: a scenario of posts, closed and new ways and another speed, and what it gives.
// A model without a page: `trying.js` shows it, Node's tests ask it. Nothing here is stored or sent.
//
// A scenario is plain data and never altered: every change makes a new one, so undoing is going
// back in a list. Posts are {id, origin, at, place, open}: origin "post" and "proposed" are the
// study's own, "new" the reader's; `at` is [latitude, longitude]; `place` is where it meets the
// street, or null where it meets none. `closed` are edges; `links` new ways, see `changeStreets`.

/**
 * study: {network, doors, residents, zone, zones, cell, cells, limits, posts, speed_kmh, meet}.
 * residents in parts (see PEOPLE); limits in seconds, the narrowest first, each a number or one for
 * every door; posts as above. meet(door or post, closed), if there is one, tells where a door (its
 * number) or a post whose street is closed meets another one.
 */
function makeWhatIf(study) {
  const first = { posts: study.posts, closed: [], links: [], speed_kmh: study.speed_kmh, profile: "" };
  const past = [first];
  let now = 0;
  let streets = { closed: first.closed, links: first.links, ...unchanged(study) };
  let known = null; // what the present scenario gives

  const scenario = () => past[now];
  const set = (next) => {
    past.splice(now + 1, Infinity, next);
    now = past.length - 1;
    known = null;
    return result();
  };
  const go = (to) => {
    now = Math.max(0, Math.min(past.length - 1, to));
    known = null;
    return result();
  };
  const change = (id, values) => set({
    ...scenario(), posts: scenario().posts.map((post) => (post.id === id ? { ...post, ...values } : post)),
  });
  const without = (list, item) => list.filter((one) => one !== item);

  function streetsOf({ closed, links }) {
    if (streets.closed === closed && streets.links === links) return streets;
    const open = links.length ? withDoors(changeStreets(study.network, { links }), study.doors) : unchanged(study);
    streets = { closed, links, ...open };
    if (closed.length) {
      const doors = study.meet ? besideOpen(study, new Set(closed)) : study.doors;
      streets = { closed, links, open, ...withDoors(changeStreets(study.network, { closed, links }), doors) };
    }
    return streets;
  }

  /** Where a post stands on streets: where its own is closed it meets another. */
  function standing({ place, at }, { closed = [], moved }) {
    const shut = study.meet && at && closed.includes(place.edge);
    return moved((shut && study.meet({ at }, new Set(closed))) || place);
  }

  /** Walks to posts; `floor` are those with no way closed, which no closing shortens. */
  function walks(posts, on) {
    const places = posts.map((post) => standing(post, on));
    const found = searchFrom(on.network, places);
    return { found, places, ...doorTimes(on.network, on.doors, places, found), floor: on.open && walks(posts, on.open) };
  }

  /** The same walks with one post more. */
  function walksWith(post, before, on) {
    const places = [standing(post, on)];
    const number = before.places.length;
    const seconds = before.seconds.slice();
    const nearest = before.post.slice();
    const found = searchFrom(on.network, places, before.found);
    doorsNear(on.network, on.doors, places, found, (door, time) => {
      if (time < seconds[door]) { seconds[door] = time; nearest[door] = number; }
    });
    return {
      seconds, post: nearest, places: [...before.places, ...places], found: foundSooner(before.found, found, number),
      floor: on.open && walksWith(post, before.floor, on.open),
    };
  }

  function result() {
    if (known) return known;
    const posts = scenario().posts.filter(({ open, place }) => open && place);
    const on = streetsOf(scenario());
    known = told(posts, walks(posts, on), on, scenario());
    return known;
  }

  function told(posts, { seconds: walked, post, places, found, floor }, on, { closed, speed_kmh }) {
    const scale = study.speed_kmh / speed_kmh;
    const seconds = floor ? walked.map((time, door) => Math.max(time, floor.seconds[door])) : walked;
    return {
      posts, seconds, post, places, found, scale, streets: on, closed: new Set(closed), ...summed({ ...study, seconds, scale }),
      streetMetres: (limit) => metresWithin(on.network, places, found, limit / scale),
    };
  }

  return {
    scenario, result, set, change,
    canUndo: () => now > 0,
    canRedo: () => now < past.length - 1,
    undo: () => go(now - 1),
    redo: () => go(now + 1),
    reset: () => (scenario() === first ? result() : set(first)),
    isChanged: () => scenario() !== first,
    removePost: (id) => set({ ...scenario(), posts: scenario().posts.filter((post) => post.id !== id) }),
    openWay: (edge) => set({ ...scenario(), closed: without(scenario().closed, edge) }),
    closeWay: (edge) => set({ ...scenario(), closed: [...without(scenario().closed, edge), edge] }),
    buildWay: (link) => set({ ...scenario(), links: [...scenario().links, link] }),
    removeWay: (link) => set({ ...scenario(), links: without(scenario().links, link) }),

    /**
     * Take a post up: the walks to all others are found once. Returns what tells the scenario's result
     * with the post at another {at, place}; no place meets no street.
     */
    lift(id) {
      const lifted = scenario();
      const on = streetsOf(lifted);
      const others = lifted.posts.filter((post) => post.id !== id && post.open && post.place);
      const before = walks(others, on);
      const own = lifted.posts.find((post) => post.id === id);
      return ({ at, place }) => (place
        ? told([...others, { ...own, at, place, open: true }], walksWith({ at, place }, before, on), on, lifted)
        : told(others, before, on, lifted));
    },
  };
}

/** A search to which another one, of nodes it serves sooner, is added as the post of some number. */
function foundSooner(before, added, number) {
  const [seconds, post, via] = [before.seconds.slice(), before.post.slice(), before.via.slice()];
  for (const node of added.reached) [seconds[node], post[node], via[node]] = [added.seconds[node], number, added.via[node]];
  return { seconds, post, via };
}

function unchanged({ network, doors }) {
  return { network, doors, moved: (place) => place, drawn: (leg) => leg };
}

function withDoors(changed, doors) {
  return { ...changed, doors: moveDoors(doors, changed) };
}

/** Doors of closed edges beside the nearest street that is open; those that meet none stay. */
function besideOpen({ network, doors, meet }, closed) {
  const edge = doors.edge.slice();
  const share = doors.share.slice();
  const access = doors.access.slice();
  for (const shut of closed) {
    for (let k = doors.start[shut]; k < doors.start[shut + 1]; k++) {
      const door = doors.onEdge[k];
      const place = meet(door, closed);
      if (place) [edge[door], share[door], access[door]] = [place.edge, place.share, place.access];
    }
  }
  return placeDoors(network, { edge, share, access });
}

/** Residents (parts) within each limit: of the city, of each zone, of each cell; and the walks. */
function summed({ seconds, scale, residents, zone, zones, cell, cells, limits, grain = 6 }) {
  const bands = limits.length;
  const own = limits.some((limit) => typeof limit !== "number"); // each door has limits of its own
  const allowed = (band, door) => (typeof limits[band] === "number" ? limits[band] : limits[band][door]);
  const within = new Float64Array(bands);
  const inZone = new Float64Array(zones * bands);
  const inCell = new Float64Array(cells * bands);
  const grains = new Float64Array(GRAINS + 1); // residents by grains of the walk, 6 s or 10 m
  let notReached = 0;
  for (let door = 0; door < seconds.length; door++) {
    const time = seconds[door] * scale;
    const people = residents[door];
    if (time === Infinity) notReached += people;
    else grains[Math.min(Math.ceil(time / grain - 1e-6), GRAINS)] += people;
    for (let band = bands - 1; band >= 0 && time <= (own ? allowed(band, door) : limits[band]) + 1e-6; band--) {
      within[band] += people;
      if (zone[door] >= 0) inZone[zone[door] * bands + band] += people;
      if (cell[door] >= 0) inCell[cell[door] * bands + band] += people;
    }
  }
  return { within, inZone, inCell, notReached, grains };
}

const GRAINS = 2400; // farther walks are told as so long

/** Minutes that a share of the residents who reach a post walks at most, to a tenth. */
function minutesOfShare({ grains }, share) {
  const all = grains.reduce((sum, people) => sum + people, 0);
  let walked = 0;
  for (let step = 0; step < grains.length; step++) {
    walked += grains[step];
    if (walked >= share * all && walked > 0) return step / 10;
  }
  return NaN;
}

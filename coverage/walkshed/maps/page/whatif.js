// What if: a scenario of posts, closed and new ways and another speed, and what it gives.
// A model without a page: `planner.js` shows it, Node's tests ask it. Nothing here is stored or sent.
//
// A scenario is plain data and never altered: every change makes a new one, so undoing is going
// back in a list. Posts are {id, origin, at, place, open}: origin "post" and "proposed" are the
// study's own, "new" the reader's; `at` is [latitude, longitude]; `place` is where it meets the
// street, or null where it meets none.

/**
 * study: {network, doors, residents, zone, zones, cell, cells, limits, posts, speed_kmh}.
 * residents in parts (see PEOPLE); limits in seconds, the narrowest first; posts as above.
 */
function makeWhatIf(study) {
  const first = { posts: study.posts, closed: [], links: [], speed_kmh: study.speed_kmh };
  const past = [first];
  let now = 0;
  let streets = { closed: first.closed, links: first.links, ...unchanged(study) };
  let known = null; // what the present scenario gives
  let drag = null;

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

  function streetsOf({ closed, links }) {
    if (streets.closed === closed && streets.links === links) return streets;
    if (!closed.length && !links.length) streets = { closed, links, ...unchanged(study) };
    else {
      const changed = changeStreets(study.network, { closed, links });
      streets = { closed, links, ...changed, doors: moveDoors(study.doors, changed) };
    }
    return streets;
  }

  function timesOf(posts, { network, doors, moved }) {
    const places = posts.map(({ place }) => moved(place));
    const found = searchFrom(network, places);
    return { places, found, ...doorTimes(network, doors, places, found) };
  }

  function result() {
    if (known) return known;
    const posts = scenario().posts.filter(({ open, place }) => open && place);
    const walks = timesOf(posts, streetsOf(scenario()));
    known = { posts, ...walks, ...sums(walks.seconds) };
    return known;
  }

  function sums(seconds) {
    const scale = study.speed_kmh / scenario().speed_kmh;
    return { scale, ...summed({ ...study, seconds, scale }) };
  }

  return {
    scenario, result, set, change,
    canUndo: () => now > 0,
    canRedo: () => now < past.length - 1,
    undo: () => go(now - 1),
    redo: () => go(now + 1),
    reset: () => (now === 0 && past.length === 1 ? result() : set(first)),
    isChanged: () => scenario() !== first,
    streets: () => streetsOf(scenario()),

    /** Take a post up: the walks to all others are found once. */
    lift(id) {
      const others = scenario().posts.filter((post) => post.id !== id && post.open && post.place);
      drag = { id, others, ...timesOf(others, streetsOf(scenario())) };
    },

    /** What the scenario gives with the lifted post at another place; null meets no street. */
    hold(place) {
      const { network, doors, moved } = streets;
      const seconds = drag.seconds.slice();
      const post = drag.post.slice();
      if (place) {
        const places = [moved(place)];
        const found = searchFrom(network, places, drag.found);
        doorsNear(network, doors, places, found, (door, time) => {
          if (time < seconds[door]) { seconds[door] = time; post[door] = drag.others.length; }
        });
      }
      return { seconds, post, ...sums(seconds) };
    },

    /** Put the lifted post down. */
    drop(at, place) {
      const { id } = drag;
      drag = null;
      return change(id, { at, place, open: true });
    },
  };
}

function unchanged({ network, doors }) {
  return { network, doors, moved: (place) => place, drawn: (leg) => leg };
}

/** Residents (parts) within each limit: of the city, of each zone, of each cell; and the walks. */
function summed({ seconds, scale, residents, zone, zones, cell, cells, limits }) {
  const bands = limits.length;
  const within = new Float64Array(bands);
  const inZone = new Float64Array(zones * bands);
  const inCell = new Float64Array(cells * bands);
  const tenths = new Float64Array(MINUTES_TOLD * 10 + 1); // residents by tenths of a minute
  let notReached = 0;
  for (let door = 0; door < seconds.length; door++) {
    const time = seconds[door] * scale;
    const people = residents[door];
    if (time === Infinity) notReached += people;
    else tenths[Math.min(Math.ceil(time / 6 - 1e-6), tenths.length - 1)] += people;
    for (let band = bands - 1; band >= 0 && time <= limits[band] + 1e-6; band--) {
      within[band] += people;
      if (zone[door] >= 0) inZone[zone[door] * bands + band] += people;
      if (cell[door] >= 0) inCell[cell[door] * bands + band] += people;
    }
  }
  return { within, inZone, inCell, notReached, tenths };
}

const MINUTES_TOLD = 240;

/** Minutes that a share of the residents who reach a post walks at most, to a tenth. */
function minutesOfShare({ tenths }, share) {
  const all = tenths.reduce((sum, people) => sum + people, 0);
  let walked = 0;
  for (let step = 0; step < tenths.length; step++) {
    walked += tenths[step];
    if (walked >= share * all && walked > 0) return step / 10;
  }
  return NaN;
}

/** The scenario as `walkshed run --scenario` reads it: one GeoJSON feature for each change. */
function scenarioToGeojson(first, scenario, { date, linesOf }) {
  const before = new Map(first.posts.map((post) => [post.id, post]));
  const point = ([latitude, longitude]) => ({ type: "Point", coordinates: [longitude, latitude] });
  const features = [];
  const add = (geometry, properties) => features.push({ type: "Feature", geometry, properties: { ...properties, date } });
  for (const post of scenario.posts) {
    const old = before.get(post.id);
    if (post.origin !== "post") {
      if (post.open) add(point(post.at), { action: "add_post", id: post.id, kind: post.kind || "precinct_point" });
    } else if (!post.open) add(null, { action: "close_post", post_id: post.id });
    else if (post.at !== old.at) add(point(post.at), { action: "move_post", post_id: post.id });
  }
  for (const edge of scenario.closed) add({ type: "LineString", coordinates: linesOf(edge) }, { action: "close" });
  for (const { line } of scenario.links) add({ type: "LineString", coordinates: line }, { action: "add_street", joins: true });
  return { type: "FeatureCollection", walkshed: { speed_kmh: scenario.speed_kmh }, features };
}

// «Propose here» on the page: junctions in sight are tried a slice at a time, so that the page stays alive.

const SLICE_MS = 25;

/** New posts where they bring most residents of those not yet within the limit. */
async function proposeHere(view, redraw, take, told) {
  const { model, study, streets } = trying;
  const scenario = model.scenario();
  const mayStepOn = (edge) => Boolean(streets.flags[edge] & MAY_STEP_ON) && !scenario.closed.includes(edge);
  trying.searching = true;
  told(t("Searching …"));
  fillPanel(view, view.actions);
  await pause();
  const nodes = junctions(study.network, mayStepOn, nodeInSight(view.map, streets));
  const places = nodes.map((node) => placeAtNode(study.network, mayStepOn, node));
  const sets = await triedInSlices(places, bringing(model.result()));
  trying.searching = false;
  if (trying.model !== model || model.scenario() !== scenario) { told(""); redraw(); return; }
  const chosen = greedy(sets, study.residents, trying.count);
  told(chosen.length
    ? t("+{gain} residents within {limit}. The best, one after another, of {tries} junctions in sight: a rule of thumb, not a proof; move the posts to places that are free.", {
      gain: formatNumber(people(chosen.reduce((sum, one) => sum + one.people, 0))),
      limit: limitOf(chosenBand()), tries: formatNumber(nodes.length) })
    : t("No junction in sight adds residents within this limit; move the map or choose another limit."));
  if (!chosen.length) redraw();
  else take(chosen.reduce((next, { place }) => withPost(next, unproject(...nodeXy(streets, nodes[place])), places[place]), scenario));
}

/** What tells the doors that a place would bring within the chosen limit, beside the posts of some walks. */
function bringing(walks) {
  const { network, doors, moved } = walks.streets;
  const own = trying.study.limits[bands().indexOf(chosenBand())];
  const limitAt = (door) => (typeof own === "number" ? own : own[door]) / walks.scale;
  const longest = (typeof own === "number" ? own : own.reduce((most, limit) => Math.max(most, limit), 0)) / walks.scale;
  const search = makeSearch(network);
  return (place) => doorsBrought(search, network, doors, moved(place), { walks, limitAt, longest });
}

async function triedInSlices(places, work) {
  const done = [];
  let until = performance.now() + SLICE_MS;
  for (const place of places) {
    if (performance.now() > until) { await pause(); until = performance.now() + SLICE_MS; }
    done.push(work(place));
  }
  return done;
}

/** Whether a node lies in the part of the map that is seen. */
function nodeInSight(map, streets) {
  const box = map.getBounds();
  const [west, east] = [box.getWest(), box.getEast()].map(mercatorX);
  const [north, south] = [box.getNorth(), box.getSouth()].map(mercatorY);
  return (node) => {
    const [x, y] = nodeXy(streets, node);
    return x >= west && x <= east && y >= north && y <= south;
  };
}

function nodeXy({ first, x, y, network: { start, atNode, u } }, node) {
  const edge = atNode[start[node]];
  const i = u[edge] === node ? first[edge] : first[edge + 1] - 1;
  return [x[i], y[i]];
}

// Bands of the access standard, and how a walk is told by them.

/** The band that is shown: the chosen one, at first the one that new posts are planned for. */
state.band = data.summary.standard.planning_band;

/** Bands of the access standard, the narrowest first: `label`, `unit`, `limits`. */
function bands() {
  return data.summary.standard.bands;
}

function chosenBand() {
  return bands().find(({ label }) => label === state.band);
}

function planningBand() {
  return bands().find(({ label }) => label === data.summary.standard.planning_band);
}

/** All limits there are, each once: a band by storeys has two. */
function allLimits() {
  return [...new Set(bands().flatMap(({ limits }) => limits))].sort((one, other) => one - other);
}

const isInMetres = () => bands()[0].unit === "m";

function unitName() {
  return isInMetres() ? t("m") : t("min");
}

/** What a band allows: "10 min", "500/800 m". */
function limitOf(band) {
  if (band.told) return inLanguage(band.told);
  return `${band.limits.map((limit) => formatNumber(limit)).join("/")} ${unitName()}`;
}

/** Whole minutes; a walk just longer than a limit is never written as the limit. */
function formatMinutes(minutes) {
  if (minutes === "inf") return t("not reached");
  if (!Number.isFinite(minutes)) return "—";
  const whole = Math.round(minutes);
  const text = formatNumber(whole) + "\u00a0" + t("min");
  const hidesExcess = minutes > whole + 1e-6 && !isInMetres() && allLimits().includes(whole);
  return hidesExcess ? t("over {minutes}", { minutes: text }) : text;
}

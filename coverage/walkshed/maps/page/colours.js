// Colours of drawings: they stand in colours.css, once for light and once for dark, and are read here.

const inks = new Map(); // of the theme that is shown

/** A colour by the name it has in the style sheet, such as "proposed". */
function ink(name) {
  if (!inks.has(name)) {
    const value = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    if (!value) throw new Error(`no colour is called ${name}`);
    inks.set(name, value);
  }
  return inks.get(name);
}

/** The theme has changed: colours are read anew. */
function forgetInks() {
  inks.clear();
}

/** Red, green and blue of a colour such as "#1c3f6e" or "#fff". */
function partsOf(colour) {
  const long = colour.length === 4 ? colour.replace(/[^#]/g, "$&$&") : colour;
  return [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16));
}

// ---- classes of a share

const SHARE_CLASSES = [0, 0.2, 0.4, 0.6, 0.8, 1];
const shareColours = () => [0, 1, 2, 3, 4].map((place) => ink(`share-${place}`));

function shareColour(share) {
  if (!Number.isFinite(share)) return null;
  const place = SHARE_CLASSES.findLastIndex((low) => share >= low);
  return shareColours()[Math.min(place, SHARE_CLASSES.length - 2)];
}

/** Colours of the shares and what they mean, in percent: [[colour, text]]. */
function shareSteps() {
  return shareColours().map((colour, place) => [colour, `${SHARE_CLASSES[place] * 100}–${SHARE_CLASSES[place + 1] * 100}`]);
}

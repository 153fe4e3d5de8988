// Finding things by the words of a reader, however they are spelt: «Абай», «Abai», «абая ул.».
// Only texts: no page, no map. The rules of spelling come with the data, from the package's own
// reader of addresses, so that both take the same words for one name.

/** Rules as data -> {fold, words, kindOf, plain}: how a text is reduced to words to be compared. */
function makeSpelling({ letters, sounds, phrases, kinds, plain }) {
  const steps = sounds.map(([pattern, to]) => [new RegExp(pattern, "g"), to]);
  const wholes = phrases.map(([pattern, to]) => [new RegExp(`\\b(?:${pattern})\\b`, "g"), to]);
  const kindOf = new Map(Object.entries(kinds).flatMap(([kind, list]) => list.map((word) => [word, kind])));
  const replaced = (text, list) => list.reduce((result, [pattern, to]) => result.replace(pattern, to), text);

  /** Letters become a Latin skeleton common to Russian, Kazakh and Latin spelling. */
  function fold(text) {
    const whole = text.normalize("NFKC").toLowerCase().replaceAll("ß", "ss").replaceAll("ş", "sh");
    const bare = whole.normalize("NFKD").replace(/\p{Mn}/gu, "");
    const latin = replaced([...bare].map((letter) => (Object.hasOwn(letters, letter) ? letters[letter] : letter)).join(""), steps);
    return (latin.match(/[\p{L}\p{N}]+/gu) || []).join(" ");
  }

  /** Words of a name: «280/1» stays one word, «15-й» is 15, «м-н» and «шағын аудан» are one. */
  function words(text) {
    const plainer = text.replace(ORDINAL, "$1 ").replaceAll("№", " ")
      .replace(/(\d)\s*\/\s*(\d)/g, "$1s$2").replace(/(\d)-(\d)/g, "$1z$2")
      .replace(/(?<![\p{L}\p{N}])\p{L}\./gu, (initial, at, all) => (at + initial.length < all.length ? " " : initial));
    return replaced(fold(plainer), wholes).split(" ").filter(Boolean);
  }

  return { fold, words, kindOf, kinds, plain: new Set(plain) };
}

const ORDINAL = /(\d+)\s?-?\s?(?:ый|ий|ой|й|ая|я|ое|е|го|му|ші|шы|інші|ыншы|th|st|nd|rd)(?![\p{L}\p{N}])/giu;
const NUMBER = /^[0-9]+([sz][0-9]+)?[a-z]?(k[0-9]+)?$/;
const BESIDE = 1.5; // what a thing lies by names it less well than its own name
const HOUSE_WORDS = new Set("d dom ui uii house zd zdanie building".split(" "));

/** The word without the ending of the Russian genitive: «(улица) Абая» is named after Абай. */
function stemOf(word) {
  return word.replace(/(?<=[a-z]{3})a$/, "");
}

/** A number joined with its letter or block: «280 а», «280 корп 2». */
function joinedNumbers(words) {
  return words.join(" ").replace(/\b([0-9]\w*) (?:korp|korpus|k) ?([0-9]+)\b/g, "$1k$2")
    .replace(/\b([0-9]+) ([a-z])\b/g, "$1$2").split(" ").filter(Boolean);
}

/**
 * Words of a name or a query: {text, kind, isPlain}. «ц» and «тс» are one where texts are read, so
 * that what begins a name may be told from the rest of it: «Шымкент» begins «Шымкентская».
 */
function wordsOf(text, spelling) {
  return joinedNumbers(spelling.words(text)).map((word) => ({
    text: loosened(word), kind: spelling.kindOf.get(word) || "", isPlain: spelling.plain.has(word) }));
}

function loosened(word) {
  return word.replace(/c(?!h)/g, "ts");
}

/**
 * things: [{what, names: [..], beside: [..]}], the first name the one that is shown, beside what a
 * thing lies by (its street) -> things with their words.
 */
function indexed(things, spelling) {
  return things.map((thing, order) => {
    const beside = (thing.beside || []).map((name) => [name, BESIDE]);
    const called = [...thing.names.map((name) => [name, 0]), ...beside].filter(([name]) => spelling.fold(name)).map(([name, less]) => {
      const words = wordsOf(name, spelling);
      const proper = words.filter(({ kind }) => !kind);
      const kind = words.map((word) => word.kind).find(Boolean) || "";
      return { words: words.map(({ text }) => text), proper: (proper.length ? proper : words).map(({ text }) => text), kind, less };
    });
    return { ...thing, order, called };
  });
}

/** How far a word of the reader is from a word of a name: 0 it is the word, 3 it is not in it. */
function distance(typed, word) {
  if (typed === word) return 0;
  const stem = stemOf(typed);
  if (stem === stemOf(word)) return 0.1;
  if (word.startsWith(typed)) return 1;
  if (word.startsWith(stem)) return 1.2;
  return typed.length > 2 && word.includes(typed) ? 2 : 3;
}

/** How well one name answers the words typed: less is better, Infinity not at all. */
function score({ words, proper, kind, less }, typed, spelling) {
  const kindWords = kind ? spelling.kinds[kind] : [];
  const alone = typed.every((word) => word.kind || word.isPlain);
  let total = 0;
  let met = 0;
  for (const word of typed) {
    const best = Math.min(3, ...words.map((other) => distance(word.text, other)));
    if (best < 3) {
      total += best;
      if (!word.kind) met += 1;
    } else if (kindWords.some((other) => loosened(other).startsWith(word.text))) total += 0.1;
    else if (word.kind && !alone) total += kind ? 2 : 0.6; // another kind of place, or one not told
    else if (alone || !word.isPlain) return Infinity;
  }
  const leading = typed.find((word) => !word.kind) || typed[0];
  const begins = distance(leading.text, proper[0]) < 2 ? 0 : 0.3;
  return less + total + begins + 0.05 * Math.max(0, proper.length - met);
}

const KINDS_IN_ORDER = ["post", "site", "neighbourhood", "place", "landmark", "street", "house"];

/** Things that a query names, the best first: {thing, score}. */
function findNamed(things, query, spelling) {
  const typed = wordsOf(query, spelling);
  if (!typed.length) return [];
  const found = [];
  for (const thing of things) {
    let best = Infinity;
    for (const name of thing.called) best = Math.min(best, score(name, typed, spelling));
    if (best < Infinity) found.push({ thing, score: best });
  }
  return found.sort(inOrder);
}

function inOrder(one, other) {
  return one.score - other.score
    || KINDS_IN_ORDER.indexOf(one.thing.what) - KINDS_IN_ORDER.indexOf(other.thing.what)
    || one.thing.names[0].length - other.thing.names[0].length
    || one.thing.order - other.thing.order;
}

/** A house number as it is compared: «280 А», «280-а» and «280а» are one. */
function foldNumber(number, spelling) {
  return joinedNumbers(spelling.words(number)).join("");
}

/**
 * Houses that a query names: a number and the street it belongs to, in any order.
 *
 * houses: {streets, first, number}: names of the streets (things), where the houses of each begin,
 * and the folded number of each. A number that only begins so comes after those that are it.
 */
function findHouses({ streets, first, number }, query, spelling, limit = 8) {
  const typed = wordsOf(query, spelling).filter(({ text }) => !HOUSE_WORDS.has(text));
  const found = [];
  for (const at of new Set([typed.length - 1, 0])) {
    if (typed.length < 2 || !NUMBER.test(typed[at].text)) continue;
    const rest = typed.filter((_, i) => i !== at);
    if (rest.every(({ kind }) => kind)) continue;
    for (const street of streets) {
      const by = Math.min(...street.called.map((name) => score(name, rest, spelling)));
      if (by === Infinity) continue;
      for (let house = first[street.order]; house < first[street.order + 1]; house++) {
        if (!number[house].startsWith(typed[at].text)) continue;
        const exact = number[house] === typed[at].text;
        found.push({ house, street, score: by + (exact ? 0 : 1), length: number[house].length });
      }
    }
  }
  return found.sort((one, other) => one.score - other.score || one.length - other.length
    || one.street.names[0].length - other.street.names[0].length || one.house - other.house).slice(0, limit);
}

/** A query without its house number; "" where it has none or is nothing else. */
function withoutNumber(query, spelling) {
  const typed = wordsOf(query, spelling);
  const rest = typed.filter(({ text }) => !NUMBER.test(text) && !HOUSE_WORDS.has(text));
  return rest.length < typed.length && rest.some(({ kind }) => !kind) ? rest.map(({ text }) => text).join(" ") : "";
}

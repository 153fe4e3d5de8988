// Answers, for a test, what the page's search finds: a question as JSON on stdin, the answer on stdout.

import { readFileSync } from "node:fs";

const page = new URL("../../coverage/walkshed/maps/page/", import.meta.url);
const names = "makeSpelling, indexed, findNamed, findHouses, foldNumber";
const kit = new Function(`${readFileSync(new URL("search.js", page), "utf8")}; return { ${names} };`)();

const { rules, texts = [], things = [], streets = [], numbers = [], queries = [] } = JSON.parse(readFileSync(0, "utf8"));
const spelling = kit.makeSpelling(rules);
const listed = kit.indexed(things, spelling);
const first = numbers.reduce((sums, { length }) => [...sums, sums.at(-1) + length], [0]);
const houses = {
  streets: kit.indexed(streets.map((name) => ({ what: "street", names: [name] })), spelling), first,
  number: numbers.flat().map((number) => kit.foldNumber(number, spelling)),
};
process.stdout.write(JSON.stringify({
  folded: texts.map(spelling.fold),
  words: texts.map(spelling.words),
  found: queries.map((query) => kit.findNamed(listed, query, spelling).map(({ thing }) => thing.names[0])),
  houses: queries.map((query) => kit.findHouses(houses, query, spelling)
    .map(({ house, street }) => `${street.names[0]} ${numbers.flat()[house]}`)),
}));

// Answers questions about the player's modules: a line of JSON for each line of JSON.
import { createInterface } from "node:readline";

import { format, parse } from "./address.js";
import { QueryError } from "./lexer.js";
import { hitsOf } from "./query.js";

const number = (values) => ({ type: "number", at: (t) => values[t] ?? NaN });
const FIELDS = ({ columns, names }) => new Map(Object.entries(columns).map(([name, values]) => [
  name, names[name] ? { type: "category", at: (t) => values[t] ?? NaN, names: names[name] }
    : name.startsWith("flag") ? { type: "condition", at: (t) => values[t] ?? NaN } : number(values),
]));
const ANSWERS = {
  query: ({ text, table, decisions }) => hitsOf(text, FIELDS(table), decisions),
  // What is read, what is written of it, and what is read of that.
  address: (words) => {
    const view = parse(words);
    return { view, again: parse(format(view)) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, given] = JSON.parse(line);
  const start = process.cpuUsage();
  const answer = {};
  try {
    answer.found = ANSWERS[what](given);
  } catch (error) {
    if (error instanceof QueryError) answer.refused = error.message;
    else answer.thrown = `${error.name}: ${error.message}`.slice(0, 300);
  }
  const { user, system } = process.cpuUsage(start);
  answer.seconds = (user + system) / 1e6;
  console.log(JSON.stringify(answer));
}

// The query language: an expression over the fields of a decision, compiled to closures. Nothing of the text is ever run.
//
//   lift.tunnel > 2 and (action == "LEFT" or disagree) and was(reward > 0, 5)
//
// Where a number is not known (NaN), a comparison with it is neither true nor false; "not" leaves it so, and "and" and "or"
// need it only where the other side does not settle the matter. A decision is a hit if the whole is true.
import { QueryError, tokens } from "./lexer.js";

const DEPTH = 100;
const MOST_NAMES = 16;
const COMPARE = {
  "==": (a, b) => a === b, "!=": (a, b) => a !== b, "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};
const ARITHMETIC = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b };
const FUNCTIONS = new Map([["abs", 1], ["min", 2], ["max", 2], ["was", 2]]);
const WORDS = new Set(["and", "or", "not"]);
const TRUTH = new Map([["true", 1], ["false", 0]]);
const KINDS = { number: "a number", condition: "a condition", category: "a name", text: "a text" };

// A predicate over decisions. fields: Map of name -> { type: "number" | "condition" | "category", at(t), names }.
export function compile(text, fields) {
  const parser = new QueryParser(tokens(text, (name) => fields.has(name)), fields);
  const whole = parser.whole();
  return (t) => whole.at(t) === 1;
}

// The decisions of which the query is true, in order.
export function hitsOf(text, fields, decisions) {
  const hit = compile(text, fields);
  const found = [];
  for (let t = 0; t < decisions; t++) if (hit(t)) found.push(t);
  return found;
}

// Every part of an expression is { type, at(t), position }; conditions are 1, 0 or NaN.
class QueryParser {
  constructor(list, fields) {
    Object.assign(this, { list, fields, next: 0, depth: 0 });
  }

  whole() {
    if (this.now.kind === "end") throw new QueryError("the query is empty", 1);
    const part = this.condition(this.or());
    if (this.now.kind !== "end") throw this.unexpected("and, or, a comparison or the end");
    return part;
  }

  get now() { return this.list[this.next]; }

  take(...values) {
    const token = this.now;
    if ((token.kind !== "sign" && token.kind !== "name") || !values.includes(token.value)) return null;
    this.next += 1;
    return token;
  }

  unexpected(wanted) {
    const { kind, value, position } = this.now;
    return new QueryError(`expected ${wanted}, met ${kind === "end" ? value : `"${value}"`}`, position);
  }

  or() { return this.chain(() => this.and(), "or", (a, b) => (a === 1 || b === 1 ? 1 : a + b)); }

  and() { return this.chain(() => this.not(), "and", (a, b) => (a === 0 || b === 0 ? 0 : a * b)); }

  chain(inner, word, join) {
    let left = inner();
    while (this.take(word)) {
      const [one, other] = [this.condition(left), this.condition(inner())];
      left = { type: "condition", at: (t) => join(one.at(t), other.at(t)), position: one.position };
    }
    return left;
  }

  not() {
    const token = this.take("not");
    if (!token) return this.comparison();
    const inner = this.deeper(() => this.condition(this.not()));
    return { type: "condition", at: (t) => 1 - inner.at(t), position: token.position };
  }

  comparison() {
    const left = this.sum();
    const sign = this.take(...Object.keys(COMPARE));
    if (!sign) return left;
    const part = compared(left, this.sum(), sign);
    const second = this.take(...Object.keys(COMPARE));
    if (second) throw new QueryError(`comparisons cannot be chained; join two with "and"`, second.position);
    return part;
  }

  sum() { return this.arithmetic(() => this.product(), "+", "-"); }

  product() { return this.arithmetic(() => this.signed(), "*", "/"); }

  arithmetic(inner, ...signs) {
    let left = inner();
    for (let sign = this.take(...signs); sign; sign = this.take(...signs)) {
      const [one, other, act] = [this.number(left), this.number(inner()), ARITHMETIC[sign.value]];
      left = { type: "number", at: (t) => act(one.at(t), other.at(t)), position: one.position };
    }
    return left;
  }

  signed() {
    const sign = this.take("-");
    if (!sign) return this.atom();
    const inner = this.deeper(() => this.number(this.signed()));
    return { type: "number", at: (t) => -inner.at(t), position: sign.position };
  }

  atom() {
    const { kind, value, position } = this.now;
    if (kind === "number") return this.step({ type: "number", at: () => value, position, constant: value });
    if (kind === "text") return this.step({ type: "text", value, position });
    if (this.take("(")) {
      const inner = this.deeper(() => this.or());
      if (!this.take(")")) throw this.unexpected('")"');
      return inner;
    }
    if (kind !== "name" || WORDS.has(value)) throw this.unexpected("a name, a number or a text");
    if (TRUTH.has(value)) return this.step({ type: "condition", at: () => TRUTH.get(value), position });
    this.next += 1;
    if (this.now.kind === "sign" && this.now.value === "(") return this.call(value, position);
    const field = this.fields.get(value);
    if (!field) throw new QueryError(`there is no ${JSON.stringify(value)}; ${nearest(value, this.fields)}`, position);
    return { ...field, position };
  }

  call(name, position) {
    const count = FUNCTIONS.get(name);
    if (!count) {
      throw new QueryError(`there is no function ${JSON.stringify(name)}; there are ${[...FUNCTIONS.keys()].join(", ")}`, position);
    }
    this.take("(");
    const given = [this.deeper(() => this.or())];
    while (this.take(",")) given.push(this.deeper(() => this.or()));
    if (!this.take(")")) throw this.unexpected('"," or ")"');
    if (given.length !== count) {
      throw new QueryError(`${name} takes ${count} value${count > 1 ? "s" : ""}, ${given.length} given`, position);
    }
    if (name === "was") return { ...this.shifted(...given), position };
    const parts = given.map((part) => this.number(part));
    return { type: "number", at: (t) => Math[name](...parts.map((part) => part.at(t))), position };
  }

  // was(x, n): what x was n decisions before; not known in the first n.
  shifted(part, by) {
    if (!(Number.isInteger(by.constant) && by.constant >= 0)) {
      throw new QueryError("was(x, n) needs a whole number n, such as 5", by.position);
    }
    if (part.type === "text") throw new QueryError("a text is the same at all times", part.position);
    return { ...part, at: (t) => (t < by.constant ? NaN : part.at(t - by.constant)) };
  }

  step(part) {
    this.next += 1;
    return part;
  }

  deeper(inner) {
    this.depth += 1;
    if (this.depth > DEPTH) throw new QueryError("the query is nested too deeply", this.now.position);
    const part = inner();
    this.depth -= 1;
    return part;
  }

  condition(part) { return demanded(part, "condition", "compare it with something, such as lift.ball > 2"); }

  number(part) { return demanded(part, "number", "a calculation needs numbers"); }
}

function demanded(part, type, advice) {
  if (part.type === type) return part;
  throw new QueryError(`${KINDS[type]} is needed, this is ${KINDS[part.type]}: ${advice}`, part.position);
}

function compared(left, right, { value: sign, position }) {
  const act = COMPARE[sign];
  const known = (a, b) => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Number(act(a, b)));
  if (left.type === "number" && right.type === "number") {
    return { type: "condition", at: (t) => known(left.at(t), right.at(t)), position: left.position };
  }
  const [name, other] = left.type === "category" ? [left, right] : [right, left];
  if (name.type !== "category" || !["category", "text"].includes(other.type)) {
    throw new QueryError(`${KINDS[left.type]} cannot be compared with ${KINDS[right.type]}`, position);
  }
  if (sign !== "==" && sign !== "!=") throw new QueryError("names can only be compared by == and !=", position);
  const code = other.type === "text" ? constantCode(name, other) : recoded(other, name);
  return { type: "condition", at: (t) => known(name.at(t), code(t)), position: left.position };
}

function constantCode(name, { value, position }) {
  const code = name.names.indexOf(value);
  if (code < 0) throw new QueryError(`there is no ${JSON.stringify(value)} here; there are ${name.names.join(", ")}`, position);
  return () => code;
}

// The codes of one list of names as those of another; -1 for a name that the other lacks.
function recoded(from, to) {
  const codes = from.names.map((name) => to.names.indexOf(name));
  return (t) => codes[from.at(t)] ?? NaN;
}

// Which names there are, those that look most like the wrong one first; those of a panel only if it names one.
function nearest(wrong, fields) {
  const parts = wrong.toLowerCase().split(/[.\-_]/).filter(Boolean);
  const alike = (word, part) => word.startsWith(part) || part.startsWith(word);
  const likeness = (name) => {
    const words = name.toLowerCase().split(/[.\-_]/);
    return parts.filter((part) => words.some((word) => alike(word, part))).length;
  };
  const [prefix] = /^([A-Z]|player)\./.exec(wrong) ?? [""];
  const ofPanel = [...fields.keys()].filter((name) => prefix && name.startsWith(prefix));
  const names = ofPanel.length ? ofPanel : [...fields].filter(([, { panel }]) => !panel).map(([name]) => name);
  names.sort((a, b) => likeness(b) - likeness(a)); // a stable sort: equals keep their order
  const shown = names.slice(0, MOST_NAMES);
  const more = fields.size - shown.length;
  return `there are ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

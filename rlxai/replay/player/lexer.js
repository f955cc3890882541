// Words of the query language, each with its position in the text (from 1, as people count).

const WORDS = [
  /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/, /(?<name>[A-Za-z_][\w-]*(?:\.[\w-]+)*)/, /(?<text>"[^"]*"|'[^']*')/,
  /(?<sign>==|!=|<=|>=|[<>+\-*/(),])/,
];
const TOKEN = new RegExp(`\\s*(?:${WORDS.map(({ source }) => source).join("|")})`, "y");
const SLIPS = { "=": "==", "&": "and", "&&": "and", "|": "or", "||": "or", "!": "not" };
const MOST = 500; // as many as a link carries

export class QueryError extends Error {
  constructor(message, position) {
    super(`${message} (position ${position})`);
    this.position = position;
  }
}

// [{ kind: "number" | "name" | "text" | "sign" | "end", value, position }]. `known` says whether a name exists: a name may
// hold a hyphen (lift.visible-ball), which elsewhere is a minus.
export function tokens(text, known) {
  if (text.length > MOST) throw new QueryError(`a query may have ${MOST} characters, this one has ${text.length}`, MOST);
  const found = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim()) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw stranger(text, start);
    const { number, name, text: quoted, sign } = match.groups;
    let value = number ?? name ?? quoted ?? sign;
    const position = TOKEN.lastIndex - value.length + 1;
    while (name && value.includes("-") && !known(value)) value = value.slice(0, value.lastIndexOf("-"));
    TOKEN.lastIndex = position - 1 + value.length;
    if (number) found.push({ kind: "number", value: Number(number), position });
    else if (name) found.push({ kind: "name", value, position });
    else if (quoted) found.push({ kind: "text", value: quoted.slice(1, -1), position });
    else found.push({ kind: "sign", value, position });
  }
  found.push({ kind: "end", value: "the end", position: text.length + 1 });
  return found;
}

function stranger(text, start) {
  const rest = text.slice(start).trimStart();
  const position = text.length - rest.length + 1;
  if (rest[0] === '"' || rest[0] === "'") return new QueryError("a text has no closing quote", position);
  const slip = [rest.slice(0, 2), rest[0]].find((sign) => Object.hasOwn(SLIPS, sign));
  if (slip) return new QueryError(`"${slip}" is written "${SLIPS[slip]}" here`, position);
  return new QueryError(`"${rest[0]}" has no meaning here`, position);
}

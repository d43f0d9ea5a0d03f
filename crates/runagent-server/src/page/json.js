// JSON as text. Numbers keep every digit, which JSON.parse would round.

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/gs;
const OPENS = new Set(["{", "["]);
const CLOSES = new Set(["}", "]"]);

/** The text over several lines, indented. */
export function pretty(json) {
  const tokens = json.match(TOKEN) ?? [];
  const parts = [];
  let depth = 0;
  const newLine = () => parts.push("\n", "  ".repeat(depth));
  tokens.forEach((token, at) => {
    if (OPENS.has(token)) {
      parts.push(token);
      depth += 1;
      if (!CLOSES.has(tokens[at + 1])) newLine();
    } else if (CLOSES.has(token)) {
      depth = Math.max(0, depth - 1);
      if (!OPENS.has(tokens[at - 1])) newLine();
      parts.push(token);
    } else if (token === ",") {
      parts.push(token);
      newLine();
    } else {
      parts.push(token === ":" ? ": " : token);
    }
  });
  return parts.join("");
}

/** The text on one line, with `word` said for each string and each of true, false and null. */
export function respell(json, word) {
  const tokens = json.match(TOKEN) ?? [];
  return tokens.map((token) => {
    if (token === ":" || token === ",") return `${token} `;
    if (token.startsWith('"')) return word(JSON.parse(token));
    if (token === "true" || token === "false") return word(token === "true");
    return token === "null" ? word(null) : token;
  }).join("");
}

/** The members of an object, or of an array without their names: `[[name, json]]`. */
export function members(json) {
  const found = [];
  let name;
  let value = "";
  let depth = 0;
  for (const token of json.match(TOKEN) ?? []) {
    if (CLOSES.has(token)) depth -= 1;
    if ((depth === 1 && token === ",") || depth === 0) {
      if (value) found.push([name, value]);
      value = "";
    } else if (depth === 1 && token === ":") {
      name = JSON.parse(value);
      value = "";
    } else {
      value += token;
    }
    if (OPENS.has(token)) depth += 1;
  }
  return found;
}

/**
 * What a server sends for a value: text that is an object of `type` and `payload`, which is JSON text again.
 * Returns `text` when the value is a string, and `json` otherwise.
 */
export function structured(sent) {
  if (typeof sent !== "string") return { json: JSON.stringify(sent ?? null) };
  let value;
  try {
    value = JSON.parse(sent);
  } catch {
    return { text: sent };
  }
  if (typeof value?.type !== "string" || typeof value.payload !== "string") return { json: sent };
  if (value.type !== "string") return { json: value.payload || "null" };
  try {
    return { text: value.payload && String(JSON.parse(value.payload)) };
  } catch {
    return { text: value.payload };
  }
}

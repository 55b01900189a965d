/**
 * Patterns for the names of branches and tags, and for paths.
 *
 * `*` is any number of characters and `?` one, but never a slash; `**` as a whole part is any number of parts.
 * A pattern is followed through all its readings at once, so that no pattern is slow on any text.
 */

type Token =
  | { readonly kind: "same"; readonly character: string }
  | { readonly kind: "one" }
  | { readonly kind: "many" }
  | { readonly kind: "deep" }
  /** `**` and its slash: no part, or some whole parts. */
  | { readonly kind: "parts" };

/** Words for what is wrong with a pattern, beginning with a verb; nothing when it may be used. */
export function globMistake(pattern: string): string | undefined {
  if (pattern === "") return "must not be empty";
  if (pattern.length > 200) return "must have at most 200 characters";
  if (!pattern.isWellFormed() || /\p{Cc}/u.test(pattern)) return "must not have control characters in it";
  if (/[[\]{}\\]|^!/.test(pattern))
    return "has only *, ** and ? to stand for others; [ ] { } \\ and a leading ! do not work";
  if (pattern.startsWith("/")) return "must not begin with a slash: it is about names from the top of the repository";
  if (pattern.endsWith("/")) return `must not end with a slash; to mean all below, say ${pattern}**`;
  if (pattern.split("/").some((part) => part.includes("**") && part !== "**"))
    return "must have ** as a whole part, as in docs/** and **/*.md";
  return undefined;
}

/** Whether the pattern stands for the whole text. */
export function matchesGlob(pattern: string, text: string): boolean {
  const tokens = tokensOf(pattern.normalize("NFC"));
  let states = new Set<number>();
  enter(tokens, 0, states);
  for (const character of text.normalize("NFC")) {
    const next = new Set<number>();
    for (const state of states) advance(tokens, state, character, next);
    if (next.size === 0) return false;
    states = next;
  }
  return states.has(tokens.length);
}

/** Whether one of the patterns does. */
export function matchesAnyGlob(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text));
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at]!;
    const isDeep = character === "*" && characters[at + 1] === "*";
    const beginsPart = at === 0 || characters[at - 1] === "/";
    if (isDeep && beginsPart && characters[at + 2] === "/") {
      tokens.push({ kind: "parts" });
      at += 2;
    } else if (isDeep) {
      tokens.push({ kind: "deep" });
      at += 1;
    } else if (character === "*") tokens.push({ kind: "many" });
    else if (character === "?") tokens.push({ kind: "one" });
    else tokens.push({ kind: "same", character });
  }
  return tokens;
}

/** Adds the token, and those after it that may be left out. */
function enter(tokens: readonly Token[], at: number, states: Set<number>): void {
  let state = at;
  for (; state < tokens.length; state++) {
    states.add(state);
    const kind = tokens[state]!.kind;
    if (kind === "same" || kind === "one") return;
  }
  states.add(state);
}

function advance(tokens: readonly Token[], state: number, character: string, next: Set<number>): void {
  const token = tokens[state];
  if (token === undefined) return;
  switch (token.kind) {
    case "same":
      if (token.character === character) enter(tokens, state + 1, next);
      return;
    case "one":
      if (character !== "/") enter(tokens, state + 1, next);
      return;
    case "many":
      if (character !== "/") enter(tokens, state, next);
      return;
    case "deep":
      enter(tokens, state, next);
      return;
    case "parts":
      // In the middle of a part only this token goes on; what comes after it begins a part.
      next.add(state);
      if (character === "/") enter(tokens, state + 1, next);
  }
}

/** What a page lacks; see the `.mjs` beside it. */
export function lackingIn(): string[];

/** Text that is safe to stand in a shell command, made by `shellQuote` alone. */
export type ShellWord = string & { readonly ShellWord: unique symbol };

/**
 * The one encoder from an argument to shell text: whatever the argument is, a POSIX shell reads back exactly it.
 *
 * Only `'` has a meaning inside single quotes, so it alone is taken out of them. NUL cannot be an argument of any
 * process, and a lone surrogate would silently become another character on its way, so both are refused.
 */
export function shellQuote(argument: string): ShellWord {
  if (argument.includes("\0")) throw new TypeError("An argument of a command cannot contain NUL.");
  if (!argument.isWellFormed()) throw new TypeError("An argument of a command is not well-formed Unicode.");

  return `'${argument.replaceAll("'", `'\\''`)}'` as ShellWord;
}

/** The shell variable of `shell-program.ts` that holds a newline. */
export const newlineVariable = "n";

/** The same on a single line. Quoted newlines always stand inside single quotes, so they can leave them. */
export function shellQuoteOnOneLine(argument: string): ShellWord {
  return shellQuote(argument).replaceAll("\n", `'"$${newlineVariable}"'`) as ShellWord;
}

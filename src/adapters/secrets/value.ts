/** What can be a secret's value. No message holds any of it. */

/** Every way to a service takes as much; keys and certificates fit. */
export const mostValueBytes = 64 * 1024;

/** What is shorter can't be masked: it would hide half of every log. */
const shortestMasked = 4;
/** What is shorter is found by chance in other words, and by trying. */
const shortestFit = 6;

/** Why this can't be kept as a secret; `null` when it can. */
export function refusalOf(value: string): string | null {
  if (value === "") return "the value is empty";
  if (value.includes("\0")) return "the value holds a NUL character, which no variable and no credential can hold";
  if (!value.isWellFormed()) return "the value is no proper text: half of a surrogate pair stands alone";
  if (Buffer.byteLength(value) > mostValueBytes) return `the value has more than ${mostValueBytes / 1024} KiB`;
  if (value.trim().length < shortestMasked)
    return `the value has fewer than ${shortestMasked} characters and can't be kept out of logs; a plain variable does the same`;
  return null;
}

/** Why this is a weak secret; `null` when nothing is to be said. */
export function weaknessOf(value: string): string | null {
  if (value.trim().length < shortestFit)
    return `the value has fewer than ${shortestFit} characters: other words in logs are masked with it, and it can be guessed`;
  if (/\s$/.test(value)) return "the value ends with white space, which is kept as it is";
  return null;
}

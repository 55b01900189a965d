/** What SQLite's error numbers mean to the store. */

/** Without the upper bits, which only tell the details. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return undefined;
  return error.errcode & 0xff;
}

export function isBusy(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 5 || code === 6;
}

export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 11 || code === 26;
}

/** The disk is full, or a quota is used up (which the system reports as a failed write). */
export function isFull(error: unknown): boolean {
  const failedWrite = 778;
  return primaryCode(error) === 13 || (error instanceof Error && "errcode" in error && error.errcode === failedWrite);
}

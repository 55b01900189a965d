/** What SQLite's error numbers mean to the store. */

function fullCode(error: unknown): number {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
}

/** Without the upper bits, which only tell the details. */
function primaryCode(error: unknown): number {
  return fullCode(error) & 0xff;
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
  return primaryCode(error) === 13 || fullCode(error) === failedWrite;
}

/** There is no room for the small file through which readers find their way in the write-ahead log. */
export function isWithoutSharedMemory(error: unknown): boolean {
  const [open, size, map] = [4618, 4874, 5386];
  return [open, size, map].includes(fullCode(error));
}

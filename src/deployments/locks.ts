/** Who holds which lock. */

/** Host locks end with each batch, so they have an owner of their own. */
export function hostLockOwner(deployment: string): string {
  return `${deployment}/hosts`;
}

/**
 * From where the work that goes on was asked for.
 *
 * It goes along with the work by itself, so that no action can forget to hand it on: whatever is written into the
 * audit log within a request says where the request came from.
 */
import { AsyncLocalStorage } from "node:async_hooks";

import type { Access } from "../../core/access.ts";

const current = new AsyncLocalStorage<Access | undefined>();

export function currentAccess(): Access | undefined {
  return current.getStore();
}

/** `undefined`: the server acts by itself. */
export function within<Result>(access: Access | undefined, work: () => Result): Result {
  return current.run(access, work);
}

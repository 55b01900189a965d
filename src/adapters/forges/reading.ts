/** From a delivery to what it says; the same way for all forges. */
import type { PushEvent } from "../../core/trigger-push.ts";
import type { Delivery, Reading } from "../../ports/forge.ts";
import type { Fields } from "./fields.ts";
import { Unreadable, fieldsOf } from "./fields.ts";
import { oneHeader } from "./headers.ts";
import { readJson } from "./json.ts";

/** Pushes, or why there are none. */
export type Said = readonly PushEvent[] | "ping" | { readonly ignored: string };

/** Never throws for anything that is in the body. */
export function readDelivery(
  { headers, body }: Delivery,
  delivery: string | undefined,
  say: (payload: Fields) => Said,
): Reading {
  const id = delivery === undefined ? {} : { delivery };
  try {
    if (oneHeader(headers, "content-type")?.startsWith("application/x-www-form-urlencoded") === true)
      return { kind: "unreadable", reason: "the hook sends a form; set its content type to application/json" };
    const said = say(fieldsOf(readJson(body), "the body"));
    if (said === "ping") return { kind: "ping", ...id };
    if ("ignored" in said) return { kind: "ignored", ...id, reason: said.ignored };
    return said.length > 0
      ? { kind: "pushes", ...id, pushes: said }
      : { kind: "ignored", ...id, reason: "no branch or tag that could be deployed was changed" };
  } catch (error) {
    if (error instanceof Unreadable) return { kind: "unreadable", reason: error.message };
    throw error;
  }
}

/**
 * What happened to a ref, by what it pointed to before and after.
 *
 * @throws {Unreadable} when it was not there before and is not after
 */
export function changeOf(
  before: string | undefined,
  after: string | undefined,
): Pick<PushEvent, "change" | "before" | "after"> {
  if (before === undefined && after === undefined) throw new Unreadable("nothing was pushed");
  return {
    change: before === undefined ? "created" : after === undefined ? "deleted" : "moved",
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

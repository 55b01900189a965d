/** The headers of a delivery. Only some of them are signed, so they only ever choose how to read the body. */
import type { DeliveryHeaders } from "../../ports/forge.ts";

/** A header that is there once and short enough to be meant. */
export function oneHeader(headers: DeliveryHeaders, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
  return typeof value === "string" && value !== "" && value.length <= 1024 ? value : undefined;
}

/** A header with an id in it. */
export function idHeader(headers: DeliveryHeaders, name: string): string | undefined {
  const value = oneHeader(headers, name);
  return value !== undefined && /^[A-Za-z0-9._:{}-]{1,128}$/.test(value) ? value : undefined;
}

/** A header with the name of an event in it, such as `push` or `repo:push`. */
export function eventHeader(headers: DeliveryHeaders, name: string): string {
  const value = oneHeader(headers, name);
  return value !== undefined && /^[a-z_:]{1,64}$/.test(value) ? value : "unnamed";
}

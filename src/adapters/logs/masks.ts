/** The masks of this server, over everything that it knows by now. */
import type { Masks } from "../../ports/masks.ts";
import { createMask, maskText } from "./mask.ts";

/** @param values what must not be seen; the same list while nothing is new */
export function masksOf(values: () => readonly string[]): Masks {
  return {
    text: (text) => maskText(values(), text),
    stream: () => createMask(values),
  };
}

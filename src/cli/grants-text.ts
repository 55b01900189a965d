/** Rights and the environments that they hold in, as they are typed and shown. */
import { InvalidArgumentError, Option } from "commander";

import { environmentNamePattern } from "../core/names.ts";
import type { Grant, Right } from "../core/permissions.ts";

/** `--in dev stage`; without it a right holds everywhere. */
export function inOption(): Option {
  return new Option("--in <environment...>", "only in these environments (default: everywhere)").argParser(
    (name: string, before: readonly string[] | undefined) => {
      if (!environmentNamePattern.test(name)) throw new InvalidArgumentError("That is no name of an environment.");
      return [...(before ?? []), name];
    },
  );
}

export function grantsOf(rights: readonly Right[], environments: readonly string[] | undefined): Grant[] {
  const where = environments ?? [null];
  return [...new Set(rights)].flatMap((right) => where.map((environment) => ({ right, environment })));
}

/** `view, deploy in dev`: what holds everywhere first. */
export function grantsText(grants: readonly Grant[]): string {
  const places = new Map<string | null, string[]>([[null, []]]);
  for (const { right, environment } of grants) {
    const there = places.get(environment) ?? [];
    places.set(environment, [...there, right]);
  }
  const texts = [...places].map(([place, rights]) =>
    place === null ? rights.join(" ") : `${rights.join(" ")} in ${place}`,
  );
  return texts.filter((text) => text !== "").join(", ");
}

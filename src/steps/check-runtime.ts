/** Compares what the host's runtime says about itself with what the service requires; before anything is built. */
import { inRange, versionIn } from "../core/version-range.ts";
import { factsOf, unchanged } from "./step.ts";
import type { StepDefinition } from "./step.ts";

export const checkRuntime: StepDefinition<"check-runtime"> = {
  kind: "check-runtime",
  title: () => "check the runtime",

  async perform(_step, context) {
    const { target, host } = context;
    const facts = factsOf(context);
    const first = target.unit.exec[0]!;
    const comesWithRelease = first.includes("/") && !first.startsWith("/");
    if (facts.exec === "" && !comesWithRelease) {
      const message = first.startsWith("/")
        ? `there is no program ${first} on ${host}; install it, or correct unit.exec`
        : `${first} is not on the path of services on ${host}; install it, or name it by its full path in unit.exec`;
      return { kind: "failed", message };
    }
    for (const [index, { kind, range, argv }] of target.runtime.entries()) {
      const said = facts.versions[index] ?? "";
      const found = versionIn(said);
      const name = kind === "command" ? (argv ?? []).join(" ") : kind;
      if (found === undefined)
        return {
          kind: "failed",
          message: `${name} ${range} is required, and ${host} has none that tells its version (it said: "${said}")`,
        };
      if (!inRange(found, range))
        return {
          kind: "failed",
          message: `${name} ${range} is required, and ${facts.exec || name} on ${host} is ${found}`,
        };
      context.log(`${name} ${found} satisfies ${range}\n`);
    }
    return unchanged;
  },
};

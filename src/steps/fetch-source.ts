/** Resolves the ref once and brings its commit into the server's mirror. No host takes part, so none needs git. */
import type { StepDefinition } from "./step.ts";

export const fetchSource: StepDefinition<"fetch-source"> = {
  kind: "fetch-source",
  title: () => "fetch the source",

  async perform(_step, { deployment, target, ports, log, signal }) {
    const origin = deployment.prepare?.origin;
    if (origin?.kind !== "revision" || target.source === undefined) {
      return {
        kind: "failed",
        message: `${target.service} has no source in its configuration; add source.git, or deploy an artifact`,
      };
    }
    const commit = await ports.git.fetch(target.source, origin.ref, { signal, log: (line) => log(`${line}\n`) });
    log(`${origin.ref} is ${commit.revision} (${commit.subject}, by ${commit.author})\n`);
    return {
      kind: "done",
      changed: true,
      result: { kind: "source", revision: commit.revision, summary: commit.subject },
    };
  },
};

/** Builds the artifact away from the live tree: on the server, a builder host, or a host in a directory of its own. */
import { digestOf } from "../core/digest.ts";
import { SERVER } from "../core/step.ts";
import type { StepDefinition } from "./step.ts";

export const buildArtifact: StepDefinition<"build-artifact"> = {
  kind: "build-artifact",
  title: ({ hosts: [host] }) => (host === SERVER ? "build on the server" : `build on ${host}`),

  async perform({ hosts: [where] }, { deployment, target, ports, log, signal }) {
    const { source, build } = target;
    const { revision } = deployment;
    if (source === undefined || build === undefined || revision === undefined) {
      return {
        kind: "failed",
        message: `${target.service} has no build in its configuration; add build.run and build.artifact`,
      };
    }
    const tree = await ports.workspaces.fresh(deployment.id, "source");
    await ports.git.checkout(source, revision, tree, signal);
    const artifact = await ports.builds.build(where === SERVER ? "server" : { host: where }, {
      id: digestOf({ git: source.git, revision, build }).slice(0, 32),
      build,
      source: tree,
      signal,
      log: (line) => log(`${line}\n`),
    });
    log(`artifact ${artifact.name}, ${artifact.bytes} bytes, sha256 ${artifact.sha256}\n`);
    return { kind: "done", changed: true, result: { kind: "artifact", artifact } };
  },
};

/** The upload by rsync, where the host has an older artifact that the server has lost, or that is too large to compare. */
import type { Artifact, ReleaseId } from "../core/release.ts";
import { largestCompared } from "../ports/artifacts.ts";
import { ask, program, refusal } from "./ask.ts";
import type { StepContext } from "./step.ts";
import { factsOf } from "./step.ts";
import { storedName } from "./upload-difference.ts";
import type { Transfer } from "./upload-program.ts";

/** Arguments: root, release, an older artifact below `releases/`. It becomes the beginning of the new one. */
const seedProgram = `
set -eu; umask 022
part=$1/releases/$2.part
mkdir -p "$part"
rm -f "$part/artifact"
cp "$1/releases/$3" "$part/artifact"
chmod u+w "$part/artifact"
`;

/** Below this the whole file is as quick. */
const smallestBytes = 256 * 1024;
const seedLimitSeconds = 120;

export async function rsyncFor(context: StepContext, artifact: Artifact, id: ReleaseId): Promise<Transfer | undefined> {
  const { current, tools } = factsOf(context);
  const base = context.known.find((candidate) => current.endsWith(`-${candidate.sha256.slice(0, 12)}`));
  if (base === undefined || base.form !== artifact.form || artifact.bytes < smallestBytes || !tools.includes("rsync"))
    return undefined;
  // The server has compared the two and found too little in common; rsync would find less.
  const isCompared = artifact.bytes <= largestCompared && (await context.ports.artifacts.has(base.sha256));
  if (isCompared) return undefined;
  const { root } = context.target;
  return {
    title: `send by rsync against ${current}`,
    mode: ["whole", String(artifact.bytes)],
    async before() {
      const seeded = await ask(context, {
        argv: program(seedProgram, root, id, `${current}/${storedName(base)}`),
        limitSeconds: seedLimitSeconds,
      });
      if (seeded.code !== 0) throw new Error(refusal(seeded));
      const { artifacts, deltaUpload } = context.ports;
      const to = `${root}/releases/${id}.part/artifact`;
      await deltaUpload.send(context.host, artifacts.fileOf(artifact.sha256), to, context);
    },
  };
}

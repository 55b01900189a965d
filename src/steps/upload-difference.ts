/** The upload of a difference, where the server and the host share an older artifact of the same form. */
import type { Artifact } from "../core/release.ts";
import type { StepContext } from "./step.ts";
import { factsOf } from "./step.ts";
import type { Transfer } from "./upload-program.ts";

/** A difference against what the host serves, when the server has that artifact too and it pays. */
export async function differenceFor(context: StepContext, artifact: Artifact): Promise<Transfer | undefined> {
  const { current } = factsOf(context);
  const base = context.known.find((candidate) => current.endsWith(`-${candidate.sha256.slice(0, 12)}`));
  const { artifacts } = context.ports;
  if (base === undefined || base.form !== artifact.form || !(await artifacts.has(base.sha256))) return undefined;

  const difference = await artifacts.difference(base.sha256, artifact.sha256);
  if (difference === undefined) return undefined;
  return {
    title: `send a difference against ${current}: ${difference.stream.bytes} bytes of ${artifact.bytes}`,
    mode: ["difference", `${current}/${storedName(base)}`],
    payload: difference.stream,
  };
}

/** Under which name a release's directory keeps the artifact's own bytes. */
export function storedName({ form, name }: Artifact): string {
  return form === "tar" ? ".signalbox-artifact" : name;
}

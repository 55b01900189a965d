/**
 * Brings the artifact onto the host: verified there by its SHA-256, synced, and only then under its final name.
 *
 * The cheapest way that works is taken, and the log says which: nothing (it is there), a copy of the same artifact
 * under another release's name, a difference against an artifact that both sides have, rsync against one that only the
 * host has, or the whole file, which an interrupted upload continues where it stopped.
 */
import { releaseId } from "../core/release.ts";
import type { Artifact, ReleaseId } from "../core/release.ts";
import { HostUnreachable } from "../ports/hosts.ts";
import { answers, ask, outcomeOf, program, refusal } from "./ask.ts";
import { changed, factsOf, unchanged } from "./step.ts";
import type { StepContext, StepDefinition } from "./step.ts";
import { differenceFor, storedName } from "./upload-difference.ts";
import { partialProgram, receiveProgram } from "./upload-program.ts";
import type { Transfer } from "./upload-program.ts";
import { rsyncFor } from "./upload-rsync.ts";

/** Slower than this for a whole upload and it is given up: the link is as good as dead. */
const slowestBytesPerSecond = 4 * 1024;

export const uploadArtifact: StepDefinition<"upload-artifact"> = {
  kind: "upload-artifact",
  title: (_step, { release }) => `upload release ${release?.number ?? ""}`.trimEnd(),

  async perform(_step, context) {
    const { artifact, release } = context.deployment;
    if (artifact === undefined || release === undefined)
      return { kind: "failed", message: "there is no artifact to upload" };
    const id = releaseId(release);
    if (factsOf(context).releases[id] !== undefined) return unchanged;
    let last = "";
    try {
      for (const transfer of await transfers(context, artifact, id)) {
        context.log(`${transfer.title}\n`);
        const said = await attempt(context, artifact, id, transfer);
        if (said === "stored") return changed;
        context.log(`that did not work (${said})\n`);
        last = said;
      }
      return { kind: "failed", message: whyNot(artifact, last) };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

function whyNot({ name, sha256 }: Artifact, said: string): string {
  if (said === "damaged" || said === "interrupted") return `${name} did not arrive as it was sent (sha256 ${sha256})`;
  return `${name} could not be stored: ${said}`;
}

/** The ways to get the artifact there, the cheapest first. */
async function transfers(context: StepContext, artifact: Artifact, id: ReleaseId): Promise<readonly Transfer[]> {
  const facts = factsOf(context);
  const same = Object.keys(facts.releases).find((release) => release.endsWith(`-${artifact.sha256.slice(0, 12)}`));
  if (same !== undefined)
    return [
      { title: `copy the same artifact from ${same}`, mode: ["copy", `${same}/${storedName(artifact)}`] },
      whole(context, artifact, 0),
    ];

  const offset = await alreadyThere(context, artifact, id);
  if (offset > 0) return [whole(context, artifact, offset), whole(context, artifact, 0)];
  const cheaper = (await differenceFor(context, artifact)) ?? (await rsyncFor(context, artifact, id));
  return [...(cheaper === undefined ? [] : [cheaper]), whole(context, artifact, 0)];
}

/** Bytes that an interrupted upload left, of an earlier deployment or of an earlier try of this step. */
async function alreadyThere(context: StepContext, artifact: Artifact, id: ReleaseId): Promise<number> {
  if (triesOf(context) < 2) return Math.min(factsOf(context).partial[id] ?? 0, artifact.bytes);
  const { stdout } = await ask(context, {
    argv: program(partialProgram, context.target.root, id),
    limitSeconds: 30,
  });
  return Math.min(Number.parseInt(stdout, 10) || 0, artifact.bytes);
}

function triesOf({ deployment, host }: StepContext): number {
  const index = deployment.prepare?.steps.findIndex(({ kind }) => kind === "upload-artifact") ?? -1;
  return deployment.progress.prepare.get(index)?.get(host)?.tries ?? 1;
}

function whole({ ports }: StepContext, artifact: Artifact, offset: number): Transfer {
  const bytes = artifact.bytes - offset;
  const title =
    offset > 0 ? `continue the upload at byte ${offset} of ${artifact.bytes}` : `upload the whole file, ${bytes} bytes`;
  return { title, mode: ["whole", String(offset)], payload: ports.artifacts.read(artifact.sha256, offset) };
}

async function attempt(context: StepContext, artifact: Artifact, id: ReleaseId, transfer: Transfer): Promise<string> {
  try {
    await transfer.before?.();
  } catch (error) {
    if (error instanceof HostUnreachable || context.signal.aborted) throw error;
    return error instanceof Error ? error.message : String(error);
  }
  return send(context, artifact, id, transfer);
}

async function send(
  context: StepContext,
  artifact: Artifact,
  id: ReleaseId,
  { mode, payload }: Transfer,
): Promise<string> {
  const bytes = payload?.bytes ?? 0;
  const answer = await ask(context, {
    argv: program(
      receiveProgram,
      context.target.root,
      id,
      artifact.sha256,
      String(artifact.bytes),
      artifact.form,
      artifact.name,
      ...mode,
    ),
    ...(payload === undefined ? {} : { stdin: payload }),
    limitSeconds: 120 + Math.ceil(bytes / slowestBytesPerSecond),
    ...(bytes > 4 * 1024 * 1024 ? { channel: "bulk" as const } : {}),
  });
  if (answer.code !== 0) return refusal(answer);
  return answers(answer.stdout).get("upload") ?? "no answer";
}

/**
 * The release's change of the data: once per environment, outside of the service's start, after its backup.
 *
 * What is begun runs to its end: a change of data that is cut off in the middle is worse than a late one. It outlives
 * the connection and the server, and a lock on its place keeps a second one waiting. What came out is kept there, so
 * a migration that was done is not done again by a later deployment.
 */
import { createHash } from "node:crypto";

import type { Outcome } from "../core/outcome.ts";
import type { Migration } from "../core/service.ts";
import { SERVER } from "../core/step.ts";
import { variableLines } from "../core/unit-file.ts";
import { answers, ask, outcomeOf, program } from "./ask.ts";
import { bytesOf } from "./bytes-of.ts";
import { hookVariables, inDirectory, releaseDirectory } from "./run-hook.ts";
import { withSecrets } from "./secret-values.ts";
import type { StepContext, StepDefinition } from "./step.ts";

/** With the key it is the line between what the migration prints, which may look like anything, and what is known. */
const recordFollows = "signalbox: the record of";

/** Sets the names of the files that a migration has in its place. Arguments: service and environment, digest, key, mode. */
const files = `
set -eu; umask 077
name=$1 digest=$2 key=$3 mode=$4; shift 4
home=$(getent passwd "$(id -u)" | cut -d : -f 6)
state=\${home:?the login has no home}/.local/state/signalbox/migrations/$name
record=$state/$digest log=$state/$key.log
`;

/** Runs under the lock, apart from whoever asked. Further arguments: seconds, directory, then what is run there. */
const runUnderLock = `${files}
limit=$1 directory=$2; shift 2
exec 9>"$state/lock"; flock 9
if [ -f "$record" ] && { grep -qx code=0 "$record" || grep -qxF "key=$key" "$record"; }; then exit 0; fi
keep() { printf '%s\\n' "$@" >"$record.new" && sync "$record.new" && mv "$record.new" "$record" && sync "$state"; }
keep "key=$key" "at=$(date +%s)"
code=0
cd -- "$directory" 2>/dev/null || cd /
timeout -k 10 "$limit" "$@" >>"$log" 2>&1 9>&- || code=$?
keep "key=$key" "at=$(date +%s)" "code=$code"
`;

/**
 * Further arguments: the program above, then its own. In the mode \`look\` it only waits for one that still runs.
 * Says what is known at the end: whose run it was, and its exit status.
 */
const runOnce = `${files}
inner=$1; shift
mkdir -p "$state"; : >>"$state/lock"
if [ "$mode" = look ]; then flock "$state/lock" true
else
  : >>"$log"
  setsid sh -c "$inner" signalbox "$name" "$digest" "$key" run "$@" </dev/null >>"$log" 2>&1 &
  child=$!
  tail -n +1 -s 0.2 -f --pid="$child" "$log"
  wait "$child" || true
fi
printf '\\n%s\\n' "${recordFollows} $key"
if [ -f "$record" ]; then cat "$record"; fi
echo asked=yes
`;

export const migrate: StepDefinition<"migrate"> = {
  kind: "migrate",
  title: ({ migration }, { prepare }) => `run the migration ${prepare?.target.migration?.id ?? ""} (${migration})`,

  async perform(step, context) {
    const { migration } = context.target;
    if (migration?.kind !== step.migration) {
      return { kind: "failed", message: `the service has no migration of the kind ${step.migration}` };
    }
    try {
      return await carriedOut(migration, context);
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

async function carriedOut(migration: Migration, context: StepContext): Promise<Outcome> {
  const known = await record("look", migration, context);
  const settled = outcomeFrom(known, migration, context);
  if (settled !== undefined) return settled;

  if (migration.backup.length > 0) {
    const { code } = await run(migration, migration.backup, migration.limitSeconds, context);
    if (code !== 0)
      return {
        kind: "failed",
        message: `the backup before ${migration.id}, ${migration.backup.join(" ")}, ended with exit status ${code}; the migration was not begun`,
      };
  }
  const after = await record("run", migration, context);
  return (
    outcomeFrom(after, migration, context) ?? {
      kind: "failed",
      message: `the migration ${migration.id} could not be begun on ${placeTitle(context)}; its log says why`,
    }
  );
}

/** What a record says about this step; nothing where there is none, or only one of an older deployment that failed. */
function outcomeFrom(
  said: ReadonlyMap<string, string>,
  { id, run }: Migration,
  context: StepContext,
): Outcome | undefined {
  const code = said.get("code");
  const isOurs = said.get("key") === context.key;
  if (code === "0") return isOurs ? { kind: "done", changed: true, note: id } : alreadyDone(id, context);
  if (!isOurs) return undefined;
  const how = code === "124" || code === "137" ? "was ended at its limit" : `ended with exit status ${code}`;
  const told =
    code === undefined ? "was begun, and nobody saw how it ended: look at the data before it is tried again" : how;
  return { kind: "failed", message: `the migration ${id}, ${run.join(" ")}, ${told}` };
}

function alreadyDone(id: string, context: StepContext): Outcome {
  return { kind: "done", changed: false, note: `${id} was done already on ${placeTitle(context)}` };
}

function placeTitle({ host }: StepContext): string {
  return host === SERVER ? "the server" : host;
}

/** What is known about the migration at its place, after it was run or waited for. */
async function record(
  mode: "look" | "run",
  migration: Migration,
  context: StepContext,
): Promise<ReadonlyMap<string, string>> {
  const { service, environment } = context.target;
  const digest = createHash("sha256").update(migration.id).digest("hex");
  const name = `${service}.${environment}`;
  const argv = program(
    runOnce,
    name,
    digest,
    context.key,
    mode,
    runUnderLock,
    String(migration.limitSeconds),
    context.host === SERVER ? "/" : releaseDirectory(context),
    ...migration.run,
  );
  // It may have to wait for one that was begun before.
  const { code, stdout } = await run(migration, argv, 2 * migration.limitSeconds + 60, context);
  const mark = `\n${recordFollows} ${context.key}\n`;
  const at = stdout.lastIndexOf(mark);
  const said = answers(at === -1 ? "" : stdout.slice(at + mark.length));
  if (code !== 0 || said.get("asked") !== "yes")
    throw new Error(
      `the migration ${migration.id} could not be looked after on ${placeTitle(context)} (exit status ${code})`,
    );
  return said;
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
}

/** On the server or on the host, with the deployment's names; an abort does not cut it off, only the server's own end. */
async function run(
  { id, variables: own = {} }: Migration,
  argv: readonly string[],
  limitSeconds: number,
  context: StepContext,
): Promise<Ran> {
  const { host, log, ports, signal: wanted, isCalledOff } = context;
  const stop = new AbortController();
  const onAbort = (): void => {
    if (!isCalledOff()) stop.abort();
  };
  wanted.addEventListener("abort", onAbort);
  if (wanted.aborted) onAbort();
  const { signal } = stop;
  const names = { ...hookVariables("migrate", context), SIGNALBOX_MIGRATION: id };
  let stdout = "";
  const onOutput = (text: string, stream?: "stdout" | "stderr"): void => {
    log(text, stream);
    stdout = (stdout + text).slice(-10_000);
  };
  try {
    const variables = { ...(await withSecrets(own, "migration.environment", context)), ...names };
    if (host === SERVER)
      return { code: await ports.programs.run(argv, { variables, limitSeconds, signal, onOutput }), stdout };
    const { code } = await ask(
      { ...context, signal },
      {
        argv: program(inDirectory, releaseDirectory(context), ...argv),
        stdin: bytesOf(variableLines(variables)),
        limitSeconds,
        channel: "bulk",
        onOutput: (text, stream) => (stream === "stdout" ? onOutput(text) : undefined),
      },
    );
    return { code, stdout };
  } finally {
    wanted.removeEventListener("abort", onAbort);
  }
}

/**
 * Puts a host's copy into rotation, and waits until every proxy says itself that the copy is up.
 *
 * A fresh copy is warmed up before, by requests that only Signalbox makes. Requests that come before a proxy has seen
 * the copy up are errors for users.
 */
import type { Outcome } from "../core/outcome.ts";
import type { Member, MemberName, TrafficState, WarmUp } from "../core/traffic.ts";
import { memberName } from "../core/traffic.ts";
import { ask, outcomeOf, program, refusal } from "./ask.ts";
import { findAddress } from "./local-address.ts";
import { bring, look, memberOn, notNow, only, proxyTitle, twinOf } from "./members.ts";
import type { StepContext, StepDefinition } from "./step.ts";

const upWithinSeconds = 30;
const lookMilliseconds = 200;
const eachRequestSeconds = 10;
const atOnce = 4;

/** Arguments: port, path, seconds for each, how many, how many at once. Says the status of each answer. */
const warmUpProgram = `${findAddress}
path=$2 limit=$3 each=$((($4 + $5 - 1) / $5)) lanes=$5
lane() {
  count=0
  while [ "$count" -lt "$each" ]; do
    curl -qsg --noproxy '*' -m "$limit" -H 'x-signalbox-probe: 1' -o /dev/null -w '%{http_code}\\n' "http://$address:$port$path"
    count=$((count + 1))
  done
}
while [ "$lanes" -gt 0 ]; do
  lane &
  lanes=$((lanes - 1))
done
wait
`;

export const readmit: StepDefinition<"readmit"> = {
  kind: "readmit",
  title: ({ hosts }) => `put ${hosts.join(", ")} into rotation`,

  async perform({ side }, context) {
    const { traffic } = context.target;
    if (traffic.kind === "none") return { kind: "done", changed: false, note: "there is no rotation" };
    const member = memberOn(context.target, side, context.host);
    try {
      const states = await look(context);
      if (
        states !== undefined &&
        faultOf(states, memberName(member)) === undefined &&
        !isTwinIn(states, member, context)
      )
        return { kind: "done", changed: false, note: "was in rotation already" };
      const warm = traffic.warmUp === undefined ? { note: "" } : await warmUp(traffic.warmUp, member, context);
      return "kind" in warm ? warm : await putIn(member, warm.note, context);
    } catch (error) {
      return outcomeOf(error, true);
    }
  },
};

async function putIn(member: Member, warm: string, context: StepContext): Promise<Outcome> {
  const { clock } = context.ports;
  const name = memberName(member);
  const startedAt = clock.now();
  // Whoever brought it in on the other side, or time: users of one release would find the other one there.
  const twin = twinOf(context.target, member);
  const missed = await bring(context, {
    members: { ...only(name, "in"), ...(twin && only(memberName(twin), "out")) },
  });
  for (;;) {
    const states = await look(context);
    // On the way back those that answer have read back what they were told.
    const fault = states === undefined ? undefined : faultOf(states, name);
    if (fault === undefined) {
      const missing = missed.length === 0 ? [] : [`${missed.join(", ")} could not be told`];
      const note = [warm, `up after ${clock.now() - startedAt} ms`, ...missing]
        .filter((part) => part !== "")
        .join("; ");
      return { kind: "done", changed: true, note };
    }
    if (clock.now() >= startedAt + upWithinSeconds * 1000)
      return notNow(context, `${fault}, ${upWithinSeconds} s after it was put into rotation`);
    await clock.sleep(lookMilliseconds, context.signal);
    if (context.signal.aborted) return { kind: "failed", message: "it was called off" };
  }
}

/** Whether the very same copy is in rotation on the other side. */
function isTwinIn(states: readonly TrafficState[], member: Member, { target }: StepContext): boolean {
  const twin = twinOf(target, member);
  return twin !== undefined && states.some(({ members }) => (members[memberName(twin)]?.rotation ?? "out") !== "out");
}

/** Why the copy does not get requests from some proxy, if so. */
function faultOf(states: readonly TrafficState[], name: MemberName): string | undefined {
  for (const state of states) {
    const { rotation, up } = state.members[name] ?? { rotation: "out", up: false };
    if (rotation !== "in") return `${proxyTitle(state)} does not have ${name} in rotation`;
    if (up === false) return `${proxyTitle(state)} says that ${name} is not up`;
  }
  return undefined;
}

async function warmUp(
  { path, requests }: WarmUp,
  { port, host }: Member,
  context: StepContext,
): Promise<Outcome | { readonly note: string }> {
  const answer = await ask(context, {
    argv: program(warmUpProgram, ...[port, path, eachRequestSeconds, requests, atOnce].map(String)),
    limitSeconds: Math.ceil(requests / atOnce) * eachRequestSeconds + 30,
  });
  const statuses = answer.stdout.split("\n").filter((line) => /^\d{3}$/.test(line));
  const bad = statuses.filter((status) => status === "000" || status >= "500");
  if (statuses.length === 0) return notNow(context, `${host} could not be warmed up: ${refusal(answer)}`);
  if (bad.length === statuses.length)
    return notNow(context, `${host} served none of ${statuses.length} warm-up requests GET ${path}`);
  const failed = bad.length === 0 ? "" : `, ${bad.length} of them failed`;
  return { note: `warmed up with ${statuses.length} requests${failed}` };
}

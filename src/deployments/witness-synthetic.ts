/**
 * Safe requests of our own to both releases, for services of which users ask too little.
 *
 * They go through the proxy, from the proxy's own host, and choose their side by the header of testers: `baseline` is
 * the active side there, which in the watch has the new release. They are labelled, so that they are not counted among
 * the users' requests.
 */
import { addCounts, bucketOf, latencyEdges, noRequests } from "../core/analysis/counts.ts";
import type { RequestCounts } from "../core/analysis/counts.ts";
import type { Deployment } from "../core/deployment.ts";
import { openAnalysis } from "../core/observe.ts";
import type { Target } from "../core/service.ts";
import { program } from "../steps/ask.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

/** One look makes the requests of so many seconds, one after the other. */
const secondsOfALook = 2;
const answerSeconds = 10;

/**
 * Arguments: port, header, its values, seconds for an answer, pause between two rounds, how many rounds, then paths.
 * Says for each request the value that was sent, the status and the seconds.
 */
const asking = `
port=$1 header=$2 values=$3 limit=$4 pause=$5 rounds=$6; shift 6
while [ "$rounds" -gt 0 ]; do
  for path in "$@"; do
    [ "$rounds" -gt 0 ] || break
    rounds=$((rounds - 1))
    for value in $values; do
      curl -qsg --noproxy '*' -m "$limit" -o /dev/null -H "$header: $value" -H 'x-signalbox-probe: 1' \\
        -w "$value %{http_code} %{time_total}\\n" "http://127.0.0.1:$port$path"
    done
    sleep "$pause"
  done
done
`;

type Arm = "candidate" | "baseline";

/** Whose answer it is, by the value of the header that is sent. */
type Arms = Partial<Record<Arm, Arm>>;

/** @param share of the side that is not active */
export function syntheticPart(
  target: Target,
  journal: { readonly deployment: Deployment },
  { hosts }: World,
  share: () => number,
): readonly Part[] {
  const { synthetic } = target.analysis;
  const { traffic } = target;
  if (synthetic === undefined || synthetic.paths.length === 0) return [];
  if ((traffic.kind !== "haproxy" && traffic.kind !== "nginx") || traffic.testers === undefined) return [];
  const { bind, testers } = traffic;
  const [proxy] = traffic.proxies;
  const rounds = Math.max(1, Math.round(secondsOfALook * synthetic.perSecond));
  const pause = Math.min(secondsOfALook, 1 / synthetic.perSecond);
  const limitSeconds = secondsOfALook + 2 * rounds * answerSeconds;
  const armsNow = (): Arms => armsFor(journal.deployment, share());
  let counts: Record<Arm, RequestCounts> | undefined;
  const part: Part = {
    async look(signal) {
      const arms = armsNow();
      const values = Object.keys(arms).join(" ");
      if (proxy === undefined || values === "") return;
      const numbers = [answerSeconds, pause, rounds].map(String);
      const argv = program(asking, String(bind), testers, values, ...numbers, ...synthetic.paths);
      const { stdout } = await hosts.run(proxy, { argv, limitSeconds, signal, channel: "follow" });
      // Nobody knows whose answers they are when the sides were switched meanwhile.
      if (Object.keys(armsNow()).join(" ") !== values) return;
      for (const [, value, status, seconds] of stdout.matchAll(/^(candidate|baseline) (\d{3}) (\d+\.\d+)$/gm)) {
        const arm = arms[value as Arm];
        if (arm === undefined) continue;
        counts ??= { candidate: noRequests, baseline: noRequests };
        counts[arm] = addCounts(counts[arm], countOf(Number(status), Number(seconds)));
      }
    },
    pauseMilliseconds: () => (Object.keys(armsNow()).length === 0 ? 1_000 : 100),
    take() {
      const seen = counts === undefined ? {} : { synthetic: counts };
      counts = undefined;
      return seen;
    },
  };
  return [part];
}

/** Nothing while the two releases can't be told apart: both are on the active side, or only the old one serves. */
function armsFor(deployment: Deployment, share: number): Arms {
  if (share > 0) return { candidate: "candidate", baseline: "baseline" };
  const { rollout, leftBehind } = deployment;
  const open = openAnalysis(deployment);
  const step = open === undefined ? undefined : rollout!.steps[open]!;
  if (step?.kind !== "analyse" || step.during !== "watch") return {};
  const { sides, target } = rollout!.targets[0];
  const hasOthers = sides?.candidate === sides?.baseline && (target.others !== undefined || leftBehind.length > 0);
  return hasOthers ? {} : { baseline: "candidate" };
}

/** No answer at all is an error too; curl says 000 then. */
function countOf(status: number, seconds: number): RequestCounts {
  const bucket = bucketOf(seconds * 1000);
  return {
    requests: 1,
    errors: status === 0 || status >= 500 ? 1 : 0,
    buckets: [...latencyEdges, 0].map((_, index) => (index === bucket ? 1 : 0)),
  };
}

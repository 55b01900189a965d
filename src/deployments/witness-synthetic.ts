/**
 * Safe requests of our own to both releases, for services of which users ask too little.
 *
 * They go through the proxy, from the proxy's own host, and choose their side by the header of testers. They are
 * labelled, so that they are not counted among the users' requests.
 */
import { addCounts, bucketOf, latencyEdges, noRequests } from "../core/analysis/counts.ts";
import type { RequestCounts } from "../core/analysis/counts.ts";
import type { Target } from "../core/service.ts";
import { program } from "../steps/ask.ts";
import type { Part } from "./witness-part.ts";
import type { World } from "./world.ts";

/** One look makes the requests of so many seconds, one after the other. */
const secondsOfALook = 2;
const answerSeconds = 10;

/**
 * Arguments: port, header, seconds for an answer, pause between two rounds, how many rounds, then paths.
 * Says for each request the side that was asked for, the status and the seconds.
 */
const asking = `
port=$1 header=$2 limit=$3 pause=$4 rounds=$5; shift 5
while [ "$rounds" -gt 0 ]; do
  for path in "$@"; do
    [ "$rounds" -gt 0 ] || break
    rounds=$((rounds - 1))
    for side in candidate baseline; do
      curl -qsg --noproxy '*' -m "$limit" -o /dev/null -H "$header: $side" -H 'x-signalbox-probe: 1' \\
        -w "$side %{http_code} %{time_total}\\n" "http://127.0.0.1:$port$path"
    done
    sleep "$pause"
  done
done
`;

type Side = "candidate" | "baseline";

/** @param share of the side that is not active: while it has none, there is no candidate beside the baseline */
export function syntheticPart(target: Target, { hosts }: World, share: () => number): readonly Part[] {
  const { synthetic } = target.analysis;
  const { traffic } = target;
  if (synthetic === undefined || synthetic.paths.length === 0) return [];
  if ((traffic.kind !== "haproxy" && traffic.kind !== "nginx") || traffic.testers === undefined) return [];
  const [proxy] = traffic.proxies;
  const rounds = Math.max(1, Math.round(secondsOfALook * synthetic.perSecond));
  const pause = String(Math.min(secondsOfALook, 1 / synthetic.perSecond));
  const words = [String(traffic.bind), traffic.testers, String(answerSeconds), pause, String(rounds)];
  const argv = program(asking, ...words, ...synthetic.paths);
  const limitSeconds = secondsOfALook + 2 * rounds * answerSeconds;
  let counts: Record<Side, RequestCounts> | undefined;
  const part: Part = {
    async look(signal) {
      if (proxy === undefined || share() === 0) return;
      const { stdout } = await hosts.run(proxy, { argv, limitSeconds, signal, channel: "follow" });
      for (const [, side, status, seconds] of stdout.matchAll(/^(candidate|baseline) (\d{3}) (\d+\.\d+)$/gm)) {
        const before = counts ?? { candidate: noRequests, baseline: noRequests };
        const one = countOf(Number(status), Number(seconds));
        counts = { ...before, [side as Side]: addCounts(before[side as Side], one) };
      }
    },
    pauseMilliseconds: () => (share() === 0 ? 1_000 : 100),
    take() {
      const seen = counts === undefined ? {} : { synthetic: counts };
      counts = undefined;
      return seen;
    },
  };
  return [part];
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

/**
 * Asks both releases what the other one is asked, on their own hosts, before any user reaches the new one.
 *
 * The candidate must answer its own requests and those of its predecessor. While both serve, a user may get an answer
 * of the one and send the next request to the other, so the baseline must answer the candidate's requests too.
 */
import { NO_RELEASE, releaseTitle } from "../core/release.ts";
import type { ReleaseId } from "../core/release.ts";
import type { SmokeRequest } from "../core/service.ts";
import type { SmokeTest } from "../core/step.ts";
import { ask, outcomeOf, program } from "./ask.ts";
import { findAddress } from "./local-address.ts";
import { placeOf } from "./slot-place.ts";
import type { StepContext, StepDefinition } from "./step.ts";

const answerSeconds = 2;
const answerBytes = 65_536;
/** A fresh copy may be slow once. */
const tries = 2;

/** Arguments: port, path, seconds, bytes. The body on standard output, the status on standard error. */
const request = `${findAddress}
curl -qsg --noproxy '*' -m "$3" -H 'x-signalbox-probe: 1' -w '%{stderr}%{http_code}' "http://$address:$port$2" | head -c "$4"
`;

export const smokeTest: StepDefinition<"smoke-test"> = {
  kind: "smoke-test",
  title: ({ hosts }) => `ask both releases what the other one is asked, on ${hosts.join(", ")}`,

  async perform({ hosts, slot, baseline }, context) {
    const { deployment, target, host, goal } = context;
    const plan = deployment.rollout?.targets[0];
    const newer = releaseTitle(goal ?? NO_RELEASE);
    const serving = baseline === undefined ? NO_RELEASE : servedAt(baseline, context);
    const older = releaseTitle(serving === NO_RELEASE ? (plan?.before[host] ?? NO_RELEASE) : serving);
    const previous = plan?.previousSmoke ?? [];
    const candidate: Place = { host, slot, release: newer };
    try {
      const faults = [
        ...(await faultsOf(target.smoke, candidate, (what) => `${newer} does not answer ${what}`, context)),
        ...(await faultsOf(
          without(previous, target.smoke),
          candidate,
          (what) => `${newer} does not answer what ${older} did: ${what}`,
          context,
        )),
        // The baseline is the same for all hosts of the candidate. What it fails of its own requests is no fault of
        // the candidate, which may well be the one that mends it.
        ...(baseline === undefined || serving === NO_RELEASE || host !== hosts[0]
          ? []
          : await faultsOf(
              without(target.smoke, previous),
              { ...baseline, release: older },
              (what) =>
                `${older}, which serves beside it, does not answer ${what}: users that flip between the two would see it`,
              context,
            )),
      ];
      return faults.length === 0
        ? { kind: "done", changed: false, note: `${newer} answers` }
        : { kind: "failed", message: faults.join("; ") };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

interface Place {
  readonly host: string;
  readonly slot: string;
  readonly release: string;
}

/** What serves beside the candidate; nothing where it is the first release. */
function servedAt(
  { host, slot }: NonNullable<SmokeTest["baseline"]>,
  { deployment, target }: Pick<StepContext, "deployment" | "target">,
): ReleaseId {
  const before = deployment.rollout?.targets[0].before[host];
  if (before !== undefined) return before;
  const facts = deployment.facts[host];
  return (target.slots === undefined ? facts : facts?.slots[slot])?.current ?? NO_RELEASE;
}

function without(requests: readonly SmokeRequest[], others: readonly SmokeRequest[]): readonly SmokeRequest[] {
  return requests.filter((one) => !others.some((other) => isSame(one, other)));
}

function isSame(one: SmokeRequest, other: SmokeRequest): boolean {
  return one.path === other.path && one.status === other.status && one.contains === other.contains;
}

async function faultsOf(
  requests: readonly SmokeRequest[],
  place: Place,
  inWords: (what: string) => string,
  context: StepContext,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const one of requests) {
    const fault = await faultOf(one, place, context);
    context.log(`${place.host} ${place.slot}, ${place.release}: GET ${one.path}: ${fault ?? "as expected"}\n`);
    if (fault !== undefined) faults.push(inWords(`GET ${one.path} on ${place.host} (${fault})`));
  }
  return faults;
}

/** What came in place of what was expected. */
async function faultOf(one: SmokeRequest, place: Place, context: StepContext): Promise<string | undefined> {
  const { port } = placeOf(context.target, place.slot);
  if (port === undefined) return `the service has no port`;
  if (!/^\/[\x21-\x7E]*$/.test(one.path)) return "its path is not one that can be asked";
  for (let tried = 1; ; tried += 1) {
    const { status, body } = await answerTo(one.path, port, place.host, context);
    if (status === 0 && tried < tries) continue;
    if (status === 0) return `expected ${one.status}, there was no answer within ${answerSeconds} s`;
    if (status !== one.status) return `expected ${one.status}, got ${status}`;
    if (one.contains !== undefined && !body.includes(one.contains))
      return `expected an answer with ${JSON.stringify(one.contains)}, got ${JSON.stringify(body.slice(0, 80))}`;
    return undefined;
  }
}

/** A status of 0 is no answer. */
async function answerTo(
  path: string,
  port: number,
  host: string,
  context: StepContext,
): Promise<{ readonly status: number; readonly body: string }> {
  const argv = program(request, String(port), path, String(answerSeconds), String(answerBytes));
  const { stdout, stderr } = await ask(
    { ...context, host, log: () => {} },
    { argv, limitSeconds: 2 * answerSeconds + 10 },
  );
  return { status: Number(/(\d{3})\s*$/.exec(stderr)?.[1] ?? 0), body: stdout };
}

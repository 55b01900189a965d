/** Each event of a journal as a line that can stand alone in a log file. */
import type { Deployment, DeploymentEvent, Recorded, Track } from "../../core/deployment.ts";
import { safeFirstLine, safeLine } from "../safe-text.ts";
import type { Step } from "../../core/step.ts";
import { clockMinute, count, inSeconds, named, stateWord, took } from "../words.ts";
import { baseline, candidate, hostWords, planOf, stepWords } from "./step-words.ts";
import { evidenceTable, observedWords } from "./traffic.ts";

/** Lines with the same key about different hosts are told as one. */
export interface Told {
  readonly key: string;
  readonly hosts: readonly string[];
  /** What is said of the hosts, or by itself where there are none. */
  readonly text: string;
  /** How long it took on each of the hosts. */
  readonly milliseconds: readonly number[];
  /** No other host can follow. */
  readonly isLast: boolean;
  /** Lines that stand below it. */
  readonly details?: readonly string[];
}

export function told(after: Deployment, { at, event }: Recorded): Told {
  switch (event.kind) {
    case "step-started":
      return about(event.hosts, startWords(after, at, event));
    case "host-done":
      return hostDone(after, at, event);
    case "interrupted":
      return about(event.hosts, `${stepWords(after, event.track, event.step)} was called off before it began`);
    case "left-behind":
      return about(event.hosts, `left behind: ${safeFirstLine(event.message)}`);
    case "concluded":
      return {
        ...about([], `${event.verdict}: ${safeFirstLine(event.sentence)}`),
        details: event.verdict === "pass" ? [] : evidenceTable(event, { colour: false, unicode: false }),
      };
    default:
      return about([], wholeWords(after, event));
  }
}

function about(hosts: readonly string[], text: string): Told {
  return { key: text, hosts, text, milliseconds: [], isLast: true };
}

function startWords(after: Deployment, at: number, event: Extract<DeploymentEvent, { kind: "step-started" }>): string {
  const step = planOf(after, event.track)?.steps[event.step];
  const wait = step === undefined ? undefined : waitWords(after, at, step);
  if (wait !== undefined) return wait;
  const progress = after.progress[event.track].get(event.step)?.get(event.hosts[0] ?? "");
  const again = (progress?.tries ?? 1) > 1 ? ` (try ${progress!.tries})` : "";
  return `${stepWords(after, event.track, event.step)}${again}`;
}

/** How a wait begins: with the time of its end where somebody may wait for it. */
function waitWords(after: Deployment, at: number, step: Step): string | undefined {
  switch (step.kind) {
    case "soak":
      return `soak for ${took(step.seconds * 1000)}`;
    case "analyse": {
      const until = clockMinute(at + step.seconds * 1000);
      if (step.during === "watch") return `watch ${candidate(after)} until ${until}`;
      const longest =
        step.longestSeconds > step.seconds ? `, ${inSeconds(step.longestSeconds * 1000)} while it is not clear` : "";
      return `compare ${candidate(after)} with ${baseline(after)} for ${inSeconds(step.seconds * 1000)}${longest}`;
    }
    case "keep-warm":
      return `${baseline(after)} stays warm until ${clockMinute(at + step.seconds * 1000)}`;
    default:
      return undefined;
  }
}

/** Steps that never change anything. */
const looks: ReadonlySet<string> = new Set([
  "inspect-host",
  "check-runtime",
  "inspect-traffic",
  "check-headroom",
  "smoke-test",
]);

function hostDone(after: Deployment, at: number, event: Extract<DeploymentEvent, { kind: "host-done" }>): Told {
  const { track, step, host } = event;
  const words = stepWords(after, track, step);
  const all = after.progress[track].get(step) ?? new Map();
  const progress = all.get(host);
  const outcome = progress?.outcome ?? event.outcome;
  const isLast = isStepOver(after, track, step);
  const milliseconds = [at - (progress?.startedAt ?? at)];
  if (outcome.kind === "done") {
    const isLook = looks.has(planOf(after, track)?.steps[step]?.kind ?? "");
    const text = `${words} done${outcome.changed || isLook ? "" : ", nothing to change"}`;
    const note = noteOf(outcome.note);
    return { key: `${track} ${step} ${text} ${note}`, hosts: [host], text: `${text}${note}`, milliseconds, isLast };
  }
  const text = `${words} ${outcome.kind}: ${messageOf(host, outcome.message)}`;
  return { key: `${track} ${step} ${text}`, hosts: [host], text, milliseconds, isLast };
}

/** Without the host's own name in front, which the line begins with. */
function messageOf(host: string, message: string): string {
  const first = safeFirstLine(message);
  return first.startsWith(`${host}: `) ? first.slice(host.length + 2) : first;
}

function noteOf(note: string | undefined): string {
  return note === undefined || note === "was there already" ? "" : ` (${safeLine(note)})`;
}

function isStepOver(after: Deployment, track: Track, index: number): boolean {
  return [...(after.progress[track].get(index)?.values() ?? [])].every(({ outcome }) => outcome !== undefined);
}

type Whole = Exclude<
  DeploymentEvent,
  { kind: "step-started" | "host-done" | "interrupted" | "left-behind" | "concluded" }
>;

function wholeWords(after: Deployment, event: Whole): string {
  switch (event.kind) {
    case "requested": {
      const { kind, service, environment, by, reason } = event.request;
      const why = reason === undefined ? "" : `: ${safeLine(reason)}`;
      const verb = kind === "deploy" ? "deploy" : kind === "restart" ? "restart" : "roll back";
      return `${verb} ${service} in ${environment}, asked for by ${safeLine(by)}${why}`;
    }
    case "rollout-planned": {
      const batches = event.plan.steps.filter(({ kind }) => kind === "activate-release").length;
      const hosts = Object.keys(event.plan.targets[0].goal).length;
      return `planned: ${candidate(after)} on ${count(hosts, "host")} in ${batches} ${batches === 1 ? "batch" : "batches"}, plan ${event.digest.slice(0, 12)}`;
    }
    case "approval-asked":
      return `its approvers are asked about plan ${event.digest.slice(0, 12)}`;
    case "approval-given": {
      const by = event.by.map(safeLine).join(", ");
      return event.because === "approved" ? `approved by ${by}` : `goes on without an approval: ${by} broke the glass`;
    }
    case "waits-behind":
      return `waits for the deployment before it, which was approved, before its approvers are asked`;
    case "queued":
      return `everything is prepared; it waits for ${safeLine(event.behind)} to end`;
    case "admitted":
      return "the rollout begins";
    case "overtaken":
      return event.because === "secrets"
        ? "a secret of the plan was changed in the meantime: it is planned again"
        : "another deployment ended in the meantime: the hosts are looked at again";
    case "observed":
      return observedWords(event);
    case "narrowed":
      return event.hosts.length === 0
        ? `waits: ${safeFirstLine(event.reason)}${isDrain(after, event.step) ? "; signalbox override sets the guard aside" : ""}`
        : `goes on with ${named(event.hosts)}: ${safeFirstLine(event.reason)}`;
    case "promoted":
      return `promoted by ${safeLine(event.by)}: ${candidate(after)} gets all traffic`;
    case "frozen":
      return `waits: ${safeFirstLine(event.sentence)}; signalbox freeze except asks for an exception`;
    case "thawed":
      return "the freeze is over";
    case "freeze-passed":
      return `goes past the freeze: ${safeFirstLine(event.reason)} (${safeLine(event.by)})`;
    case "overridden":
      return `the capacity guard no longer holds it, by ${safeLine(event.by)}: ${safeLine(event.reason)}`;
    case "watch-ended":
      return `the watch is ended by ${safeLine(event.by)}`;
    case "roll-back-planned":
      return `rolling back: ${safeFirstLine(event.reason)}`;
    case "pause-requested":
      return `pause, asked for by ${safeLine(event.by)}`;
    case "resumed":
      return `resumed by ${safeLine(event.by)}`;
    case "abort-requested":
      return `abort, asked for by ${safeLine(event.by)}: ${safeLine(event.reason)}`;
    case "finished":
      return `${stateWord(event.state)}: ${safeFirstLine(event.message)}`;
  }
}

/** What holds a drain is the capacity guard. */
function isDrain({ rollout }: Deployment, step: number): boolean {
  return rollout?.steps[step]?.kind === "drain";
}

const byName = new Intl.Collator("en", { numeric: true });

/** `web-1, web-2: upload release 42 done (1.2 s)`. */
export function groupLine({ hosts, text, milliseconds }: Omit<Told, "key" | "isLast">): string {
  if (hosts.length === 0) return text;
  const names = hosts.map(hostWords).toSorted(byName.compare);
  const who = names.length <= 3 ? named(names) : count(names.length, "host");
  if (milliseconds.length === 0) return `${who}: ${text}`;
  const [shortest, longest] = [Math.min(...milliseconds), Math.max(...milliseconds)];
  const time = longest - shortest < 100 ? took(longest) : `${took(shortest)} to ${took(longest)}`;
  return `${who}: ${text} [${time}]`;
}

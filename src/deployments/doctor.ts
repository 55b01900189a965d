/** Looks whether the hosts are fit for deployments, and says for each finding how to cure it. */
import type { Settings } from "../core/settings.ts";
import { SettingsRefused, UnknownName } from "../core/settings.ts";
import { HostUnreachable } from "../ports/hosts.ts";
import { ProxyFailed } from "../ports/traffic.ts";
import { answers, helper, program } from "../steps/ask.ts";
import type { Finding } from "./finding.ts";
import { examineMessages } from "./messages/doctor.ts";
import { examineSecrets } from "./secrets/doctor.ts";
import { targetNow } from "./target-now.ts";
import type { World } from "./world.ts";

/** The protocol that this version speaks; hosts with the one before still work. */
const protocol = 1;
const fewestFreeBytes = 1024 * 1024 * 1024;
/** Without so much even a small release is refused. */
const neededFreeBytes = 64 * 1024 * 1024;
const widestClockGapSeconds = 5;
const limitSeconds = 30;

/** Answers `key=value` lines about the machine. */
const look = `
echo "systemd=$(systemctl --version 2>/dev/null | head -n 1)"
for tool in curl ss tar gzip sha256sum flock setpriv systemd-run; do command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || [ -x "/sbin/$tool" ] || echo "missing=$tool"; done | sort | tr '\\n' ' '
echo
echo "time=$(date +%s)"
echo "free=$(df -Pk /srv 2>/dev/null | awk 'NR==2{print $4}')"
echo "state=$(systemctl is-system-running 2>/dev/null)"
`;

/** @throws {UnknownName} at once, before anything is looked at */
export function doctor(only: string | undefined, settings: Settings, world: World): AsyncIterable<Finding> {
  const names = [...settings.fleet().keys()];
  if (only !== undefined && !names.includes(only))
    throw new UnknownName(`there is no host ${only}; the hosts are ${names.join(", ")}`);
  return examined(only === undefined ? names : [only], settings, world, only === undefined);
}

async function* examined(
  names: readonly string[],
  settings: Settings,
  world: World,
  everything: boolean,
): AsyncIterable<Finding> {
  if (everything) {
    yield* await examineSecrets(settings, world);
    yield* await examineMessages(settings, world);
  }
  const all = names.map(async (host) => examine(host, settings, world));
  for (const findings of all) yield* await findings;
  for (const findings of await Promise.all(
    settings.targets().map(async (place) => examineTraffic(place, settings, world)),
  ))
    yield* findings.filter(({ host }) => host === null || names.includes(host));
}

/** What a service's proxies lack, each finding with the proxy's host. */
async function examineTraffic(
  { service, environment }: { readonly service: string; readonly environment: string },
  settings: Settings,
  world: World,
): Promise<readonly Finding[]> {
  try {
    const target = await targetNow({ service, environment }, { settings, world });
    if (target.traffic.kind === "none") return [];
    const found = await world.traffic.inspect(target, AbortSignal.timeout(limitSeconds * 1000));
    return found.map(({ proxy, check, ...finding }) => ({
      ...finding,
      host: proxy === "" ? null : proxy,
      check: `${service}@${environment} ${check}`,
    }));
  } catch (error) {
    // What the service file has may be missing here: that is no finding about a proxy.
    if (error instanceof SettingsRefused) return [];
    const message = error instanceof Error ? error.message : String(error);
    const host = error instanceof ProxyFailed ? error.proxy : null;
    return [{ host, check: `${service}@${environment} traffic`, level: "problem", message, cure: null }];
  }
}

async function examine(host: string, settings: Settings, world: World): Promise<readonly Finding[]> {
  const finding = (check: string, level: Finding["level"], message: string, cure: string | null = null): Finding => ({
    host,
    check,
    level,
    message,
    cure,
  });
  if (settings.fleet().get(host)!.hostKeys.length === 0) {
    return [
      finding(
        "host key",
        "problem",
        "no host key is pinned, so it is never connected to",
        `signalbox hosts enroll ${host}`,
      ),
    ];
  }
  try {
    const [machine, hello] = await Promise.all([
      world.hosts.run(host, { argv: program(look), limitSeconds }),
      world.hosts.run(host, { argv: helper("hello"), limitSeconds }),
    ]);
    return [
      finding("connection", "ok", "reached over SSH with its pinned key"),
      ...(isProxyAlone(host, settings) ? [] : helperFindings(host, hello, settings, finding)),
      ...machineFindings(answers(machine.stdout), machine.stdout, world.clock.now(), finding),
    ];
  } catch (error) {
    const isChanged = error instanceof HostUnreachable && error.because === "host-key-changed";
    const message = error instanceof Error ? error.message : String(error);
    return [finding("connection", "problem", message, isChanged ? `signalbox hosts enroll ${host}` : null)];
  }
}

/** Such a host has a program of its own, which is looked at with the service's traffic. */
function isProxyAlone(host: string, settings: Settings): boolean {
  return settings.allowances(host).size === 0 && settings.proxyPlaces(host).size > 0;
}

type MakeFinding = (check: string, level: Finding["level"], message: string, cure?: string | null) => Finding;

function helperFindings(
  host: string,
  hello: { readonly code: number; readonly stdout: string },
  settings: Settings,
  finding: MakeFinding,
): Finding[] {
  const cure = `signalbox hosts prepare ${host}`;
  if (hello.code !== 0) return [finding("helper", "problem", "the helper does not answer for this login", cure)];
  const said = answers(hello.stdout);
  const spoken = Number(said.get("protocol"));
  if (spoken < protocol - 1 || spoken > protocol)
    return [finding("helper", "problem", `the helper speaks protocol ${spoken}, this server speaks ${protocol}`, cure)];
  const listed = new Set((said.get("services") ?? "").split(" "));
  const missing = [...settings.allowances(host).keys()].filter((service) => !listed.has(service));
  if (missing.length > 0)
    return [finding("helper", "problem", `root has not allowed ${missing.join(", ")} on this host`, cure)];
  return [
    finding(
      "helper",
      spoken < protocol ? "warning" : "ok",
      `the helper ${said.get("version")} speaks protocol ${spoken}`,
      spoken < protocol ? cure : null,
    ),
  ];
}

function machineFindings(
  said: ReadonlyMap<string, string>,
  stdout: string,
  now: number,
  finding: MakeFinding,
): Finding[] {
  const missing = [...stdout.matchAll(/missing=(\S+)/g)].map(([, tool]) => tool!);
  const free = Number(said.get("free")) * 1024;
  const gap = Math.abs(Number(said.get("time")) - now / 1000);
  const state = said.get("state") ?? "unknown";
  return [
    missing.length === 0
      ? finding("programs", "ok", "every program that the helper needs is there")
      : finding(
          "programs",
          "problem",
          `${missing.join(", ")} is missing`,
          `apt-get install ${packagesOf(missing).join(" ")}`,
        ),
    said.get("systemd")
      ? finding(
          "systemd",
          state === "running" ? "ok" : "warning",
          `${said.get("systemd")}, ${state}`,
          state === "running" ? null : "systemctl --failed",
        )
      : finding("systemd", "problem", "systemd does not answer"),
    Number.isFinite(free) && free < fewestFreeBytes
      ? finding(
          "disk",
          free < neededFreeBytes ? "problem" : "warning",
          `${Math.round(free / 1024 / 1024)} MB free below /srv`,
          "free some, or lower keepReleases",
        )
      : finding("disk", "ok", "enough room below /srv"),
    gap > widestClockGapSeconds
      ? finding(
          "clock",
          "warning",
          `its clock is ${Math.round(gap)} s away from the server's`,
          "timedatectl set-ntp true",
        )
      : finding("clock", "ok", "its clock agrees with the server's"),
  ];
}

function packagesOf(tools: readonly string[]): readonly string[] {
  const packages: Readonly<Record<string, string>> = {
    curl: "curl",
    ss: "iproute2",
    tar: "tar",
    gzip: "gzip",
    sha256sum: "coreutils",
    flock: "util-linux",
    setpriv: "util-linux",
    "systemd-run": "systemd",
  };
  return [...new Set(tools.map((tool) => packages[tool] ?? tool))];
}

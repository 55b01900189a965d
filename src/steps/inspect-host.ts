/** Asks a host everything that planning and the later steps need, in one round trip. */
import type { HostFacts, SlotFacts } from "../core/host-facts.ts";
import { ADOPTED_RELEASE, NO_RELEASE } from "../core/release.ts";
import type { RuntimeRequirement, Target } from "../core/service.ts";
import { sides } from "../core/traffic.ts";
import type { CommandResult } from "../ports/hosts.ts";
import { answers, ask, helper, outcomeOf, program, refusal } from "./ask.ts";
import { unitName } from "./slot-place.ts";
import type { StepDefinition } from "./step.ts";

/** The search path that systemd gives to services: programs are found here as the unit will find them. */
const servicePath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Arguments: root, program of the unit, unit names, run user, then the directories that belong to the run user. */
const inspection = `
root=$1 exec=$2 units=$3 user=$4; shift 4
ready=yes
[ -d "$root/releases" ] && [ -w "$root/releases" ] || ready=no
for directory in "$@"; do [ "$(stat -c %U "$directory" 2>/dev/null)" = "$user" ] || ready=no; done
echo "directories-ready=$ready"
echo "exec=$(command -v "$exec")"
read -r machine </etc/machine-id && echo "machine-id=$machine"
read -r boot </proc/sys/kernel/random/boot_id && echo "boot-id=$boot"
for tool in rsync zstd; do command -v "$tool" >/dev/null && echo "tool.$tool=yes"; done
for release in "$root"/releases/*; do
  [ -d "$release" ] || continue
  case $release in
    *.part) echo "partial.\${release##*/}=$(stat -c %s "$release/artifact" 2>/dev/null || echo 0)" ;;
    *) echo "directory.\${release##*/}=yes" ;;
  esac
done
for unit in $units; do
  if [ -r "/etc/systemd/system/$unit" ]; then sed "s/^/unit-line.$unit=/" "/etc/systemd/system/$unit"; fi
done
`;

export const inspectHost: StepDefinition<"inspect-host"> = {
  kind: "inspect-host",
  title: () => "inspect the host",

  async perform(_step, context) {
    const { target } = context;
    try {
      const [status, host, ...versions] = await Promise.all([
        ask(context, { argv: helper("status", target.service), limitSeconds: 30 }),
        ask(context, {
          argv: ["env", servicePath, ...program(inspection, ...inspectionArguments(target))],
          limitSeconds: 30,
        }),
        ...target.runtime.map((requirement) =>
          ask(context, {
            argv: ["env", servicePath, ...versionCommand(requirement, target.unit.exec[0]!)],
            limitSeconds: 30,
          }),
        ),
      ]);
      if (status.code !== 0) return { kind: "failed", message: `the helper could not be asked: ${refusal(status)}` };
      if (host.code !== 0) return { kind: "failed", message: `the inspection ended with ${refusal(host)}` };
      return {
        kind: "done",
        changed: false,
        result: { kind: "facts", facts: toFacts(target, status.stdout, host.stdout, versions.map(versionText)) },
      };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

function inspectionArguments(target: Target): string[] {
  const units = slotNames(target).map((slot) => unitName(target, slot));
  return [target.root, target.unit.exec[0]!, units.join(" "), target.unit.user, ...target.directories];
}

/** Java prints its version to standard error. Empty when there is no such program. */
function versionText({ code, stdout, stderr }: CommandResult): string {
  return code === 0 ? `${stdout} ${stderr}`.trim().slice(0, 500) : "";
}

/** The command that prints the version: of the very binary that the unit starts, where it is of that kind. */
function versionCommand({ kind, argv }: RuntimeRequirement, exec: string): readonly string[] {
  const starts = (pattern: RegExp, otherwise: string): string =>
    pattern.test(exec.split("/").at(-1)!) ? exec : otherwise;
  switch (kind) {
    case "java":
      return [starts(/^java$/, "java"), "-version"];
    case "node":
      return [starts(/^node(js)?$/, "node"), "--version"];
    case "python":
      return [starts(/^python[0-9.]*$/, "python3"), "--version"];
    case "go":
      return ["go", "version"];
    case "command":
      return argv ?? [];
  }
}

function slotNames({ slot, slots }: Target): readonly string[] {
  return slots === undefined ? [slot] : sides;
}

function slotFacts(target: Target, said: ReadonlyMap<string, string>, slot: string): SlotFacts {
  const word = (key: string): string => said.get(`slot.${slot}.${key}`) ?? "";
  // The hand-made unit made way for the one slot of a service, never for one of two.
  const adopted = target.slots === undefined && said.has("adopted");
  return {
    current: word("release") || (adopted ? ADOPTED_RELEASE : NO_RELEASE),
    previous: word("previous") || NO_RELEASE,
    settings: word("settings"),
    active: word("active"),
  };
}

/** The slot that stands for the host: the one that serves, or else one that has a release. */
function mainSlot(slots: Readonly<Record<string, SlotFacts>>): string {
  const entries = Object.entries(slots);
  const [name] =
    entries.find(([, { current, active }]) => current !== NO_RELEASE && active === "active") ??
    entries.find(([, { current }]) => current !== NO_RELEASE) ??
    entries[0]!;
  return name;
}

function unitTextIn(host: string, unit: string): string {
  const mark = `unit-line.${unit}=`;
  const lines = host.split("\n").filter((line) => line.startsWith(mark));
  return lines.map((line) => line.slice(mark.length)).join("\n");
}

function toFacts(target: Target, status: string, host: string, versions: readonly string[]): HostFacts {
  const said = answers(status);
  const saw = answers(host);
  const slots = Object.fromEntries(slotNames(target).map((slot) => [slot, slotFacts(target, said, slot)]));
  const main = mainSlot(slots);
  const releases: Record<string, string> = {};
  const partial: Record<string, number> = {};
  for (const [key, value] of saw) {
    if (key.startsWith("directory."))
      releases[key.slice("directory.".length)] = said.get(`release.${key.slice("directory.".length)}.settings`) ?? "";
    if (key.startsWith("partial.")) partial[key.slice("partial.".length).replace(/\.part$/, "")] = Number(value);
  }
  return {
    machineId: saw.get("machine-id") ?? "",
    bootId: saw.get("boot-id") ?? "",
    protocol: Number(said.get("protocol") ?? 1),
    ...slots[main]!,
    drifted: slotNames(target).some((slot) => said.get(`slot.${slot}.drift`) === "yes"),
    releases,
    partial,
    directoriesReady: saw.get("directories-ready") === "yes",
    freeBytes: Number(said.get("free-bytes") ?? 0),
    freeInodes: Number(said.get("free-inodes") ?? 0),
    exec: saw.get("exec") ?? "",
    versions,
    unitText: unitTextIn(host, unitName(target, main)),
    slots: target.slots === undefined ? {} : slots,
    installation: said.get("installation") ?? "",
    epoch: Number(said.get("epoch") ?? 0),
    tools: [...saw.keys()].filter((key) => key.startsWith("tool.")).map((key) => key.slice("tool.".length)),
  };
}

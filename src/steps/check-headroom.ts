/**
 * Whether a second copy of the service fits onto a host beside the first: memory, processors, disk, ports, open files.
 *
 * Asked while preparing, when nothing has changed yet; the answer has the numbers in it.
 */
import type { Slots, Target } from "../core/service.ts";
import { sides } from "../core/traffic.ts";
import type { Side } from "../core/traffic.ts";
import { answers, ask, outcomeOf, program, refusal } from "./ask.ts";
import { unitName } from "./slot-place.ts";
import type { StepDefinition } from "./step.ts";

/** A second copy may need this much more than the one that has been running. */
const marginForMemory = 1.2;
const megabyte = 1024 * 1024;
/** Left free on the disk, so that the second copy can write its logs. */
const freeDiskBytes = 64 * megabyte;
/** Open files of a service that does not say how many it needs. */
const usualOpenFiles = 1_024;

/**
 * Arguments: root, then a slot, its unit and its port for each slot. Memory of a unit is what can't be had back from
 * it (anonymous and the kernel's), because its file cache is shared by both copies and given up when room is needed.
 */
const measure = `
root=$1; shift
while read -r name value _; do case $name in MemAvailable:) echo "available-kb=$value" ;; esac; done </proc/meminfo
read -r load _ </proc/loadavg; echo "load=$load"; echo "cores=$(nproc)"
echo "disk-free=$(($(stat -f -c '%a * %S' -- "$root" 2>/dev/null || stat -f -c '%a * %S' /)))"
read -r used _ most </proc/sys/fs/file-nr; echo "files-used=$used"; echo "files-most=$most"
while [ $# -ge 3 ]; do
  slot=$1 unit=$2 port=$3; shift 3
  group=/sys/fs/cgroup$(systemctl show -P ControlGroup -- "$unit")
  echo "slot.$slot.active=$(systemctl show -P ActiveState -- "$unit")"
  if [ "$group" != /sys/fs/cgroup ] && [ -r "$group/memory.stat" ]; then
    bytes=0
    while read -r name value; do case $name in anon | kernel) bytes=$((bytes + value)) ;; esac; done <"$group/memory.stat"
    echo "slot.$slot.memory=$bytes"
  else
    echo "slot.$slot.memory=$(systemctl show -P MemoryCurrent -- "$unit")"
  fi
  kilobytes=0
  [ "$group" = /sys/fs/cgroup ] || for pid in $(cat "$group/cgroup.procs"); do
    while read -r name value _; do case $name in VmRSS:) kilobytes=$((kilobytes + value)) ;; esac; done <"/proc/$pid/status"
  done 2>/dev/null
  echo "slot.$slot.resident-kb=$kilobytes"
  listener=$(ss -Hltn --cgroup "sport = :$port" 2>/dev/null || ss -Hltn "sport = :$port")
  printf "slot.$slot.listener=%s\\n" "$(printf '%s' "$listener" | head -n 1)"
done
`;

export const checkHeadroom: StepDefinition<"check-headroom"> = {
  kind: "check-headroom",
  title: () => "check that a second copy fits",

  async perform(_step, context) {
    const { target, host } = context;
    if (target.slots === undefined) return { kind: "done", changed: false, note: "each host has one copy" };
    const { ports } = target.slots;
    try {
      const words = sides.flatMap((side) => [side, unitName(target, side), String(ports[side])]);
      const answer = await ask(context, { argv: program(measure, target.root, ...words), limitSeconds: 30 });
      if (answer.code !== 0) return { kind: "failed", message: `${host} could not be measured: ${refusal(answer)}` };
      const seen = roomFrom(answers(answer.stdout));
      const faults = faultsOf(target, host, target.slots, seen);
      if (faults.length > 0) return { kind: "failed", message: faults.join("; ") };
      return { kind: "done", changed: false, note: `${inMegabytes(seen.availableBytes)} MB free` };
    } catch (error) {
      return outcomeOf(error, false);
    }
  },
};

interface Room {
  readonly availableBytes: number;
  readonly load: number;
  readonly cores: number;
  readonly diskFreeBytes: number;
  readonly filesFree: number;
  readonly slots: Readonly<Record<Side, SlotRoom>>;
}

interface SlotRoom {
  readonly isActive: boolean;
  /** 0 where it does not run, or nobody can tell. */
  readonly memoryBytes: number;
  /** Whoever listens on the slot's port, as `ss` describes it; empty when nobody does. */
  readonly listener: string;
}

function roomFrom(said: ReadonlyMap<string, string>): Room {
  const number = (key: string): number => Number(said.get(key) ?? Number.NaN);
  const slot = (side: Side): SlotRoom => {
    const isActive = said.get(`slot.${side}.active`) === "active";
    const bytes = number(`slot.${side}.memory`);
    const known = bytes > 0 && bytes < Number.MAX_SAFE_INTEGER ? bytes : number(`slot.${side}.resident-kb`) * 1024;
    return { isActive, memoryBytes: isActive ? known : 0, listener: said.get(`slot.${side}.listener`) ?? "" };
  };
  return {
    availableBytes: number("available-kb") * 1024,
    load: number("load"),
    cores: number("cores"),
    diskFreeBytes: number("disk-free"),
    // A host without a limit says 0.
    filesFree: number("files-most") > 0 ? number("files-most") - number("files-used") : Number.POSITIVE_INFINITY,
    slots: { blue: slot("blue"), green: slot("green") },
  };
}

function faultsOf(target: Target, host: string, { ports }: Slots, room: Room): readonly string[] {
  return [
    memoryFault(target, host, room),
    loadFault(target, host, room),
    room.diskFreeBytes < freeDiskBytes
      ? `${host} has ${inMegabytes(room.diskFreeBytes)} MB of disk free below ${target.root}; a second copy needs ${inMegabytes(freeDiskBytes)} MB`
      : undefined,
    filesFault(target, host, room),
    ...sides.map((side) => portFault(target, host, side, ports[side], room.slots[side])),
  ].filter((fault) => fault !== undefined);
}

function memoryFault({ unit }: Target, host: string, { availableBytes, slots }: Room): string | undefined {
  const copies = sides.map((side) => slots[side].memoryBytes);
  const running = Math.max(...copies);
  const limit = bytesIn(unit.memoryMax);
  const estimate =
    running === 0 ? (limit ?? 0) : Math.min(marginForMemory * running, limit ?? Number.POSITIVE_INFINITY);
  // An old copy that still runs beside the one that serves makes way.
  const needed = estimate - Math.min(...copies);
  if (!(availableBytes < needed)) return undefined;
  const why =
    running === 0 || estimate === limit
      ? `its limit is ${unit.memoryMax}`
      : `${inMegabytes(running)} MB like the one that runs, and a fifth more`;
  return `${host} has ${inMegabytes(availableBytes)} MB free; a second copy needs about ${inMegabytes(needed)} MB (${why})`;
}

/** With a limit of 1 the team says that its hosts may be busy to the last. */
function loadFault({ limits }: Target, host: string, { load, cores }: Room): string | undefined {
  if (limits.load >= 1 || !(load > cores)) return undefined;
  return `${host} has a load of ${load} on ${cores} ${cores === 1 ? "processor" : "processors"}, so there is none for a second copy`;
}

function filesFault({ unit }: Target, host: string, { filesFree }: Room): string | undefined {
  const needed = unit.openFiles ?? usualOpenFiles;
  if (!(filesFree < needed)) return undefined;
  return `${host} has room for ${filesFree} more open files; a second copy needs ${needed}`;
}

function portFault(
  target: Target,
  host: string,
  side: Side,
  port: number,
  { isActive, listener }: SlotRoom,
): string | undefined {
  if (listener === "") return undefined;
  const unit = unitName(target, side);
  // An older `ss` does not say who listens; then the slot's own unit is believed to, while it runs.
  const owner = /\bcgroup:(\/\S+)/.exec(listener)?.[1];
  if (isActive && (owner === undefined || owner.endsWith(`/${unit}`))) return undefined;
  const who = owner === undefined ? "another process" : owner.split("/").at(-1)!;
  return `port ${port} on ${host}, which is for the slot ${side}, belongs to ${who} and not to ${unit}`;
}

/** Systemd's way to write sizes: bytes, or K, M, G, T in powers of 1024. Undefined for a share of the memory, and for none. */
function bytesIn(size: string | undefined): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(size ?? "") ?? [];
  if (digits === undefined) return undefined;
  return Number(digits) * 1024 ** " KMGT".indexOf((unit || " ").toUpperCase());
}

function inMegabytes(bytes: number): string {
  return Math.round(bytes / megabyte).toLocaleString("en-US");
}

/** Uses up the memory of a host until the kernel acts. */
import { runAsRoot } from "./machine.ts";
import type { HostNames } from "./names.ts";

// The victim is named to the kernel, otherwise it would take the one that eats.
const eater = `
import os, sys
victim = sys.argv[1]
with open(f"/proc/{victim}/oom_score_adj", "w") as score:
    score.write("1000")

def alive():
    try:
        with open(f"/proc/{victim}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False

eaten = []
while alive():
    eaten.append(b"x" * (4 << 20))
`;

export async function eatMemoryUntilKilled(host: HostNames, unit: string): Promise<void> {
  const shown = await runAsRoot(host, ["systemctl", "show", "--property=MainPID", "--value", unit]);
  const victim = shown.stdout.trim();
  if (!(Number(victim) > 0)) throw new Error(`${unit} does not run on ${host.name}, so it cannot run out of memory`);
  const { code, stderr } = await runAsRoot(host, ["python3", "-c", eater, victim]);
  if (code !== 0) throw new Error(`the memory of ${host.name} did not run out for ${unit} (${code}): ${stderr.trim()}`);
}

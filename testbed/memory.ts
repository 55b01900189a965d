/** Uses up the memory of a host until the kernel acts. */
import { runAsRoot } from "./machine.ts";
import type { HostNames } from "./names.ts";

// The victim is named to the kernel, otherwise it would take the eater, which is the largest. Small bites,
// because a victim may free little, and a second shortage within one bite would end the eater too early.
const eater = `
import sys
victim = f"/proc/{sys.argv[1]}"
with open(f"{victim}/oom_score_adj", "w") as file:
    file.write("1000")

def alive():
    try:
        with open(f"{victim}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False

eaten = []
while alive():
    eaten.append(b"x" * (256 << 10))
`;

export async function eatMemoryUntilKilled(host: HostNames, unit: string): Promise<void> {
  const shown = await runAsRoot(host, ["systemctl", "show", "--property=MainPID", "--value", unit]);
  const victim = shown.stdout.trim();
  if (!(Number(victim) > 0)) throw new Error(`${unit} does not run on ${host.name}, so it cannot run out of memory`);
  const { code, stderr } = await runAsRoot(host, ["python3", "-c", eater, victim]);
  // How the eater itself ended does not matter: the victim's restart may have cost its life.
  const gone = await runAsRoot(host, ["test", "!", "-e", `/proc/${victim}`]);
  if (gone.code !== 0)
    throw new Error(`${unit} on ${host.name} outlived the shortage of memory (${code}): ${stderr.trim()}`);
}

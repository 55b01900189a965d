/** The programs of this machine that make patches, for comparison. */
import { spawnSync } from "node:child_process";
import { rmSync, statSync } from "node:fs";

/** What each program that is installed makes of the two files; nothing where it is not. */
export function patchSizes(old: string, fresh: string): { readonly way: string; readonly bytes: number }[] {
  const patch = `${fresh}.patch`;
  const ways: Readonly<Record<string, readonly [string, ...string[]]>> = {
    "zstd -3 --patch-from": ["zstd", "-qf", "-3", "--long=27", `--patch-from=${old}`, fresh, "-o", patch],
    "zstd -19 --patch-from": ["zstd", "-qf", "-19", "--long=27", `--patch-from=${old}`, fresh, "-o", patch],
    "xdelta3 -9": ["xdelta3", "-9", "-f", "-B", "67108864", "-e", "-s", old, fresh, patch],
  };
  const sizes = Object.entries(ways).flatMap(([way, [program, ...rest]]) => {
    const { status } = spawnSync(program, rest, { stdio: "ignore" });
    return status === 0 ? [{ way, bytes: statSync(patch).size }] : [];
  });
  rmSync(patch, { force: true });
  return sizes;
}

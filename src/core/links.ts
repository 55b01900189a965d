/** Whether a symbolic link stays inside the tree that it belongs to, however many other links its way goes through. */

/** Linux itself gives up after 40 links on one way. */
const longestWay = 40;

/** Why a link may not be there, or nothing. `links` are all links of the tree: path to target, without leading `/`. */
export function whyLinkIsRefused(path: string, links: ReadonlyMap<string, string>): string | undefined {
  let steps = 0;
  const follow = (from: readonly string[], target: string): readonly string[] | string => {
    if (target === "" || target.includes("\0")) return "has no usable target";
    if (target.startsWith("/")) return `is absolute (${target})`;
    let at = [...from];
    for (const part of target.split("/")) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (at.length === 0) return `leads out (${target})`;
        at = at.slice(0, -1);
        continue;
      }
      const next = links.get([...at, part].join("/"));
      if (next === undefined) {
        at.push(part);
        continue;
      }
      if (++steps > longestWay) return `goes in circles (${target})`;
      const arrived = follow(at, next);
      if (typeof arrived === "string") return arrived;
      at = [...arrived];
    }
    return at;
  };
  const end = follow(path.split("/").slice(0, -1), links.get(path) ?? "");
  return typeof end === "string" ? end : undefined;
}

/** The bell of a single server process. */
import type { Bell } from "../../ports/bell.ts";

export function inProcessBell(): Bell {
  const listeners = new Map<string | undefined, Set<(deployment: string) => void>>();
  return {
    ring(deployment) {
      for (const key of [deployment, undefined]) {
        for (const listener of [...(listeners.get(key) ?? [])]) listener(deployment);
      }
    },
    on(deployment, listener) {
      const set = listeners.get(deployment) ?? new Set();
      listeners.set(deployment, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0 && listeners.get(deployment) === set) listeners.delete(deployment);
      };
    },
  };
}

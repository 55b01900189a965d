/** The bell of a single server process. */
import type { Bell } from "../../ports/bell.ts";

export function inProcessBell(): Bell {
  const listeners = new Map<string | undefined, Set<(deployment: string) => void>>();
  return {
    ring(deployment) {
      for (const key of [deployment, undefined]) {
        // A listener may take itself off while it is called.
        const called = Array.from(listeners.get(key) ?? []);
        for (const listener of called) listener(deployment);
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

/** Workspaces as private directories below the server's data. */
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";

import type { Workspaces } from "../../ports/workspaces.ts";

export function fileWorkspaces({ directory }: { readonly directory: string }): Workspaces {
  const root = path.join(directory, "workspaces");
  return {
    async fresh(deployment, name) {
      const workspace = path.join(root, deployment, name);
      await rm(workspace, { recursive: true, force: true });
      await mkdir(workspace, { recursive: true, mode: 0o700 });
      return workspace;
    },
    drop: async (deployment) => rm(path.join(root, deployment), { recursive: true, force: true }),
  };
}

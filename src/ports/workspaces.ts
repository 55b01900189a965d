/** Directories on the server for the files of a deployment while it works. */
export interface Workspaces {
  /** A new, empty directory; what an interrupted try left under the name is gone. */
  fresh(deployment: string, name: string): Promise<string>;
  /** Removes everything of the deployment. */
  drop(deployment: string): Promise<void>;
}

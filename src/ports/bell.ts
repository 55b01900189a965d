/** Tells whoever waits that a deployment's journal has grown. A missed ring only costs time. */
export interface Bell {
  ring(deployment: string): void;
  /** Calls back at each ring for the deployment (or for any), until the returned function is called. */
  on(deployment: string | undefined, listener: (deployment: string) => void): () => void;
}

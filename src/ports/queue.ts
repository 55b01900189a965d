/** Wakes deployments. It carries ids, never truth: a lost or doubled wake-up is harmless. */
export interface Queue {
  /** Somebody should look at this deployment, now or at a time. */
  wake(deployment: string, at?: number): void;
  /** Calls the worker for each wake-up, never twice at once for one deployment. */
  work(worker: (deployment: string) => Promise<void>): void;
  /** Takes no more wake-ups and waits for the workers that run. */
  close(): Promise<void>;
}

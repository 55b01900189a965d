/** Time, as a port: rules get it as a value, and tests make it pass. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends after the milliseconds, or early (without an error) when the signal fires. Any length is fine. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

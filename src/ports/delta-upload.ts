/** Brings a file up to date on a host where an older one lies, sending about what differs. */
export interface DeltaUpload {
  /**
   * @param file a file on the server
   * @param to where an older version of it lies on the host; it is changed in place
   * @throws when it can't be done this way; the file on the host may be damaged then
   */
  send(
    host: string,
    file: string,
    to: string,
    options: { readonly signal: AbortSignal; readonly log: (text: string) => void },
  ): Promise<void>;
}

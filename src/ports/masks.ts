/** Keeps the values of secrets out of what people see: whatever this server has had in its hands is masked. */
export interface Masks {
  /** A text that is there as a whole: a message of an error. */
  text(text: string): string;
  /** Text that arrives in chunks; a secret may be cut anywhere. */
  stream(): MaskedStream;
}

export interface MaskedStream {
  /** What can be shown by now; what may be the beginning of a secret is kept back. */
  push(text: string): string;
  /** The rest; nothing more comes. */
  end(): string;
}

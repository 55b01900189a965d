/** Somebody else's server that says who people are. */

/** Who somebody is there. `issuer` and `subject` together are for ever; everything else may change. */
export interface ForeignIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** The claim that is configured as the login; missing where it is not there, or is a mail that is not verified. */
  readonly login?: string;
  readonly name?: string;
  /** Missing where the provider does not say that it is verified. */
  readonly verifiedMail?: string;
}

/** It said no, could not be asked, or its answer does not belong to the question. The message has no secrets. */
export class IdentityRefused extends Error {
  override readonly name = "IdentityRefused";
}

export interface Began {
  /** Where the browser goes. */
  readonly url: string;
  /** What the browser keeps until it comes back, and nobody else: letters, digits, `-`, `_` and `.`. */
  readonly kept: string;
}

export interface IdentityProvider {
  /**
   * @param callback the address to which the browser comes back
   * @throws {IdentityRefused}
   */
  begin(callback: string): Promise<Began>;
  /**
   * @param address the whole address to which the browser came back
   * @throws {IdentityRefused}
   */
  finish(address: string, kept: string): Promise<ForeignIdentity>;
}

/** Somebody else's server that knows people, as the configuration names it. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** The name of the secret. */
  readonly clientSecret: string;
  /** The claim that is a person's login here. */
  readonly login: string;
  /** Domains of which a verified mail address has to be one; missing: any. */
  readonly only?: readonly string[];
  /** Whether somebody who is not known here becomes a person, without any right. */
  readonly create: boolean;
}

export interface ServerSettings {
  /** Where its pages are for their readers, without a slash at the end. */
  readonly url?: string;
}

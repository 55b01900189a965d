/** From where somebody acted, for the audit log. */
export interface Access {
  /** The socket of the server's machine, a token of the API, a signed-in person, or a webhook. */
  readonly via: "socket" | "token" | "session" | "hook" | "open";
  /** Of the machine that asked; a socket has none. */
  readonly address?: string | undefined;
  /** The webhook's, where it was one. */
  readonly name?: string | undefined;
}

/** `token from 10.0.0.7`, for people. */
export function accessInWords({ via, address, name }: Access): string {
  const way = name === undefined ? ways[via] : `${ways[via]} ${name}`;
  return address === undefined ? way : `${way} from ${address}`;
}

const ways = {
  socket: "socket of the server",
  token: "token",
  session: "signed in",
  hook: "webhook",
  open: "before signing in",
} as const;

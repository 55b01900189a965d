/**
 * The hosts, as the rest of Signalbox sees them: a place that runs argument lists.
 *
 * Nothing here is ever a command line. An adapter owns quoting, connections, and the difference between
 * "the command failed" (a result) and "the host could not be asked" (an error).
 */

/** A request to a host: an argument list and what surrounds it. */
export interface Command {
  readonly argv: readonly [string, ...string[]];
  /** Bytes for the command's standard input; without it the command reads from /dev/null. */
  readonly stdin?: ByteSource;
  /** After this many seconds the command's whole process group on the host is ended. */
  readonly limitSeconds: number;
  /**
   * Of standard output and error the result keeps this many bytes each, and sets `truncated` when there was more.
   * `onOutput` hears all of it. Default 1 MiB.
   */
  readonly maxOutputBytes?: number;
  /** Ends the command's whole process group on the host, not only the connection. */
  readonly signal?: AbortSignal;
  /** Output as it arrives. Decoded as UTF-8 with replacement; a chunk may end in the middle of a line. */
  readonly onOutput?: (chunk: string, stream: "stdout" | "stderr") => void;
  /**
   * Standard output as it arrives, byte for byte and without a limit. With it `stdout` of the result stays empty and
   * `onOutput` hears standard error only. It may block to slow the sender down.
   */
  readonly onBytes?: (chunk: Uint8Array) => void;
  /**
   * Which of the host's channels carries it. Commands on one channel run one after the other, channels side by side;
   * on `follow` several run at once. Default `commands`.
   *
   * A process that a command leaves behind with its output open can print into the answers that follow on the same
   * channel. So what is not ours, such as hooks and builds, belongs on `bulk`.
   */
  readonly channel?: "commands" | "bulk" | "follow";
}

/** Bytes of a known length, readable more than once (a retry starts over). */
export interface ByteSource {
  readonly bytes: number;
  stream(): AsyncIterable<Uint8Array>;
}

/**
 * Bytes in both directions. Reading throws `HostUnreachable` when the other end closes it before the first byte: nobody
 * listens there, or the login may not. When the connection is lost later it just ends, and so it does after `destroy`.
 */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  write(bytes: string | Uint8Array): unknown;
  /** Has to be called when it is no longer needed. */
  destroy(): unknown;
}

/** What a command said and how it ended. `code` is 128 + n when signal n ended it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly truncated: boolean;
}

/** Why a host could not be asked. */
export type UnreachableCause =
  | "host-key-changed"
  | "host-key-unknown"
  | "permission-denied"
  | "name-not-found"
  | "connection-refused"
  | "connection-timed-out"
  | "jump-host-failed"
  | "connection-lost"
  | "not-a-posix-shell";

/**
 * The host could not be asked, or the answer did not arrive.
 *
 * `sent` says whether the command may have begun there: false means that the host was surely not touched.
 */
export class HostUnreachable extends Error {
  override readonly name = "HostUnreachable";
  readonly host: string;
  readonly because: UnreachableCause;
  readonly sent: boolean;

  constructor(host: string, because: UnreachableCause, sent: boolean, message: string) {
    super(message);
    this.host = host;
    this.because = because;
    this.sent = sent;
  }
}

/** The command was ended on the host because its limit passed or its signal fired. */
export class CommandEnded extends Error {
  override readonly name = "CommandEnded";
  readonly host: string;
  readonly because: "limit" | "aborted";
  /** What it had printed until then. */
  readonly partial: Omit<CommandResult, "code">;

  constructor(host: string, because: "limit" | "aborted", partial: Omit<CommandResult, "code">, message: string) {
    super(message);
    this.host = host;
    this.because = because;
    this.partial = partial;
  }
}

/** What the server knows about a host before it connects. */
export interface HostAddress {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** The pinned public keys, e.g. `ssh-ed25519 AAAA...`. A host without one can't be connected to. */
  readonly hostKeys: readonly string[];
  /** The name of another host to go through. */
  readonly jump?: string;
  /** A private key file on the server; without it OpenSSH's own configuration and agent decide. */
  readonly identityFile?: string;
}

/** Runs commands on hosts over warm connections. */
export interface Hosts {
  /**
   * Runs one command.
   *
   * @throws {HostUnreachable} when the host could not be asked or the answer did not arrive
   * @throws {CommandEnded} when the limit or the signal ended it
   */
  run(host: string, command: Command): Promise<CommandResult>;
  /** The option list that makes another OpenSSH program (rsync) share the host's warm connection. */
  sharedConnection(
    host: string,
  ): Promise<{ readonly program: string; readonly argv: readonly string[]; readonly destination: string }>;
  /**
   * A byte stream to a unix socket of the host, over the warm connection and with the login's rights.
   *
   * @param signal ends the stream too
   * @throws {HostUnreachable}
   * @throws {RangeError} when the path is not a plain absolute one
   */
  socket(host: string, path: string, signal?: AbortSignal): Promise<ByteStream>;
  /** Closes every connection; commands in flight end with `connection-lost`. */
  close(): Promise<void>;
}

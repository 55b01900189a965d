/**
 * The store: every journal, lock, release and setting of an installation.
 *
 * Changes are values. One `Change` is one transaction, so nothing can be half written, and no transaction ever
 * waits for a network.
 */
import type { Access } from "../core/access.ts";
import type { AuditBreak, AuditHead, AuditLink } from "../core/audit-chain.ts";
import type { ConfigurationProposal } from "../core/configuration-change.ts";
import type { Deployment, DeploymentEvent, Recorded, State } from "../core/deployment.ts";
import type { Grant } from "../core/permissions.ts";
import type { Artifact, Release } from "../core/release.ts";
import type { ApprovalChange, Approvals } from "./approvals.ts";
import type { AuditEntry, AuditRead, AuditFilter } from "./audit.ts";
import type { FreezeChange, Freezes } from "./freezes.ts";
import type { NewMessage, Outbox } from "./outbox.ts";
import type { NewReport, PlaceChange, Pushes } from "./pushes.ts";
import type { People } from "./people.ts";
import type { SignIns } from "./sign-in.ts";

export type { AuditEntry, AuditFilter, AuditRead };

/** One transaction. All of it is durable when `commit` returns, or none of it. */
export interface Change {
  /** Milliseconds since 1970; the time of every row of this change. */
  readonly at: number;
  readonly journals?: readonly JournalChange[];
  readonly takeLocks?: { readonly owner: string; readonly reason: string; readonly resources: readonly string[] };
  /** Releases every lock of these owners. */
  readonly releaseLocksOf?: readonly string[];
  readonly releases?: readonly ReleaseRow[];
  readonly approvals?: readonly ApprovalChange[];
  readonly freezes?: readonly FreezeChange[];
  /** What became known of places. */
  readonly places?: readonly PlaceChange[];
  /** For forges. */
  readonly reports?: readonly NewReport[];
  /** For the outbox. */
  readonly messages?: readonly NewMessage[];
  readonly audit?: readonly AuditEntry[];
}

/** Events for one deployment's journal. */
export interface JournalChange {
  readonly deployment: string;
  /** The sequence of the last event that the writer has seen; 0 for a new deployment. */
  readonly expected: number;
  readonly events: readonly DeploymentEvent[];
  /** The deployment with the events folded in: lists are read from it without reading journals. */
  readonly after: Deployment;
  /** When somebody has to look at it again, at the latest; `null` when nothing is due. */
  readonly dueAt: number | null;
}

export interface ReleaseRow {
  readonly service: string;
  readonly environment: string;
  readonly release: Release;
  readonly deployment: string;
  /** `good` after a deployment succeeded with it, `bad` after one was rolled back from it. */
  readonly verdict: "unproven" | "good" | "bad";
}

/** A deployment as lists show it. */
export interface DeploymentSummary {
  readonly id: string;
  /** What people call it: `d-12`. It may come back after a restore; never use it as an identity. */
  readonly number: number;
  readonly service: string;
  readonly environment: string;
  readonly kind: "deploy" | "roll-back" | "restart";
  readonly state: State;
  readonly by: string;
  readonly revision: string | null;
  readonly release: number | null;
  readonly requestedAt: number;
  readonly finishedAt: number | null;
  readonly message: string | null;
  readonly behind: readonly string[];
  /** The hosts that it was asked for; `null` for all of the service. */
  readonly onlyHosts: readonly string[] | null;
}

export interface DeploymentFilter {
  readonly service?: string;
  readonly environment?: string;
  /** Only deployments onto one of these. */
  readonly environments?: readonly string[];
  readonly unfinished?: boolean;
  readonly limit?: number;
  /** Only deployments that were asked for before the one with this id. */
  readonly before?: string;
}

export interface HeldLock {
  readonly resource: string;
  readonly owner: string;
  readonly reason: string;
  readonly since: number;
}

/** Somebody else wrote to the journal first: read again, decide again. */
export class JournalConflict extends Error {
  override readonly name = "JournalConflict";
}

/** A lock of the change is held by somebody else; nothing of the change was written. */
export class LockHeld extends Error {
  override readonly name = "LockHeld";
  readonly lock: HeldLock;

  constructor(lock: HeldLock) {
    super(`${lock.resource} is held by ${lock.owner} (${lock.reason})`);
    this.lock = lock;
  }
}

/** Another process has the store. */
export class StoreBusy extends Error {
  override readonly name = "StoreBusy";
}

/** The disk is full. Nothing of the change was written; deployments that run can still be ended, new ones cannot begin. */
export class StoreFull extends Error {
  override readonly name = "StoreFull";
}

/** The store cannot be trusted, and was not touched. The message names the file and the newest backup beside it. */
export class StoreDamaged extends Error {
  override readonly name = "StoreDamaged";
}

/** The name is in use. */
export class NameTaken extends Error {
  override readonly name = "NameTaken";
}

/** A token of the API, as it is kept: the secret itself is nowhere. */
export interface TokenRow {
  readonly name: string;
  /** SHA-256 of the token, as hex digits. */
  readonly hash: string;
  readonly grants: readonly Grant[];
  /** Whose own it is, and who acts with it; `null` for a machine's. */
  readonly login: string | null;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
}

/** How much room the store has. */
export interface StoreHealth {
  /** Bytes that may still be written to the store's disk. */
  readonly freeBytes: number;
  /** False from the moment the disk was full, until there is room again: new deployments are refused. */
  readonly admitting: boolean;
}

export interface AuditCheck {
  /** As far as the chain is whole; `null` for an empty log. */
  readonly head: AuditHead | null;
  /** The first row that was edited, removed, moved or put in. */
  readonly broken: AuditBreak | null;
}

/** A configuration as it was applied. A running deployment keeps the version it began with. */
export interface ConfigurationVersion {
  readonly version: number;
  readonly digest: string;
  readonly text: string;
  readonly file: string;
  readonly appliedAt: number;
  readonly appliedBy: string;
}

export interface NewConfiguration extends Omit<ConfigurationVersion, "version"> {
  /** What else the audit row says. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Store {
  /** The installation's id, and whether it still has to be confirmed after a restore. */
  installation(): Promise<{ readonly id: string; readonly frozen: boolean }>;
  /** Lets a restored installation work again. */
  thaw(by: string): Promise<void>;
  /** The next epoch. Hosts refuse a lower one than they have seen. */
  nextEpoch(): Promise<number>;

  /**
   * Writes one change in one transaction.
   *
   * Locks are released before others are taken, so one change can hand a resource over. A deployment that is final
   * afterwards keeps no lock. A release is written once; later changes for its number only give the verdict.
   *
   * @throws {JournalConflict} when an expected sequence is not the last one, or a release's number is taken by another
   * @throws {LockHeld} when a lock is held by another owner
   * @throws {PlaceChanged} when something else became known of a place than what was expected
   * @throws {StoreFull} when the disk is full
   */
  commit(change: Change): Promise<void>;

  journal(deployment: string, after?: number): Promise<readonly Recorded[]>;
  /** By id, by `d-12` or by `12`. */
  summary(idOrNumber: string): Promise<DeploymentSummary | undefined>;
  /** The newest first; all of them without a limit. */
  deployments(filter: DeploymentFilter): Promise<readonly DeploymentSummary[]>;
  /** Unfinished deployments that are due at this time, the longest due first. */
  due(at: number): Promise<readonly string[]>;

  locks(): Promise<readonly HeldLock[]>;

  /** Releases of a service in an environment, the newest first. */
  releases(service: string, environment: string): Promise<readonly ReleaseRow[]>;
  artifact(sha256: string): Promise<Artifact | undefined>;

  /** Adds a version with its audit row. The text that is the newest version already stays that version. */
  applyConfiguration(version: NewConfiguration): Promise<ConfigurationVersion>;
  /** With its audit row. In place of a proposal of the same text; gone when that text is applied. */
  proposeConfiguration(proposal: ConfigurationProposal): Promise<void>;
  configurationProposal(digest: string): Promise<ConfigurationProposal | undefined>;
  /** The newest one, or the one with this number. */
  configuration(version?: number): Promise<ConfigurationVersion | undefined>;

  /**
   * With its audit row.
   *
   * @throws {NameTaken}
   */
  addToken(token: TokenRow): Promise<void>;
  tokens(): Promise<readonly TokenRow[]>;
  /** With its audit row. @returns false when there is none of this name */
  revokeToken(name: string, by: string, at: number): Promise<boolean>;

  readonly approvals: Approvals;
  readonly outbox: Outbox;
  readonly pushes: Pushes;
  readonly freezes: Freezes;
  readonly signIns: SignIns;
  readonly people: People;

  /** Rows of the audit log, the newest first. */
  audit(filter: AuditFilter): Promise<readonly AuditRead[]>;
  /** All rows as they are stored, or all after one, in their order. */
  auditLinks(after?: number): AsyncIterable<AuditLink>;
  auditHead(): Promise<AuditHead | null>;
  /** Reads the whole audit log; with a head that was kept elsewhere, also whether that row is still there. */
  checkAudit(known?: AuditHead): Promise<AuditCheck>;
  /** Does the work; rows of the audit log that are written within it say from where it was asked for. */
  within<Result>(access: Access | undefined, work: () => Result): Result;

  health(): Promise<StoreHealth>;
  /** A consistent copy of the whole store in a new file. Opened as a store, it is a new installation, and frozen. */
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

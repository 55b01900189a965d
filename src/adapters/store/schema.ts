/**
 * The tables of the store. Texts, whole numbers and JSON as text: every database has them.
 *
 * Times are milliseconds since 1970, truths are 0 and 1.
 */
import type { Generated, Kysely, Transaction } from "kysely";

export interface Tables {
  installation: InstallationRow;
  deployments: DeploymentRow;
  events: EventRow;
  locks: LockRow;
  artifacts: ArtifactRow;
  releases: ReleaseRowStored;
  audit: AuditRow;
  configurations: ConfigurationRow;
  tokens: TokenRowStored;
  approvals: ApprovalRow;
  approval_events: ApprovalEventRow;
  messages: MessageRow;
  deliveries: DeliveryRow;
  newest_pushes: NewestPushRow;
  places: PlaceRow;
  seen_tips: SeenTipRow;
  forge_reports: ForgeReportRow;
  freeze_windows: FreezeWindowRow;
  freeze_exceptions: FreezeExceptionRow;
  credentials: CredentialRow;
  sign_in_codes: SignInCodeRow;
  sessions: SessionRow;
  identities: IdentityRow;
  people: PersonRow;
  people_state: PeopleStateRow;
  people_proposals: ProposalRow;
  configuration_proposals: ConfigurationProposalRow;
}

export type Database = Kysely<Tables>;

/**
 * The only thing that functions which write may take. A query on the `Database` inside a transaction would wait for
 * that transaction for ever; the compiler refuses to pass one.
 */
export type Trx = Transaction<Tables>;

export interface InstallationRow {
  /** Always 1: there is one row. */
  one: number;
  id: string;
  frozen: number;
  /** 1 in a backup that was not opened yet. */
  copy: number;
  epoch: number;
  created_at: number;
}

export interface DeploymentRow {
  id: string;
  number: number;
  /** Of the last event in the journal. */
  sequence: number;
  service: string;
  environment: string;
  kind: string;
  state: string;
  requested_by: string;
  revision: string | null;
  release_number: number | null;
  requested_at: number;
  finished_at: number | null;
  message: string | null;
  behind: string;
  due_at: number | null;
  /** JSON; null when it was asked for all hosts. */
  only_hosts: string | null;
}

export interface EventRow {
  deployment: string;
  sequence: number;
  at: number;
  kind: string;
  event: string;
}

export interface LockRow {
  resource: string;
  owner: string;
  reason: string;
  since: number;
}

export interface ArtifactRow {
  sha256: string;
  bytes: number;
  form: string;
  name: string;
}

export interface ReleaseRowStored {
  service: string;
  environment: string;
  number: number;
  release: string;
  deployment: string;
  verdict: string;
}

export interface AuditRow {
  sequence: number;
  at: number;
  actor: string;
  action: string;
  object: string;
  detail: string;
  /** JSON. */
  access: string | null;
  previous: string;
  hash: string;
}

export interface TokenRowStored {
  name: string;
  hash: string;
  /** JSON. */
  grants: string;
  /** Whose own token it is; null for a machine's. */
  login: string | null;
  created_at: number;
  created_by: string;
  expires_at: number;
}

export interface ConfigurationRow {
  version: number;
  digest: string;
  text: string;
  file: string;
  applied_at: number;
  applied_by: string;
}

export interface ApprovalRow {
  id: string;
  /** The one that it is about now. */
  deployment: string;
  service: string;
  environment: string;
  /** Of the last event. */
  sequence: number;
  requested_at: number;
  ended: number;
  review_open: number;
  due_at: number | null;
}

export interface ApprovalEventRow {
  approval: string;
  sequence: number;
  at: number;
  kind: string;
  event: string;
}

export interface FreezeWindowRow {
  name: string;
  /** JSON. */
  window: string;
  made_at: number;
  made_by: string;
}

export interface FreezeExceptionRow {
  id: string;
  /** The name of the window. */
  window: string;
  /** JSON. */
  exception: string;
  asked_at: number;
  asked_by: string;
  confirmed_at: number | null;
  confirmed_by: string | null;
}

export interface MessageRow {
  id: Generated<number>;
  key: string;
  thread: string;
  /** Such as `person:kim`. */
  addressee: string;
  /** JSON. */
  recipient: string;
  message: string;
  /** When it was written. */
  at: number;
  state: string;
  /** Null when nothing is to be done with it any more. */
  due_at: number | null;
  tries: number;
  last_error: string | null;
  via: string | null;
  address: string | null;
  ref: string | null;
  /** Null while it waits. */
  settled_at: number | null;
}

export interface CredentialRow {
  login: string;
  hash: string;
  changed_at: number;
}

export interface SignInCodeRow {
  hash: string;
  login: string;
  created_at: number;
  expires_at: number;
}

export interface SessionRow {
  hash: string;
  login: string;
  created_at: number;
  used_at: number;
}

export interface IdentityRow {
  issuer: string;
  subject: string;
  login: string;
  linked_at: number;
}

export interface DeliveryRow {
  id: Generated<number>;
  key: string;
  hook: string;
  delivery: string | null;
  /** JSON. */
  pushes: string;
  /** When it came. */
  at: number;
  state: string;
  due_at: number | null;
  tries: number;
  /** JSON: the sentences of what was decided, or what went wrong last. */
  said: string | null;
}

/** The last push of a ref that a hook told of. */
export interface NewestPushRow {
  hook: string;
  ref: string;
  key: string;
}

export interface PlaceRow {
  service: string;
  environment: string;
  /** Counts up with each change. */
  version: number;
  /** JSON. */
  requested: string | null;
}

export interface SeenTipRow {
  service: string;
  environment: string;
  ref: string;
  revision: string;
}

export interface ForgeReportRow {
  id: Generated<number>;
  key: string;
  hook: string;
  repository: string;
  revision: string;
  place: string;
  deployment: string | null;
  words: string | null;
  at: number;
  shown: string | null;
  due_at: number | null;
  tries: number;
  last_error: string | null;
}

/** Lists are JSON. */
export interface PersonRow {
  login: string;
  name: string;
  language: string;
  groups: string;
  grants: string;
  contacts: string;
  commit_mails: string;
  absences: string;
  most: string;
  created_at: number;
  disabled: number;
}

export interface PeopleStateRow {
  /** Always 1: there is one row. */
  one: number;
  version: number;
  founded: number;
}

export interface ConfigurationProposalRow {
  digest: string;
  proposed_by: string;
  at: number;
  until: number;
  /** JSON. */
  environments: string;
}

export interface ProposalRow {
  id: string;
  proposed_by: string;
  at: number;
  until: number;
  /** JSON. */
  amendment: string;
}

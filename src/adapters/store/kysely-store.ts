/**
 * The store on any database that kysely speaks to.
 *
 * Whatever writes is a function of a `Trx` and values, in a file of its own where no `Database` is in reach: inside a
 * transaction nothing else is asked, and nothing but the database is waited for.
 */
import type { Clock } from "../../ports/clock.ts";
import type { Change, Store, StoreHealth } from "../../ports/store.ts";
import { approvalsIn, writeApprovals } from "./approvals.ts";
import { within } from "./access.ts";
import { appendToAudit, auditLinks, checkAudit, readAudit, readAuditHead } from "./audit.ts";
import {
  addConfiguration,
  proposeConfiguration,
  readConfiguration,
  readConfigurationProposal,
} from "./configuration.ts";
import { changeFreezes, freezesIn } from "./freezes.ts";
import { addReports } from "./forge-reports.ts";
import { readInstallation, takeEpoch, thawInstallation } from "./installation.ts";
import { appendToJournal, readDue, readJournal, readSummaries, readSummary } from "./journal.ts";
import { changeLocks, readLocks } from "./locks.ts";
import { addMessages, outboxIn } from "./outbox.ts";
import { writePlaces } from "./places.ts";
import { pushesIn } from "./pushes.ts";
import { peopleIn } from "./people.ts";
import { readArtifact, readReleases, recordReleases } from "./releases.ts";
import type { Database, Trx } from "./schema.ts";
import { signInsIn } from "./sign-in.ts";
import { tablesOfOthers } from "./tables-of-others.ts";
import type { TablesOfOthers } from "./tables-of-others.ts";
import { addToken, readTokens, revokeToken } from "./tokens.ts";

/** What each database does in its own way. */
export interface Engine {
  /** Runs a whole transaction; `begins` says that it brings new work, which a full disk refuses. */
  write<Result>(transaction: (trx: Trx) => Promise<Result>, begins: boolean): Promise<Result>;
  health(): Promise<StoreHealth>;
  backup(file: string): Promise<void>;
  close(): Promise<void>;
}

/** The store, and its database for adapters that have tables of their own in it. */
export interface KyselyStore extends Store {
  tablesOf<Others extends Record<string, object>>(): TablesOfOthers<Others>;
}

export function kyselyStore(db: Database, engine: Engine, clock: Clock): KyselyStore {
  return {
    tablesOf: () => tablesOfOthers(db, (transaction) => engine.write(transaction, false), clock),

    installation: () => readInstallation(db),
    thaw: (by) => engine.write((trx) => thawInstallation(trx, clock.now(), by), false),
    nextEpoch: () => engine.write(takeEpoch, false),

    commit: (change) => engine.write((trx) => writeChange(trx, change), beginsWork(change)),

    journal: (deployment, after = 0) => readJournal(db, deployment, after),
    summary: (idOrNumber) => readSummary(db, idOrNumber),
    deployments: (filter) => readSummaries(db, filter),
    due: (at) => readDue(db, at),
    locks: () => readLocks(db),
    releases: (service, environment) => readReleases(db, service, environment),
    artifact: (sha256) => readArtifact(db, sha256),

    applyConfiguration: (version) => engine.write((trx) => addConfiguration(trx, version), false),
    proposeConfiguration: (proposal) => engine.write((trx) => proposeConfiguration(trx, proposal), false),
    configurationProposal: (digest) => readConfigurationProposal(db, digest),
    configuration: (version) => readConfiguration(db, version),

    addToken: (token) => engine.write((trx) => addToken(trx, token), false),
    tokens: () => readTokens(db),
    revokeToken: (name, by, at) => engine.write((trx) => revokeToken(trx, name, by, at), false),

    approvals: approvalsIn(db),
    freezes: freezesIn(db),
    pushes: pushesIn(db, engine.write),
    outbox: outboxIn(db, (transaction) => engine.write(transaction, false)),
    signIns: signInsIn(db, (transaction) => engine.write(transaction, false)),
    people: peopleIn(db, (transaction) => engine.write(transaction, false)),

    audit: (filter) => readAudit(db, filter),
    auditLinks: (after) => auditLinks(db, after),
    auditHead: () => readAuditHead(db),
    checkAudit: (known) => checkAudit(auditLinks(db), known),
    within,

    health: engine.health,
    backup: engine.backup,
    close: engine.close,
  };
}

async function writeChange(trx: Trx, change: Change): Promise<void> {
  for (const journal of change.journals ?? []) await appendToJournal(trx, change.at, journal);
  await writeApprovals(trx, change.at, change.approvals ?? []);
  await changeFreezes(trx, change.at, change.freezes ?? []);
  await writePlaces(trx, change.places ?? []);
  await addReports(trx, change.at, change.reports ?? []);
  await changeLocks(trx, change);
  await recordReleases(trx, change);
  await addMessages(trx, change.at, change.messages ?? []);
  await appendToAudit(trx, change.at, change.audit ?? []);
}

function beginsWork({ journals = [] }: Change): boolean {
  return journals.some(({ expected }) => expected === 0);
}

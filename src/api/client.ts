/** The API as its clients see it. The command line talks to a server, or to the engine in its own process, through this alone. */
import type { ConfigurationProposal } from "../core/configuration-change.ts";
import type { Recorded } from "../core/deployment.ts";
import type { Artifact } from "../core/release.ts";
import type { FreezeClient } from "./freeze-client.ts";
import type { ApprovalClient } from "./approval-client.ts";
import type { MessageClient } from "./message-client.ts";
import type { AuditClient } from "./audit-client.ts";
import type { PeopleClient } from "./people-client.ts";
import type { SignInRequest } from "./sign-in.ts";
import type { SecretsClient } from "./secrets-client.ts";
import type {
  AdoptRequest,
  DeploymentView,
  DeployRequest,
  FindingView,
  PlaceView,
  PlanRequest,
  PlanView,
  ProblemView,
  RestartRequest,
  RollBackRequest,
  NewTokenView,
  TakenOverView,
  TokenRequest,
  TokenView,
  TrafficView,
} from "./views.ts";

/** The server said no; `problem` has the code, what happened, and what to do next. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly problem: ProblemView;

  constructor(problem: ProblemView) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The server could not be asked. */
export class ServerUnreachable extends Error {
  override readonly name = "ServerUnreachable";
}

export type Whose = "me" | "all";

export interface LogLineView {
  readonly at: number;
  readonly host: string;
  readonly text: string;
}

export interface Client {
  deploy(request: DeployRequest): Promise<DeploymentView>;
  rollBack(request: RollBackRequest): Promise<DeploymentView>;
  restart(request: RestartRequest): Promise<DeploymentView>;
  adopt(
    request: AdoptRequest,
  ): Promise<readonly { readonly host: string; readonly done: boolean; readonly message: string }[]>;
  plan(request: PlanRequest): Promise<PlanView>;

  pause(deployment: string): Promise<DeploymentView>;
  resume(deployment: string): Promise<DeploymentView>;
  abort(deployment: string, reason: string): Promise<DeploymentView>;
  /** Gives a canary all traffic. */
  promote(deployment: string): Promise<DeploymentView>;
  /** The capacity guard holds it no longer. */
  override(deployment: string, reason: string): Promise<DeploymentView>;
  /** Ends what only watches. */
  endWatch(deployment: string): Promise<DeploymentView>;

  deployment(ref: string): Promise<DeploymentView>;
  deployments(filter: {
    readonly service?: string;
    readonly environment?: string;
    readonly limit?: number;
  }): Promise<readonly DeploymentView[]>;
  journal(ref: string, after?: number): Promise<readonly Recorded[]>;
  /** The journal from an event on, then each new event as it is written; ends with the deployment. Reconnects by itself. */
  watch(ref: string, options: { readonly after?: number; readonly signal: AbortSignal }): AsyncIterable<Recorded>;
  /** The output of a deployment's steps. */
  stepLog(
    ref: string,
    filter: { readonly host?: string; readonly step?: string; readonly last?: number },
  ): AsyncIterable<LogLineView>;

  /** What runs where; `live` asks the hosts, otherwise it is what the last deployments left. */
  status(filter: {
    readonly service?: string;
    readonly environment?: string;
    readonly live?: boolean;
  }): Promise<readonly PlaceView[]>;
  /** The service's own log over its hosts. */
  serviceLog(
    where: { readonly service: string; readonly environment: string; readonly host?: string },
    options: { readonly lines: number; readonly follow: boolean; readonly signal: AbortSignal },
  ): AsyncIterable<LogLineView>;

  /** What the proxies of each service say, asked now. */
  traffic(filter: { readonly service?: string; readonly environment?: string }): Promise<readonly TrafficView[]>;

  doctor(filter: { readonly host?: string }): AsyncIterable<FindingView>;
  /** Brings a new or rebuilt host to what its environments serve. */
  syncHost(host: string): Promise<readonly DeploymentView[]>;
  /** Makes the services of a host this installation's own, when another one had them. */
  takeOver(host: string, reason: string): Promise<readonly TakenOverView[]>;
  uploadArtifact(file: string): Promise<Artifact>;
  /** `version` is `null` while it waits for a second person, who applies the same text. */
  applyConfiguration(
    text: string,
    file: string,
  ): Promise<{
    readonly version: number | null;
    readonly warnings: string;
    readonly proposal?: ConfigurationProposal;
  }>;
  backup(file: string): Promise<void>;
  readonly approvals: ApprovalClient;
  readonly audit: AuditClient;
  readonly freezes: FreezeClient;
  readonly messages: MessageClient;
  readonly secrets: SecretsClient;
  /** `me`: the caller's own tokens; `all`: those of machines, and the list of everybody's. */
  /** A token of one's own, for a password. */
  signIn(request: SignInRequest): Promise<NewTokenView>;
  createToken(request: TokenRequest, whose: Whose): Promise<NewTokenView>;
  tokens(whose: Whose): Promise<readonly TokenView[]>;
  revokeToken(name: string, whose: Whose): Promise<void>;
  readonly people: PeopleClient;
  /** Lets a restored installation change hosts. */
  thaw(): Promise<void>;
  close(): Promise<void>;
}

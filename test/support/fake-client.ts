/** The API in memory: plays a recorded journal, answers what it was told to, and remembers what it was asked. */
import type { ApprovalView } from "../../src/api/approval-views.ts";
import type { Client } from "../../src/api/client.ts";
import type { MessageView } from "../../src/api/message-views.ts";
import type { DeploymentView, FindingView, PlaceView, PlanView, TrafficView } from "../../src/api/views.ts";
import type { AmendedView, PersonView, ProposalView } from "../../src/api/people-views.ts";
import type { LogLineView } from "../../src/api/client.ts";
import type { DeploymentEvent, Recorded } from "../../src/core/deployment.ts";
import { fold } from "../../src/core/fold.ts";

export interface FakeAnswers {
  readonly messages?: readonly MessageView[];
  readonly journal?: readonly Recorded[];
  readonly places?: readonly PlaceView[];
  readonly deployments?: readonly DeploymentView[];
  readonly plan?: PlanView;
  readonly approvals?: readonly ApprovalView[];
  readonly traffic?: readonly TrafficView[];
  readonly findings?: readonly FindingView[];
  readonly lines?: readonly LogLineView[];
  readonly people?: readonly PersonView[];
  readonly amended?: AmendedView;
  readonly proposals?: readonly ProposalView[];
  readonly references?: Awaited<ReturnType<Client["secrets"]["check"]>>;
  /** Thrown by whatever is asked for. */
  readonly fails?: Error;
}

export interface FakeClient extends Client {
  /** Every call as `deploy {"service":"orders",...}`. */
  readonly calls: readonly string[];
  /** Writes one more event; those who watch get it. */
  record(event: DeploymentEvent, at?: number): void;
}

const unanswered = (): never => {
  throw new Error("the fake client has no answer to this");
};

export function fakeClient(answers: FakeAnswers = {}): FakeClient {
  const calls: string[] = [];
  const journal = [...(answers.journal ?? [])];
  const { places = [], deployments = [], findings = [], lines = [] } = answers;
  let wake = (): void => undefined;
  const view = (): DeploymentView => (journal.length === 0 ? (deployments[0] ?? unanswered()) : viewOf(journal));
  const asked = (name: string, ...given: unknown[]): void => {
    calls.push([name, ...given.map((argument) => JSON.stringify(argument))].join(" "));
    if (answers.fails !== undefined) throw answers.fails;
  };
  const answer =
    <Given extends unknown[], T>(name: string, give: (...given: Given) => T) =>
    async (...given: Given): Promise<T> => {
      asked(name, ...given);
      return give(...given);
    };
  async function* each<T>(name: string, given: unknown, all: readonly T[]): AsyncIterable<T> {
    asked(name, given);
    yield* all;
  }
  const record = (event: DeploymentEvent, at = journal.at(-1)?.at ?? 0): void => {
    journal.push({ sequence: journal.length + 1, at, event });
    wake();
  };
  return {
    calls,
    record,
    deploy: answer("deploy", view),
    rollBack: answer("rollBack", view),
    restart: answer("restart", view),
    adopt: answer("adopt", () => [{ host: "web-1", done: true, message: "orders.service is release 0" }]),
    plan: answer("plan", () => answers.plan ?? unanswered()),
    pause: answer("pause", () => {
      record({ kind: "pause-requested", by: "kim" });
      return view();
    }),
    resume: answer("resume", view),
    abort: answer("abort", view),
    promote: answer("promote", view),
    override: answer("override", view),
    endWatch: answer("endWatch", view),
    deployment: answer("deployment", view),
    deployments: answer("deployments", () => deployments),
    journal: answer("journal", () => journal),
    async *watch(ref, { after = 0, signal }) {
      asked("watch", ref);
      for (let next = after; !signal.aborted; next += 1) {
        if (next >= journal.length) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            signal.addEventListener("abort", () => resolve());
          });
          if (signal.aborted) return;
        }
        const recorded = journal[next]!;
        yield recorded;
        if (recorded.event.kind === "finished") return;
      }
    },
    stepLog: (ref, filter) => each("stepLog", { ref, ...filter }, lines),
    status: answer("status", () => places),
    traffic: answer("traffic", () => answers.traffic ?? []),
    serviceLog: (where, { lines: last, follow }) => each("serviceLog", { ...where, last, follow }, lines),
    doctor: (filter) => each("doctor", filter, findings),
    syncHost: answer("syncHost", () => deployments),
    takeOver: answer("takeOver", () => []),
    uploadArtifact: answer("uploadArtifact", () => ({
      sha256: "b".repeat(64),
      bytes: 1000,
      form: "file" as const,
      name: "orders.jar",
    })),
    applyConfiguration: answer("applyConfiguration", () => ({ version: 7, warnings: "" })),
    backup: answer("backup", () => undefined),
    thaw: answer("thaw", () => undefined),
    people: {
      me: answer("people.me", () => ({ name: "kim", login: "kim", via: "socket", grants: [] })),
      list: answer("people.list", () => answers.people ?? []),
      find: answer("people.find", () => answers.people?.[0] ?? unanswered()),
      add: answer("people.add", () => answers.amended ?? unanswered()),
      amend: answer("people.amend", () => answers.amended ?? unanswered()),
      proposals: answer("people.proposals", () => answers.proposals ?? []),
      confirm: answer("people.confirm", () => answers.amended ?? unanswered()),
      withdraw: answer("people.withdraw", () => answers.proposals?.[0] ?? unanswered()),
    },
    secrets: {
      set: answer("secrets.set", ({ name, environment = null, service = null }) => ({
        name,
        environment,
        service,
        version: "2",
        warning: null,
      })),
      list: answer("secrets.list", () => []),
      remove: answer("secrets.remove", () => undefined),
      check: answer("secrets.check", () => answers.references ?? []),
      rotateKey: answer("secrets.rotateKey", () => ({ versions: 3 })),
    },
    audit: {
      list: answer("audit.list", () => []),
      check: answer("audit.check", () => ({ head: null, broken: null })),
      head: answer("audit.head", () => null),
      export: (format, after) => each("audit.export", { format, after }, []),
    },
    approvals: {
      list: answer("approvals.list", () => answers.approvals ?? []),
      find: answer("approvals.find", () => answers.approvals?.[0] ?? unanswered()),
      approve: answer("approvals.approve", () => answers.approvals?.[0] ?? unanswered()),
      reject: answer("approvals.reject", () => answers.approvals?.[0] ?? unanswered()),
      revoke: answer("approvals.revoke", () => answers.approvals?.[0] ?? unanswered()),
      handOver: answer("approvals.handOver", () => answers.approvals?.[0] ?? unanswered()),
      withdraw: answer("approvals.withdraw", () => answers.approvals?.[0] ?? unanswered()),
      breakGlass: answer("approvals.breakGlass", () => answers.approvals?.[0] ?? unanswered()),
      review: answer("approvals.review", () => answers.approvals?.[0] ?? unanswered()),
      report: answer("approvals.report", () => ({ from: 0, until: 1, people: [] })),
    },
    messages: {
      list: answer("messages.list", () => answers.messages ?? []),
      test: answer("messages.test", () => ({ key: "test 1" })),
    },
    freezes: {
      list: answer("freezes.list", () => ({ windows: [], exceptions: [] })),
      add: answer("freezes.add", () => undefined),
      remove: answer("freezes.remove", () => undefined),
      ask: answer("freezes.ask", () => ({ id: "x-00000000" })),
      confirm: answer("freezes.confirm", () => undefined),
    },
    signIn: answer("signIn", () => ({ name: "laptop", login: "kim", grants: [], expiresAt: 0, token: "sbx_own" })),
    createToken: answer("createToken", () => ({
      name: "ci",
      login: null,
      grants: [{ right: "view", environment: null }],
      expiresAt: 0,
      token: "sbx_x",
    })),
    tokens: answer("tokens", () => []),
    revokeToken: answer("revokeToken", () => undefined),
    close: async () => undefined,
  };
}

/** A journal as the server would show it in a list. */
export function viewOf(journal: readonly Recorded[], number = 12): DeploymentView {
  const { id, request, state, revision, release, requestedAt, finished } = fold("01j0", journal);
  const { service, environment, kind, by } = request;
  return {
    id,
    number,
    service,
    environment,
    kind,
    state,
    by,
    revision: revision ?? null,
    release: release?.number ?? null,
    requestedAt,
    finishedAt: finished?.at ?? null,
    message: finished?.message ?? null,
    behind: [...(finished?.behind ?? [])],
  };
}

export function aPlace(differences: Partial<PlaceView> = {}): PlaceView {
  return {
    service: "orders",
    environment: "production",
    hosts: ["web-1", "web-2"].map((name) => ({
      name,
      release: "release 41",
      active: "active",
      drifted: false,
      problem: null,
    })),
    release: 41,
    previous: 40,
    lastDeployment: null,
    lock: null,
    freeze: null,
    watch: null,
    traffic: null,
    ...differences,
  };
}

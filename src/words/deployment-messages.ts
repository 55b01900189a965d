/** Messages about deployments that have ended, and the one that only tries a channel. */
import type { FinalState } from "../core/deployment.ts";
import type { Language } from "../core/language.ts";
import type { About, Message } from "../core/message.ts";
import type { Words } from "../ports/notifier.ts";
import { aboutFacts, link, placeWords, type Telling } from "./message-parts.ts";
import { listed } from "./risk.ts";
import { catalogue, say } from "./sentences.ts";

type Of<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;
type What = NonNullable<About["kind"]>;

const nouns = catalogue({
  deploy: { en: "Deployment", ko: "배포" },
  "roll-back": { en: "Roll-back", ko: "롤백" },
  restart: { en: "Restart", ko: "재시작" },
});

const titles = catalogue({
  succeeded: say({ en: (what: string) => `${what} done`, ko: (what) => `${what} 완료` }),
  failed: say({ en: (what: string) => `${what} failed`, ko: (what) => `${what} 실패` }),
  "rolled-back": say({
    en: (what: string) => `${what} failed and was undone`,
    ko: (what) => `${what} 실패 후 원상 복구`,
  }),
  "rollback-failed": say({
    en: (what: string) => `${what} failed, and could not be undone`,
    ko: (what) => `${what} 실패, 원상 복구도 실패`,
  }),
  rejected: say({ en: (what: string) => `${what} rejected`, ko: (what) => `${what} 반려` }),
  expired: say({ en: (what: string) => `${what} expired`, ko: (what) => `${what} 요청 만료` }),
  withdrawn: say({ en: (what: string) => `${what} withdrawn`, ko: (what) => `${what} 요청 철회` }),
  superseded: say({ en: (what: string) => `${what} superseded`, ko: (what) => `${what} 대체됨` }),
});

const states = catalogue({
  deployed: say({
    en: (release: number | undefined) => `${release === undefined ? "The new release" : `Release ${release}`} serves.`,
    ko: (release) => `${release === undefined ? "새 릴리스가" : `릴리스 ${release} 버전이`} 서비스 중입니다.`,
  }),
  returned: say({
    en: (release: number | undefined) =>
      `${release === undefined ? "The release before" : `Release ${release}`} serves again.`,
    ko: (release) => `${release === undefined ? "이전 릴리스가" : `릴리스 ${release} 버전이`} 다시 서비스 중입니다.`,
  }),
  restarted: { en: "The service was restarted and is healthy.", ko: "서비스를 재시작했고 정상 동작합니다." },
  failed: { en: "It did not succeed.", ko: "완료하지 못했습니다." },
  "rolled-back": {
    en: "What served before serves again.",
    ko: "이전 릴리스가 다시 서비스 중입니다.",
  },
  "rollback-failed": {
    en: "Some hosts may not serve. Somebody has to look at it now.",
    ko: "일부 호스트에서 서비스가 중단되었을 수 있습니다. 지금 바로 확인이 필요합니다.",
  },
  rejected: {
    en: "An approver rejected it. Nothing that serves was changed.",
    ko: "승인자가 반려했습니다. 서비스에는 아무 변화가 없습니다.",
  },
  expired: {
    en: "Nobody approved it in time. Nothing that serves was changed.",
    ko: "기한 안에 승인되지 않았습니다. 서비스에는 아무 변화가 없습니다.",
  },
  withdrawn: {
    en: "It was withdrawn. Nothing that serves was changed.",
    ko: "요청이 철회되었습니다. 서비스에는 아무 변화가 없습니다.",
  },
  superseded: {
    en: "A newer one takes its place. Nothing that serves was changed.",
    ko: "더 새로운 요청이 대신합니다. 서비스에는 아무 변화가 없습니다.",
  },
  behind: say({
    en: (hosts: readonly string[]) => `Left behind, because they could not be reached: ${listed(hosts, "en")}.`,
    ko: (hosts) => `연결할 수 없어 제외된 호스트: ${listed(hosts, "ko")}`,
  }),
  logs: say({
    en: (ref: string) => `Next: signalbox logs ${ref}`,
    ko: (ref) => `확인 방법: signalbox logs ${ref}`,
  }),
});

const toneOfState: Readonly<Record<FinalState, Words["tone"]>> = {
  succeeded: "good",
  failed: "bad",
  "rolled-back": "bad",
  "rollback-failed": "bad",
  rejected: "plain",
  expired: "plain",
  withdrawn: "plain",
  superseded: "plain",
};

export function deploymentEndedWords(message: Of<"deployment-ended">, language: Language, telling: Telling): Words {
  const { about, state, behind } = message;
  const what = nouns(language)[about.kind ?? "deploy"];
  const spoken = states(language);
  const isTrouble = toneOfState[state] === "bad";
  return {
    title: `${titles(language)[state](what)}: ${placeWords(about, language)}`,
    paragraphs: [
      state === "succeeded" ? succeeded(about.kind ?? "deploy", about.release, language) : spoken[state],
      // As it was written into the journal: it names hosts, steps and what they said.
      ...(message.message === "" ? [] : [message.message]),
      ...(behind.length === 0 ? [] : [spoken.behind(behind)]),
      ...(isTrouble && telling.server === undefined ? [spoken.logs(`d-${about.number}`)] : []),
    ],
    facts: aboutFacts(about, language),
    ...link("openDeployment", `/deployments/${about.deployment}`, language, telling),
    tone: toneOfState[state],
  };
}

function succeeded(what: What, release: number | undefined, language: Language): string {
  const spoken = states(language);
  if (what === "restart") return spoken.restarted;
  return what === "deploy" ? spoken.deployed(release) : spoken.returned(release);
}

const trial = catalogue({
  title: { en: "A test message from Signalbox", ko: "Signalbox 시험 메시지" },
  text: say({
    en: (by: string) => `${by} is trying whether this channel works. It does. Nothing is to be done.`,
    ko: (by) => `${by} 님이 이 채널이 동작하는지 확인하고 있습니다. 정상입니다. 따로 하실 일은 없습니다.`,
  }),
});

export function testWords({ by }: Of<"test">, language: Language): Words {
  const { title, text } = trial(language);
  return { title, paragraphs: [text(by)], facts: [], tone: "plain" };
}

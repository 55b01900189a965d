/** A plan in words: what happens, where, and how much of the traffic it gets. */
import type { Language } from "../core/language.ts";
import type { RolloutPlan } from "../core/plan.ts";
import { ADOPTED_RELEASE, NO_RELEASE } from "../core/release.ts";
import type { ReleaseId } from "../core/release.ts";
import type { Step } from "../core/step.ts";
import { PROXIES, SERVER } from "../core/step.ts";
import { WHOLE } from "../core/traffic.ts";
import { listed } from "./risk.ts";
import { catalogue, say } from "./sentences.ts";
import { duration } from "./times.ts";

export const planWords = catalogue({
  recreate: {
    en: "The old release is stopped, then the new one is started",
    ko: "기존 릴리스를 멈춘 뒤 새 릴리스를 시작합니다",
  },
  rolling: { en: "Host by host, while the others serve", ko: "다른 호스트가 서비스하는 동안 차례로 교체합니다" },
  "blue-green": {
    en: "A second copy beside the first; then all traffic is switched at once",
    ko: "새 릴리스를 나란히 띄운 뒤 트래픽을 한 번에 전환합니다",
  },
  canary: {
    en: "A small share of the traffic first, compared with the old release, then more",
    ko: "트래픽 일부만 먼저 보내 기존 릴리스와 비교하면서 점차 늘립니다",
  },
  hosts: { en: "Hosts", ko: "호스트" },
  strategy: { en: "Strategy", ko: "배포 전략" },
  shares: { en: "Traffic", ko: "트래픽" },
  watch: { en: "Watch afterwards", ko: "배포 후 관찰" },
  goesBack: { en: "goes back by itself when it fails", ko: "이상이 있으면 자동으로 롤백합니다" },
  onlyReports: { en: "a failure is only reported", ko: "이상이 있으면 알리기만 합니다" },
  server: { en: "the server", ko: "서버" },
  proxies: { en: "the proxies", ko: "프록시" },
  nothing: { en: "nothing", ko: "없음" },
  adopted: { en: "release 0 (adopted)", ko: "릴리스 0 (인수한 서비스)" },
  release: say({ en: (number: string) => `release ${number}`, ko: (number) => `릴리스 ${number}` }),
});

const steps = catalogue({
  "inspect-host": say({ en: (at: string) => `Look at ${at}`, ko: (at) => `${at} 상태 확인` }),
  "fetch-source": say({ en: () => "Fetch the source", ko: () => "소스 가져오기" }),
  "build-artifact": say({ en: (at: string) => `Build on ${at}`, ko: (at) => `${at}에서 빌드` }),
  "prepare-directories": say({ en: (at: string) => `Prepare directories on ${at}`, ko: (at) => `${at} 디렉터리 준비` }),
  "check-runtime": say({ en: (at: string) => `Check the runtime on ${at}`, ko: (at) => `${at} 실행 환경 확인` }),
  "upload-artifact": say({ en: (at: string) => `Upload to ${at}`, ko: (at) => `${at}에 업로드` }),
  "install-unit": say({ en: (at: string) => `Stage the unit on ${at}`, ko: (at) => `${at} 유닛 준비` }),
  "inspect-traffic": say({ en: () => "Look at the proxies", ko: () => "프록시 상태 확인" }),
  "check-headroom": say({
    en: (at: string) => `Check that a second copy fits onto ${at}`,
    ko: (at) => `${at}에 여유 자원이 있는지 확인`,
  }),
  "activate-release": say({ en: (at: string) => `Activate the release on ${at}`, ko: (at) => `${at}에서 릴리스 전환` }),
  drain: say({
    en: (at: string) => `Take ${at} out of rotation and let requests finish`,
    ko: (at) => `${at}의 트래픽을 빼고 처리 중인 요청 완료 대기`,
  }),
  readmit: say({ en: (at: string) => `Put ${at} back into rotation`, ko: (at) => `${at}에 트래픽 다시 연결` }),
  "smoke-test": say({ en: (at: string) => `Smoke test on ${at}`, ko: (at) => `${at} 스모크 테스트` }),
  "retire-slot": say({ en: (at: string) => `Stop the old copy on ${at}`, ko: (at) => `${at}의 이전 릴리스 종료` }),
  expand: say({
    en: (at: string) => `Migrate the data on ${at}, after a backup`,
    ko: (at) => `백업 후 ${at}에서 데이터 마이그레이션`,
  }),
  contract: say({
    en: (at: string) => `Remove what the old release needed from the data, on ${at}`,
    ko: (at) => `${at}에서 이전 릴리스용 데이터 정리`,
  }),
  "prune-releases": say({
    en: (at: string) => `Tidy up old releases on ${at}`,
    ko: (at) => `${at}의 오래된 릴리스 정리`,
  }),
  "run-hook": say({
    en: (at: string, command: string) => `Run on ${at}: ${command}`,
    ko: (at, command) => `${at}에서 실행: ${command}`,
  }),
  share: say({
    en: (share: string) => `${share} of the traffic to the new release`,
    ko: (share) => `새 릴리스에 트래픽 ${share} 전달`,
  }),
  noShare: { en: "No traffic to the side that does not serve", ko: "대기 중인 쪽의 트래픽 차단" },
  switch: { en: "All traffic to the new release", ko: "전체 트래픽을 새 릴리스로 전환" },
  soak: say({ en: (time: string) => `Wait ${time}`, ko: (time) => `${time} 대기` }),
  compare: say({
    en: (time: string) => `Compare it with the old release for ${time}`,
    ko: (time) => `${time} 동안 기존 릴리스와 비교`,
  }),
  watch: say({ en: (time: string) => `Watch it for ${time}`, ko: (time) => `${time} 동안 관찰` }),
  warm: say({
    en: (time: string) => `Keep the old release warm for ${time}`,
    ko: (time) => `${time} 동안 이전 릴리스 유지`,
  }),
});

const arrow = " → ";

export function stepWords(step: Step, language: Language): string {
  const spoken = steps(language);
  switch (step.kind) {
    case "set-share":
      return step.share === 0 ? spoken.noShare : spoken.share(shareWords(step.share));
    case "switch-side":
      return spoken.switch;
    case "soak":
      return spoken.soak(seconds(step.seconds, language));
    case "analyse":
      return spoken[step.during === "watch" ? "watch" : "compare"](seconds(step.seconds, language));
    case "keep-warm":
      return spoken.warm(seconds(step.seconds, language));
    case "migrate":
      return spoken[step.migration](placesWords(step.hosts, language));
    case "run-hook":
      return spoken["run-hook"](placesWords(step.hosts, language), step.run.join(" "));
    default:
      return spoken[step.kind](placesWords(step.hosts, language));
  }
}

/** What the plan comes to, for whoever has a minute: the strategy, the hosts in their order, the shares, the watch. */
export function planFacts(plan: RolloutPlan, language: Language): readonly { name: string; value: string }[] {
  const spoken = planWords(language);
  const { target } = plan.targets[0];
  const shares = plan.steps.flatMap((step) =>
    step.kind === "set-share" && step.share > 0
      ? [shareWords(step.share)]
      : step.kind === "switch-side"
        ? ["100 %"]
        : [],
  );
  const batches = plan.steps.flatMap((step) =>
    step.kind === "activate-release" ? [listed(step.hosts, language)] : [],
  );
  const back = target.onWatchFailure === "roll-back" ? spoken.goesBack : spoken.onlyReports;
  return [
    { name: spoken.strategy, value: `${target.strategy.kind}: ${spoken[target.strategy.kind]}` },
    { name: spoken.hosts, value: batches.join(arrow) },
    ...(shares.length === 0 ? [] : [{ name: spoken.shares, value: shares.join(arrow) }]),
    ...(target.watchSeconds === 0
      ? []
      : [{ name: spoken.watch, value: `${seconds(target.watchSeconds, language)}; ${back}` }]),
  ];
}

/** What served before: `release 41`, or several where the hosts differ. */
export function beforeWords(plan: RolloutPlan, language: Language): string {
  const before = [...new Set(Object.values(plan.targets[0].before))];
  return before.map((id) => releaseWords(id, language)).join(", ");
}

function releaseWords(id: ReleaseId, language: Language): string {
  const spoken = planWords(language);
  if (id === NO_RELEASE) return spoken.nothing;
  return id === ADOPTED_RELEASE ? spoken.adopted : spoken.release(id.split("-")[0]!);
}

export function placesWords(hosts: readonly string[], language: Language): string {
  const spoken = planWords(language);
  return listed(
    hosts.map((host) => (host === SERVER ? spoken.server : host === PROXIES ? spoken.proxies : host)),
    language,
  );
}

function shareWords(share: number): string {
  return `${Number(((share / WHOLE) * 100).toFixed(2))} %`;
}

function seconds(amount: number, language: Language): string {
  return duration(amount * 1000, language);
}

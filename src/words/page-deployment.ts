/** Words of the page of one deployment, and of one's own absences. */
import { catalogue, say } from "./sentences.ts";

export const deploymentWords = catalogue({
  steps: { en: "Steps", ko: "단계" },
  preparing: { en: "Preparation", ko: "준비" },
  rollout: { en: "Rollout", ko: "배포" },
  rollBack: { en: "Roll-back", ko: "롤백" },
  done: { en: "done", ko: "완료" },
  going: { en: "going on", ko: "진행 중" },
  failed: { en: "failed", ko: "실패" },
  later: { en: "not yet", ko: "예정" },
  never: { en: "not done", ko: "미실행" },
  refreshes: { en: "This page looks again every few seconds.", ko: "이 페이지는 몇 초마다 자동으로 새로 고쳐집니다." },
  requestedBy: { en: "Requested by", ko: "요청자" },
  requestedAt: { en: "Requested", ko: "요청 시각" },
  finishedAt: { en: "Finished", ko: "종료 시각" },
  revision: { en: "Revision", ko: "리비전" },
  release: { en: "Release", ko: "릴리스" },
  reason: { en: "Reason", ko: "사유" },
  behind: { en: "Left behind", ko: "제외된 호스트" },
  approval: { en: "Open the request for approval", ko: "승인 요청 보기" },
  rollBackReason: say({ en: (reason: string) => `Rolled back: ${reason}`, ko: (reason) => `롤백 사유: ${reason}` }),
  paused: say({ en: (by: string) => `Paused by ${by}.`, ko: (by) => `${by} 님이 일시 정지했습니다.` }),
});

export const awayWords = catalogue({
  title: { en: "Absence", ko: "부재 설정" },
  lead: {
    en: "While you are away nobody waits for your decision: you are not asked, and somebody else gets your turn.",
    ko: "부재 중에는 승인 요청을 받지 않으며, 다른 분이 대신 요청받습니다.",
  },
  from: { en: "From", ko: "시작" },
  until: { en: "Until", ko: "종료" },
  standIn: { en: "Who stands in", ko: "대리인" },
  nobody: { en: "Whoever is next", ko: "다음 순서인 분" },
  add: { en: "Add the absence", ko: "부재 추가" },
  planned: { en: "Planned", ko: "등록된 부재" },
  none: { en: "No absence is planned.", ko: "등록된 부재가 없습니다." },
  remove: { en: "Remove", ko: "삭제" },
  removeOne: say({ en: (when: string) => `Remove the absence ${when}`, ko: (when) => `${when} 부재 삭제` }),
  span: say({ en: (from: string, until: string) => `${from} to ${until}`, ko: (from, until) => `${from} ~ ${until}` }),
  withStandIn: say({ en: (name: string) => `${name} stands in`, ko: (name) => `대리인 ${name}` }),
  wrong: {
    en: "The end has to come after the beginning and after now, within a year.",
    ko: "종료는 시작과 현재보다 뒤여야 하며, 1년 이내여야 합니다.",
  },
  zone: say({ en: (zone: string) => `Times are in ${zone}.`, ko: (zone) => `시간대: ${zone}` }),
});

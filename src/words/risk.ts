/** What an approver should know, one sentence per line. */
import type { Language } from "../core/language.ts";
import type { RiskLine } from "../core/risk.ts";
import { catalogue, say } from "./sentences.ts";
import { duration } from "./times.ts";

type Line<Kind extends RiskLine["kind"]> = Extract<RiskLine, { kind: Kind }>;

const sentences = catalogue({
  commits: say({
    en: ({ count, authors, more }: Line<"commits">) =>
      `${more ? "More than " : ""}${count} ${count === 1 && !more ? "commit" : "commits"} by ${listed(authors, "en")}`,
    ko: ({ count, authors, more }) => `커밋 ${count}개${more ? " 이상" : ""}, 작성자: ${listed(authors, "ko")}`,
  }),
  "commits-of-nobody": say({
    en: ({ count, more }: Line<"commits">) =>
      `${more ? "More than " : ""}${count} ${count === 1 ? "commit" : "commits"}`,
    ko: ({ count, more }) => `커밋 ${count}개${more ? " 이상" : ""}`,
  }),
  files: say({
    en: ({ count }: Line<"files">) => `${count} ${count === 1 ? "file" : "files"} changed`,
    ko: ({ count }) => `변경된 파일 ${count}개`,
  }),
  migrations: say({
    en: ({ names, contract }: Line<"migrations">) =>
      `Migrations: ${listed(names, "en")}${contract ? ". They take something away from the data, which a roll-back does not bring back" : ""}`,
    ko: ({ names, contract }) =>
      `마이그레이션: ${listed(names, "ko")}${contract ? ". 데이터에서 일부를 제거하며, 롤백해도 되돌아오지 않습니다" : ""}`,
  }),
  "since-last": say({
    en: ({ seconds }: Line<"since-last">) => `The last deployment was ${duration(seconds * 1000, "en")} ago`,
    ko: ({ seconds }) => `마지막 배포로부터 ${duration(seconds * 1000, "ko")} 지났습니다`,
  }),
  "first-deployment": {
    en: "The first deployment here: there is nothing to go back to",
    ko: "이 환경의 첫 배포라서 되돌아갈 릴리스가 없습니다",
  },
  "unit-changes": say({
    en: ({ lines }: Line<"unit-changes">) => `${lines} ${lines === 1 ? "line" : "lines"} of the systemd unit changed`,
    ko: ({ lines }) => `systemd 유닛 ${lines}줄이 바뀝니다`,
  }),
  "proven-in": say({
    en: ({ environment, seconds }: Line<"proven-in">) =>
      `This revision has served in ${environment} for ${duration(seconds * 1000, "en")}`,
    ko: ({ environment, seconds }) =>
      `이 리비전은 ${environment} 환경에서 ${duration(seconds * 1000, "ko")} 동안 서비스 중입니다`,
  }),
  "authors-unknown": say({
    en: ({ names }: Line<"authors-unknown">) =>
      names.length === 0
        ? "The commits could not be read, so nobody knows who wrote them"
        : `Nobody here is known to have written as ${listed(names, "en")}`,
    ko: ({ names }) =>
      names.length === 0
        ? "커밋을 읽을 수 없어 작성자를 확인하지 못했습니다"
        : `작성자 ${listed(names, "ko")}에 해당하는 계정이 없습니다`,
  }),
  "not-proven": {
    en: "This revision has not served in any other environment",
    ko: "이 리비전은 다른 환경에서 서비스한 적이 없습니다",
  },
  downtime: {
    en: "The service is down on each host while it is replaced",
    ko: "교체하는 동안 호스트마다 서비스가 잠시 중단됩니다",
  },
});

/** Without a full stop: it is a line of a list. */
export function riskSentence(line: RiskLine, language: Language): string {
  const spoken = sentences(language);
  switch (line.kind) {
    case "commits":
      return line.authors.length === 0 ? spoken["commits-of-nobody"](line) : spoken.commits(line);
    case "files":
      return spoken.files(line);
    case "migrations":
      return spoken.migrations(line);
    case "since-last":
      return spoken["since-last"](line);
    case "unit-changes":
      return spoken["unit-changes"](line);
    case "proven-in":
      return spoken["proven-in"](line);
    case "authors-unknown":
      return spoken["authors-unknown"](line);
    case "first-deployment":
    case "not-proven":
    case "downtime":
      return spoken[line.kind];
  }
}

const mostNamed = 5;

/** `kim, lee and 3 more`, `kim, lee 외 3`. */
export function listed(names: readonly string[], language: Language): string {
  const shown = names.slice(0, mostNamed).join(", ");
  const rest = names.length - mostNamed;
  if (rest <= 0) return shown;
  return language === "ko" ? `${shown} 외 ${rest}` : `${shown} and ${rest} more`;
}

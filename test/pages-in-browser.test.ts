import type { AddressInfo } from "node:net";

import { chromium } from "playwright-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeSignInCode } from "../src/deployments/sign-in/codes.ts";
import { lackingIn } from "./support/page-lacks.mjs";
import type { Asked, TestPages, Visitor } from "./support/pages.ts";
import { testPages } from "./support/pages.ts";
import { goodPassword } from "./support/sign-in.ts";

const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 } };

/** Debian's Chromium, with scripts off: the pages have to work without. */
describe.runIf(process.env["SIGNALBOX_TEST_ALL"] === "1")("the pages in a browser", { timeout: 60_000 }, () => {
  let browser: Browser;
  let site: TestPages;
  let address: string;
  let kim: Visitor;
  let park: Visitor;
  const open: { close(): Promise<void> }[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    site = await testPages();
    await site.app.listen({ host: "127.0.0.1", port: 0 });
    address = `http://127.0.0.1:${(site.app.server.address() as AddressInfo).port}`;
    const grants = [{ right: "approve", environment: null } as const];
    kim = await site.person("kim", { name: "Kim Minji", groups: ["leads"], grants });
    park = await site.person("park", { name: "박서연", language: "ko", groups: ["leads"], grants });
    await site.person("dev", { name: "Dana Developer" });
    site.risk = [
      { kind: "migrations", names: ["0042-add-currency"], contract: true },
      { kind: "files", count: 23 },
    ];
  }, 60_000);
  afterAll(async () => {
    await Promise.all(open.map(async (context) => context.close()));
    await browser?.close();
    await site?.close();
  });

  const visitBy = async (options: BrowserContextOptions, visitor?: Visitor): Promise<Page> => {
    const context = await browser.newContext({ javaScriptEnabled: false, locale: "en-US", ...options });
    open.push(context);
    if (visitor !== undefined) {
      const value = visitor.cookie.split("=")[1]!;
      await context.addCookies([{ name: "signalbox", value, url: address }]);
    }
    return context.newPage();
  };
  const endOf = async (asked: Asked) =>
    (await site.read(asked)).events.map(({ event }) => event).find((event) => event.kind === "ended")?.end;

  it("lead from a link in a message through the sign-in to the decision, which is one tap on a phone", async () => {
    const asked = await site.ask();
    const page = await visitBy(phone);
    await page.goto(`${address}/approvals/${asked.approval}`);
    await page.getByLabel("Login").fill("kim");
    await page.getByLabel("Password").fill(goodPassword);
    await page.getByRole("button", { name: "Sign in" }).tap();
    await page.waitForURL(`${address}/approvals/${asked.approval}`);
    const approve = page.getByRole("button", { name: "Approve", exact: true });
    const box = (await approve.boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(844);
    expect(box.height).toBeGreaterThanOrEqual(44);
    await approve.tap();
    expect(await page.getByRole("status").textContent()).toBe("Your approval is recorded.");
    expect(await endOf(asked)).toEqual({ kind: "approved", by: ["kim"] });
  });

  it("refuse to reject without a reason, in the browser and behind it", async () => {
    const asked = await site.ask();
    const page = await visitBy(desktop, kim);
    await page.goto(`${address}/approvals/${asked.approval}`);
    await page.getByText("Reject…").click();
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    expect(page.url()).toBe(`${address}/approvals/${asked.approval}`);
    await page.getByLabel("Why is it rejected?").fill("   ");
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("This was not recorded");
    expect(await endOf(asked)).toBeUndefined();
    await page.getByRole("link", { name: "Look at it again" }).click();
    await page.getByText("Reject…").click();
    await page.getByLabel("Why is it rejected?").fill("Not on a Friday.");
    await page.getByRole("button", { name: "Reject", exact: true }).click();
    expect(await endOf(asked)).toEqual({ kind: "rejected", by: "kim", reason: "Not on a Friday." });
  });

  it("can be used with a keyboard alone", async () => {
    const asked = await site.ask();
    const page = await visitBy(desktop, kim);
    await page.goto(`${address}/inbox`);
    const focused = async (): Promise<string> => (await page.locator(":focus").textContent())?.trim() ?? "";
    const tabTo = async (wanted: (text: string, where: string | null) => boolean): Promise<void> => {
      for (let presses = 0; presses < 60; presses += 1) {
        await page.keyboard.press("Tab");
        if (wanted(await focused(), await page.locator(":focus").getAttribute("href"))) return;
      }
      throw new Error("the keyboard never came there");
    };
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await tabTo((_text, href) => href === `/approvals/${asked.approval}`);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${address}/approvals/${asked.approval}`);
    await tabTo((text) => text === "Approve");
    await page.keyboard.press("Enter");
    await page.getByRole("status").waitFor();
    expect(await endOf(asked)).toEqual({ kind: "approved", by: ["kim"] });
  });

  it("speak Korean with whoever speaks it, from the first password on", async () => {
    const asked = await site.ask({ asked: ["park"] });
    await site.person("moon", { name: "문가영", language: "ko" });
    const { code } = await makeSignInCode("moon", site.world);
    const first = await visitBy({ ...phone, locale: "ko-KR" });
    await first.goto(`${address}/welcome?login=moon`);
    await first.getByLabel("일회용 코드").fill(code.toLowerCase());
    await first.getByLabel("새 비밀번호", { exact: true }).fill("달이 참 밝은 저녁입니다");
    await first.getByLabel("새 비밀번호 확인").fill("달이 참 밝은 저녁입니다");
    await first.getByRole("button", { name: "비밀번호 설정" }).tap();
    await first.waitForURL(`${address}/inbox`);
    expect(await first.getByRole("heading", { level: 1 }).textContent()).toBe("승인함");
    const page = await visitBy(phone, park);
    await page.goto(`${address}/approvals/${asked.approval}`);
    await page.getByText("반려하기…").tap();
    await page.getByLabel("반려 사유").fill("월요일에 다시 요청해 주세요.");
    await page.getByRole("button", { name: "반려", exact: true }).tap();
    expect(await page.getByRole("status").textContent()).toBe("반려가 기록되었습니다.");
    expect(await endOf(asked)).toMatchObject({ kind: "rejected", by: "park" });
  });

  it.each(["light", "dark"] as const)(
    "lack nothing that people need who see or hear otherwise, %s",
    async (colorScheme) => {
      const asked = await site.ask({ asked: ["kim", "park"] });
      const paths = [
        "/inbox",
        `/approvals/${asked.approval}`,
        `/deployments/${asked.deployment}`,
        "/away",
        "/approvals/none",
      ];
      for (const [size, visitor, all] of [
        [phone, park, paths],
        [desktop, kim, paths],
        [phone, undefined, ["/sign-in", "/welcome"]],
      ] as const) {
        // Looking into a page takes a script; it comes from the test and not from the page.
        const page = await visitBy({ ...size, colorScheme, javaScriptEnabled: true, bypassCSP: true }, visitor);
        const trouble: string[] = [];
        page.on("console", (message) => trouble.push(message.text()));
        for (const path of all) {
          await page.goto(address + path);
          expect(await page.evaluate(lackingIn), `${path} ${colorScheme}`).toEqual([]);
        }
        expect(trouble.filter((text) => !text.includes("404"))).toEqual([]);
      }
    },
  );
});

import { expect, test } from "@playwright/test";
import { signIn, url } from "./person";

test.beforeEach(async ({ page }) => {
  await signIn(page);
});

test("a pattern is paused with a reason and resumed", async ({ page }) => {
  await page.goto(`${url}/patterns?q=storefront`);
  await page.getByTestId("pattern-row").first().click();
  await page.getByTestId("pause").click();
  await page.getByTestId("pause-reason").fill("known, being rewritten");
  await page.getByTestId("pause-confirm").click();
  await expect(page.getByText("known, being rewritten")).toBeVisible();
  await page.getByTestId("resume").click();
  await expect(page.getByTestId("pause")).toBeVisible();
});

test("raising the level asks for the repository's name", async ({ page }) => {
  await page.goto(`${url}/repositories`);
  await page.getByTestId("repository-row").filter({ hasText: "checkout" }).click();
  await page.getByTestId("settings-level-1").check();
  await page.getByTestId("settings-save").click();
  await expect(page.getByTestId("settings-confirm")).toBeDisabled();
  await page.getByTestId("settings-confirm-name").fill("checkout");
  await page.getByTestId("settings-confirm").click();
  await expect(page.getByText("Self-healing on, level 1")).toBeVisible();

  await page.getByTestId("settings-level-0").check();
  await page.getByTestId("settings-save").click();
  await expect(page.getByText("Self-healing on, level 0")).toBeVisible();
});

test("a token is shown once, works, and stops working when revoked", async ({ page, request }) => {
  await page.goto(`${url}/tokens`);
  await page.getByTestId("token-create").first().click();
  await page.getByTestId("token-name").fill("journey");
  await page.getByTestId("token-scope-read").check();
  await page.getByTestId("token-confirm").click();
  const secret = /dvs_[a-z2-7]+/.exec(await page.getByTestId("token-secret").innerText())?.[0] ?? "";
  await page.getByTestId("token-done").click();
  const ask = () =>
    request.get(`${url}/api/v1/patterns`, { headers: { authorization: `Bearer ${secret}`, cookie: "" } });
  expect((await ask()).status()).toBe(200);

  const row = page.getByTestId("token-row").filter({ hasText: "journey" });
  await row.getByTestId("token-revoke").click();
  await page.getByTestId("token-revoke-confirm").click();
  await expect(row).toContainText(/revoked/i);
  expect((await ask()).status()).toBe(401);
});

test("the palette opens a page from the keyboard", async ({ page }) => {
  await expect(page.getByRole("button", { name: "Search and commands" })).toContainText("Ctrl");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("repos");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Repositories" })).toBeVisible();
});

for (const scheme of ["dark", "light"] as const) {
  for (const width of [360, 1440]) {
    test(`every page fits ${width} px in ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      for (const path of ["/", "/patterns", "/repairs", "/proposals", "/repositories", "/tokens"]) {
        await page.goto(url + path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, path).toBeLessThanOrEqual(0);
      }
    });
  }
}

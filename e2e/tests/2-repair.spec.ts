import { expect, test } from "@playwright/test";
import { signIn, url } from "./person";

test("the demo's failure is found, proven, reviewed, approved, merged and fixed", async ({ page }) => {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  await signIn(page);
  problems.length = 0;

  await page.goto(`${url}/patterns?q=storefront`);
  const row = page.getByTestId("pattern-row").filter({ hasText: "CurrencyMismatch" });
  await expect(row).toHaveCount(1);
  await row.click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("CurrencyMismatch");
  await expect(page.getByText("checkout/totals.py").first()).toBeVisible();

  await page.goto(`${url}/repairs`);
  await page.getByTestId("repair-row").filter({ hasText: "14.90 EUR" }).click();
  await expect(page.getByTestId("repair-state")).toContainText("Awaiting", { timeout: 90_000 });
  expect(await page.getByTestId("journal-entry").count()).toBeGreaterThan(10);
  for (const commit of await page.getByRole("group", { name: "Commits, oldest first" }).getByRole("button").all()) {
    const box = await commit.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  }

  await page.goto(`${url}/proposals`);
  await page.getByTestId("proposal-row").first().click();
  await expect(page.getByRole("heading", { level: 1 })).toContainText("Remember the price list of the day");
  await expect(page.getByTestId("diff-file")).toHaveCount(1);
  await expect(page.getByTestId("diff-file")).toContainText("checkout/prices.py");
  await expect(page.getByTestId("diff-file")).toContainText("self._of_day[day]");
  expect(await page.getByTestId("risk-factor").count()).toBeGreaterThan(0);
  await expect(page.getByTestId("evidence-item")).toHaveCount(7);

  await page.keyboard.press("a");
  await page.getByTestId("approve-confirm").click();
  await expect(page.getByTestId("proposal-state")).toContainText("Merged");
  await page.getByRole("link", { name: "Journal of the repair" }).click();
  await expect(page.getByTestId("repair-state")).toContainText("Fixed", { timeout: 100_000 });
  expect(problems).toEqual([]);
});

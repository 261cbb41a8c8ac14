import { expect, test } from "@playwright/test";
import { start } from "../system";
import { password } from "./person";

test("a proposal is rejected with a reason, and nothing is merged", async ({ page }) => {
  // A system of its own: the shared one's proposal is merged by then.
  const system = await start("e2e-reject");
  try {
    await page.goto(system.link);
    await page.getByTestId("new-password").fill(password);
    await page.getByTestId("new-password-submit").click();
    await page.getByRole("link", { name: /^Proposals/ }).first().click();
    await page.getByTestId("proposal-row").first().click({ timeout: 90_000 });
    await expect(page.getByTestId("proposal-state")).toContainText("Needs a decision");

    await page.keyboard.press("x");
    await expect(page.getByTestId("reject-confirm")).toBeDisabled();
    await page.getByTestId("reject-reason").fill("prices may change during a day");
    await page.getByTestId("reject-confirm").click();
    await expect(page.getByTestId("proposal-state")).toContainText("Rejected");
    await expect(page.getByText("prices may change during a day")).toBeVisible();
    await expect(page.getByTestId("approve")).toHaveCount(0);

    await page.getByRole("link", { name: "Journal of the repair" }).click();
    await expect(page.getByTestId("repair-state")).toContainText("Rejected");
  } finally {
    await system.stop();
  }
});

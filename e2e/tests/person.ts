import { type Page, expect } from "@playwright/test";

export const email = "owner@localhost";
export const password = "correct horse battery";

/** What `devos up` said: where the system is, and how its owner signs in the first time. */
export const url = process.env.DEVOS_E2E_URL ?? "";
export const link = process.env.DEVOS_E2E_LINK ?? "";

/** Signs in with address and password. */
export async function signIn(page: Page): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.getByTestId("sign-in-email").fill(email);
  await page.getByTestId("sign-in-password").fill(password);
  await page.getByTestId("sign-in-submit").click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();
}

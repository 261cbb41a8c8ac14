import { expect, test } from "@playwright/test";
import { email, link, password, signIn, url } from "./person";

test("the one-time link signs in, sets a password, and works once", async ({ page, context }) => {
  await page.goto(link);
  await page.getByTestId("new-password").fill(password);
  await page.getByTestId("new-password-submit").click();
  await expect(page.getByRole("heading", { level: 1, name: "Home" })).toBeVisible();

  await context.clearCookies();
  await page.goto(link);
  await expect(page.getByText(/used|expired/i)).toBeVisible();
});

test("a wrong password is refused without saying what was wrong", async ({ page }) => {
  await page.goto(`${url}/sign-in`);
  await page.getByTestId("sign-in-email").fill(email);
  await page.getByTestId("sign-in-password").fill("not the password");
  await page.getByTestId("sign-in-submit").click();
  await expect(page.getByText(/do not match/)).toBeVisible();
});

test("address and password sign in, and nobody sees anything without", async ({ page, context }) => {
  await signIn(page);
  await context.clearCookies();
  await page.goto(`${url}/patterns`);
  await expect(page.getByTestId("sign-in-email")).toBeVisible();
});

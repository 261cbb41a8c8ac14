import AxeBuilder from "@axe-core/playwright";
import { type APIRequestContext, type Page, expect, test } from "@playwright/test";
import { signIn, url } from "./person";

// Distinct per run: the system may be shared with other journeys.
const mark = `telemetry-${Date.now().toString(36)}`;
const trace = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const [root, middle, leaf] = ["00000000000000a1", "00000000000000a2", "00000000000000a3"];
const begun = Date.now() - 120_000;

const nanos = (after: number) => `${BigInt(begun + after) * 1_000_000n}`;
const text = (key: string, value: string) => ({ key, value: { stringValue: value } });
const resource = { attributes: [text("service.name", mark)] };

const logs = {
  resourceLogs: [
    {
      resource,
      scopeLogs: [
        {
          logRecords: [
            {
              timeUnixNano: nanos(40),
              severityNumber: 17,
              severityText: "ERROR",
              body: { stringValue: `${mark} payment refused: card expired` },
              attributes: [text("http.route", "/pay")],
              traceId: trace,
              spanId: leaf,
            },
            {
              timeUnixNano: nanos(10),
              severityNumber: 9,
              severityText: "INFO",
              body: { stringValue: `${mark} cart opened` },
            },
          ],
        },
      ],
    },
  ],
};

const span = (spanId: string, parentSpanId: string, name: string, from: number, to: number, failed = false) => ({
  traceId: trace,
  spanId,
  parentSpanId,
  name,
  // The root serves a request; the others are within it, so that the list shows one row.
  kind: parentSpanId ? 1 : 2,
  startTimeUnixNano: nanos(from),
  endTimeUnixNano: nanos(to),
  attributes: [text("http.route", "/pay")],
  status: failed ? { code: 2, message: "card expired" } : {},
  events: failed ? [{ timeUnixNano: nanos(from + 5), name: "exception", attributes: [text("exception.type", "Refused")] }] : [],
});

const traces = {
  resourceSpans: [
    {
      resource,
      scopeSpans: [
        {
          spans: [
            span(root, "", "POST /checkout", 0, 200),
            span(middle, root, "reserve stock", 10, 60),
            span(leaf, middle, "charge card", 25, 55, true),
          ],
        },
      ],
    },
  ],
};

const points = [0, 20, 40, 60].map((seconds) => ({
  timeUnixNano: nanos(seconds * 1000),
  asDouble: 20 + seconds / 10,
  attributes: [text("room", seconds % 40 ? "north" : "south")],
}));
const metrics = {
  resourceMetrics: [
    {
      resource,
      scopeMetrics: [{ metrics: [{ name: `${mark}.temperature`, unit: "Cel", description: "Of the room", gauge: { dataPoints: points } }] }],
    },
  ],
};

/** A token that may send telemetry, made as a person makes one. */
async function token(page: Page): Promise<string> {
  await page.goto(`${url}/tokens`);
  await page.getByTestId("token-create").first().click();
  await page.getByTestId("token-name").fill(mark);
  await page.getByTestId("token-scope-ingest").check();
  await page.getByTestId("token-confirm").click();
  const secret = /dvs_[a-z2-7]+/.exec(await page.getByTestId("token-secret").innerText())?.[0] ?? "";
  await page.getByTestId("token-done").click();
  return secret;
}

function sender(request: APIRequestContext, secret: string) {
  return (path: string, data: unknown) =>
    request.post(url + path, {
      headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", cookie: "" },
      data,
    });
}

/** Reloads until something is there: what was sent is stored a moment later. */
async function until(page: Page, path: string, testid: string): Promise<void> {
  await expect(async () => {
    await page.goto(url + path);
    await expect(page.getByTestId(testid).first()).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 20_000 });
}

async function accessible(page: Page): Promise<void> {
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const found = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]).analyze();
    const said = found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
    expect(said, `${page.url()} in ${colorScheme}`).toEqual([]);
  }
}

test.describe.configure({ mode: "serial" });

test.beforeEach(async ({ page }) => {
  await signIn(page);
});

test("what services send is taken", async ({ page, request }) => {
  const send = sender(request, await token(page));
  expect((await send("/v1/logs", logs)).status()).toBe(200);
  expect((await send("/v1/traces", traces)).status()).toBe(200);
  expect((await send("/v1/metrics", metrics)).status()).toBe(200);
  expect((await send("/v1/logs", "{ not otlp")).status()).toBe(400);
});

test("logs are listed, filtered, unfolded and lead to their trace", async ({ page }) => {
  await until(page, `/logs?filter=service%3A${mark}`, "log-row");
  const rows = page.getByTestId("log-row");
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText("payment refused: card expired");
  await expect(page.getByTestId("log-total")).toHaveText("2 records");
  await accessible(page);

  await page.getByTestId("filter").fill(`service:${mark} severity:>=error`);
  await page.getByTestId("filter").press("Enter");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/filter=service%3A.*severity%3A%3E%3Derror/);

  await page.getByTestId("filter").fill(`service:${mark} "open`);
  await page.getByTestId("filter").press("Enter");
  await expect(page.locator("#filter-wrong")).toContainText(/^Column \d+: expected/);
  await expect(page.getByTestId("filter")).toHaveAttribute("aria-invalid", "true");
  await accessible(page);

  await page.goto(`${url}/logs?filter=service%3A${mark}`);
  await expect(rows).toHaveCount(2);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  const detail = page.getByTestId("log-detail");
  await expect(detail).toContainText("http.route");
  await accessible(page);
  await detail.getByRole("button", { name: "Filter by http.route:/pay" }).click();
  await expect(rows).toHaveCount(1);
  await expect(page.getByTestId("filter")).toHaveValue(`service:${mark} http.route:/pay`);

  await rows.first().click();
  await page.getByTestId("log-trace").click();
  await expect(page.getByRole("heading", { level: 1, name: "POST /checkout" })).toBeVisible();
});

test("a bar of the histogram narrows the range", async ({ page }) => {
  await until(page, `/logs?filter=service%3A${mark}`, "log-row");
  const bar = page.getByTestId("log-bar").filter({ has: page.locator(".plot-piece") });
  await bar.first().locator(".plot-hit").click({ force: true });
  await expect(page).toHaveURL(/from=.*&to=/);
  await expect(page.getByTestId("log-row")).toHaveCount(2);
  await page.getByTestId("fixed-range").click();
  await expect(page).not.toHaveURL(/from=/);
});

test("a trace is found and drawn as a waterfall with its logs", async ({ page }) => {
  await until(page, `/traces?filter=service%3A${mark}`, "trace-row");
  await expect(page.getByTestId("trace-row").first()).toContainText("200 ms");
  await accessible(page);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");

  const spans = page.getByTestId("span-row");
  await expect(spans).toHaveCount(3);
  await expect(page.getByText("1 failed span")).toBeVisible();
  await expect(page.getByTestId("log-row")).toHaveCount(1);
  await expect(page.getByTestId("log-row")).toContainText("payment refused");
  const left = async (index: number) => (await spans.nth(index).locator(".span-track i").boundingBox())?.x ?? 0;
  expect(await left(1)).toBeGreaterThan(await left(0));
  expect(await left(2)).toBeGreaterThan(await left(1));

  await spans.nth(2).getByText("charge card").click();
  await expect(page.getByTestId("span-detail")).toContainText("card expired");
  await expect(page.getByTestId("span-detail")).toContainText("exception");
  await accessible(page);
  await spans.nth(1).getByRole("button", { name: "Fold the span" }).click();
  await expect(spans).toHaveCount(2);
});

test("a metric is drawn as lines", async ({ page }) => {
  await until(page, `/metrics?q=${mark}`, "metric-row");
  await accessible(page);
  await page.getByTestId("metric-row").first().click();
  await expect(page.getByTestId("chart-line")).toHaveCount(1);
  await page.getByTestId("metric-by").selectOption("room");
  await expect(page.getByTestId("chart-line")).toHaveCount(2);
  await expect(page.locator(".chart-legend")).toContainText("north");
  await expect(page.locator(".chart-legend")).toContainText("Cel");
  await page.getByRole("button", { name: "Greatest" }).click();
  await expect(page).toHaveURL(/op=max/);
  await expect(page.getByTestId("chart-line")).toHaveCount(2);
  await accessible(page);
});

test("runs and tests of a repository are listed", async ({ page }) => {
  await until(page, "/tests", "run-row");
  await accessible(page);
  await page.getByRole("button", { name: "All tests" }).click();
  await expect(page.getByTestId("test-row").first()).toBeVisible();
  await accessible(page);
  await page.getByRole("button", { name: "Flaky tests" }).click();
  await expect(page).toHaveURL(/view=flaky/);
});

test("a malformed request is counted with its reason", async ({ page }) => {
  await expect(async () => {
    await page.goto(`${url}/drops`);
    const row = page.getByTestId("drop-row").filter({ hasText: "Malformed" }).filter({ hasText: "Logs" });
    await expect(row).toContainText(/\d+ requests?/, { timeout: 1_000 });
  }).toPass({ timeout: 15_000 });
  await accessible(page);
});

test("letters and the palette lead to telemetry", async ({ page }) => {
  for (const [letter, name] of [["l", "Logs"], ["c", "Traces"], ["m", "Metrics"], ["s", "Tests"], ["d", "Drops"]] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(letter);
    await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
  await page.keyboard.press("Control+k");
  await page.keyboard.type("traces");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Traces" })).toBeVisible();
});

for (const scheme of ["dark", "light"] as const) {
  for (const width of [390, 1440]) {
    test(`telemetry fits ${width} px in ${scheme}`, async ({ page }) => {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      const chart = `/metrics/chart?name=${mark}.temperature&by=room`;
      for (const path of ["/logs", "/traces", `/traces/${trace}`, "/metrics", chart, "/tests", "/tests?view=all", "/drops"]) {
        await page.goto(url + path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expect(page.locator(".skeleton")).toHaveCount(0);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        expect(wide, path).toBeLessThanOrEqual(0);
      }
    });
  }
}

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { AttachUserPolicyCommand, CreateLoginProfileCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { expect, vi } from "vitest";
import { iam } from "./clients.ts";
import type { RunningGateway } from "./gateway.ts";

export const password = "Correct-horse-7";

/** Pictures of the run. Some of them are those of `docs/guide/console.md`: copied there when the page looks different. */
export const pictures = resolve(process.env["CONSOLE_PICTURES"] ?? "node_modules/.cache/console-pictures");
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The gateway prints its addresses when it listens. */
export async function consoleOf(gateway: RunningGateway): Promise<string> {
  const address = (): string | undefined => /^console:\s+(\S+) /m.exec(gateway.log())?.[1];
  return vi.waitUntil(address, { timeout: 20_000 });
}

/** `hosts`: rules for names, `MAP console.example.com:443 127.0.0.1:8443`. No other name is found. */
export function launch(hosts: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--disable-background-networking",
      "--no-first-run",
      `--host-resolver-rules=${[...hosts, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"].join(", ")}`,
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}

/** A user that can sign in to the console. */
export async function makeConsoleUser(
  gateway: RunningGateway,
  name: string,
  policies: readonly string[] = ["arn:aws:iam::aws:policy/AdministratorAccess"],
): Promise<void> {
  const client = iam(gateway, gateway.admin);
  await client.send(new CreateUserCommand({ UserName: name }));
  for (const arn of policies) await client.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn: arn }));
  await client.send(new CreateLoginProfileCommand({ UserName: name, Password: password }));
}

/** A browser's window on the console. What the browser complains of is kept: a test ends with none. */
export class ConsoleWindow {
  readonly page: Page;
  readonly origin: string;
  readonly faults: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.origin = origin;
  }

  static async open(
    browser: Browser,
    origin: string,
    options: { readonly width?: number; readonly dark?: boolean } = {},
  ): Promise<ConsoleWindow> {
    const { width = 1280, dark = false } = options;
    const context = await browser.newContext({
      viewport: { width, height: 800 },
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
      // Certificates of the tests are signed by themselves.
      ignoreHTTPSErrors: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const window = new ConsoleWindow(context, page, origin);
    page.on("pageerror", ({ message }) => window.faults.push(message));
    page.on("console", (message) => {
      // The browser itself reports each answer of 4xx; the page shows it in words.
      const isAnswer = /^Failed to load resource: .* status of 4\d\d/.test(message.text());
      // Over plain HTTP, browsers ignore this header, and say so.
      const isIgnored = message.text().startsWith("The Cross-Origin-Opener-Policy header has been ignored");
      if (message.type() === "error" && !isAnswer && !isIgnored) window.faults.push(message.text());
    });
    await context.exposeFunction("reportViolation", (words: string) => window.faults.push(words));
    // As text: the types of this workspace know no browser.
    await context.addInitScript(`addEventListener("securitypolicyviolation", (event) =>
      reportViolation([event.violatedDirective, event.blockedURI, event.sample].join(" ")))`);
    return window;
  }

  async signIn(account: string, user: string, secret: string = password): Promise<void> {
    const { page } = this;
    if (!page.url().includes("/signin")) await page.goto(`${this.origin}/signin`);
    await page.getByLabel("Account ID or alias").fill(account);
    await page.getByLabel("User name").fill(user);
    await page.getByLabel("Password").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
  }

  async open(path: string, title: string): Promise<void> {
    await this.page.goto(`${this.origin}${path}`);
    await this.title(title);
  }

  /** As a link of the page does it: nothing is loaded anew. */
  async visit(path: string): Promise<void> {
    await this.page.evaluate(
      `history.pushState({}, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`,
    );
  }

  /** Nothing of the page waits for an answer. */
  async loaded(): Promise<void> {
    await expect.poll(() => this.page.locator('[class*="awsui_spinner"]').count(), { timeout: 20_000 }).toBe(0);
  }

  title(text: string): Promise<void> {
    return this.page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** A link of the navigation. */
  async go(name: string): Promise<void> {
    await this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name, exact: true }).click();
    await this.title(name);
  }

  async notice(text: string): Promise<void> {
    await this.page.getByText(text, { exact: true }).first().waitFor();
  }

  async picture(name: string): Promise<void> {
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** Nothing serious for who uses a screen reader or has weak sight, and nothing beyond the window's right edge. */
  async checkAccess(rules?: readonly string[]): Promise<void> {
    const only = rules === undefined ? "" : `runOnly: ${JSON.stringify(rules)},`;
    const found: unknown = await this.page.evaluate(`globalThis.axe ?? (() => { ${axe} })();
      axe.run(document, { ${only} resultTypes: ["violations"] }).then(({ violations }) =>
        violations.filter(({ impact }) => impact === "serious" || impact === "critical")
          .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target.join(" "))))`);
    expect(found).toEqual([]);
    expect(await this.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  }

  async close(): Promise<void> {
    await this.#context.close();
    expect(this.faults).toEqual([]);
  }
}

import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { AttachUserPolicyCommand, CreateLoginProfileCommand, CreateUserCommand } from "@aws-sdk/client-iam";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type Request,
} from "playwright-core";
import { afterAll, beforeAll, expect } from "vitest";
import { iam } from "./clients.ts";
import type { RunningGateway } from "./gateway.ts";
import { startGatewayHere } from "./gateway-here.ts";

export const password = "Correct-horse-7";

/** Where pictures of the run go, if anywhere. Some of them are those of `docs/guide/console.md`: copied there when the page looks different. */
const pictures = process.env["CONSOLE_PICTURES"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A gateway with its console, and a browser, for the tests of one file. */
export interface Console {
  readonly gateway: RunningGateway;
  readonly browser: Browser;
  readonly origin: string;
  /** A window of a browser that knows nothing yet. */
  open(options?: WindowOptions): Promise<ConsoleWindow>;
  /** A new window in which the user has signed in. */
  signIn(user: string): Promise<ConsoleWindow>;
  /** The window in which the user has signed in for an earlier test, at the home page: signing in costs most of a test. */
  signedIn(user: string): Promise<ConsoleWindow>;
}

/** `hosts`: rules for names, `MAP console.example.com:443 127.0.0.1:8443`. No other name is found. */
export function useConsole(
  options: {
    readonly start?: () => Promise<RunningGateway>;
    readonly hosts?: () => readonly string[];
    readonly prepare?: () => Promise<unknown>;
  } = {},
): Console {
  const { start = () => startGatewayHere({ args: ["--console-port", "0"] }), hosts = () => [], prepare } = options;
  let started: RunningGateway | undefined;
  let browser: Browser | undefined;
  const windows = new Map<string, ConsoleWindow>();
  beforeAll(async () => {
    started = await start();
    [browser] = await Promise.all([launch(hosts()), prepare?.()]);
  });
  afterAll(async () => {
    await browser?.close();
    await started?.stop();
  });
  const there = <T>(what: T | undefined): T => {
    if (what === undefined) throw new Error("beforeAll starts it");
    return what;
  };
  const used: Console = {
    get gateway() {
      return there(started);
    },
    get origin() {
      return there(started?.console);
    },
    get browser() {
      return there(browser);
    },
    open: (how) => ConsoleWindow.open(used.browser, used.origin, how),
    async signIn(user) {
      const window = await used.open();
      await window.signIn(used.gateway.accountId, user);
      await window.title(`Hello, ${user}`);
      return window;
    },
    async signedIn(user) {
      const known = windows.get(user);
      if (known === undefined) {
        const window = await used.signIn(user);
        windows.set(user, window);
        return window;
      }
      // Whatever a test that failed has left.
      known.faults.length = 0;
      for (const event of ["request", "dialog"]) known.page.removeAllListeners(event);
      await known.page.setViewportSize({ width: 1280, height: 800 });
      await known.page.emulateMedia({ colorScheme: "light" });
      await known.open("/", `Hello, ${user}`);
      return known;
    },
  };
  return used;
}

function launch(hosts: readonly string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: "/usr/bin/chromium-headless-shell",
    args: [
      "--disable-background-networking",
      "--no-first-run",
      // Certificates of the tests are signed by themselves. Where only a context ignores that, each connection fails and is tried again, and
      // among many at once a request may end with ERR_TOO_MANY_RETRIES.
      "--ignore-certificate-errors",
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

type WindowOptions = Pick<
  BrowserContextOptions,
  "viewport" | "colorScheme" | "javaScriptEnabled" | "locale" | "timezoneId"
>;

/** A browser's window on the console. What the browser complains of is kept: a test ends with none. */
export class ConsoleWindow {
  readonly page: Page;
  readonly origin: string;
  readonly faults: string[] = [];
  readonly #context: BrowserContext;
  /** What the pages of this window wait for. */
  readonly #waiting = new Set<Request>();

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.#context = context;
    this.page = page;
    this.origin = origin;
  }

  static async open(browser: Browser, origin: string, options: WindowOptions = {}): Promise<ConsoleWindow> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000);
    const window = new ConsoleWindow(context, page, origin);
    page.on("pageerror", ({ message }) => window.faults.push(message));
    page.on("console", (message) => {
      // The browser itself reports each answer of 4xx; the page shows it in words.
      const isAnswer = /^Failed to load resource: .* status of 4\d\d/.test(message.text());
      // Over plain HTTP, browsers ignore this header, and say so.
      const isIgnored = message.text().startsWith("The Cross-Origin-Opener-Policy header has been ignored");
      if (message.type() === "error" && !isAnswer && !isIgnored) window.faults.push(message.text());
    });
    context.on("request", (request) => window.#waiting.add(request));
    context.on("requestfinished", (request) => window.#waiting.delete(request));
    context.on("requestfailed", (request) => window.#waiting.delete(request));
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

  /** Goes there as a link of the page does, without a load of the document, and waits until the new page is shown. */
  async visit(path: string): Promise<void> {
    await this.page.evaluate(
      `history.pushState({}, "", ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent("popstate"))`,
    );
    await this.settled();
  }

  /** As when the person looks at another tab, and comes back. */
  async show(state: "hidden" | "visible"): Promise<void> {
    await this.page
      .evaluate(`Object.defineProperty(document, "visibilityState", { value: "${state}", configurable: true });
      Object.defineProperty(document, "hidden", { value: ${state === "hidden"}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"))`);
  }

  /** While the page is hidden for a minute, by a clock that the test has installed, it sends no request. */
  async checkHidden(): Promise<void> {
    await this.show("hidden");
    await this.settled();
    const asked: string[] = [];
    const note = (request: Request): void => void asked.push(request.url());
    this.page.on("request", note);
    await this.page.clock.fastForward("01:00");
    await this.settled();
    this.page.off("request", note);
    await this.show("visible");
    expect([this.page.url(), asked]).toEqual([this.page.url(), []]);
  }

  /** Waits until no request of the page is open and all answers are shown. */
  async settled(): Promise<void> {
    const look = async (): Promise<readonly string[]> => {
      // Two frames later, what came before is shown, and what it asks for has been asked.
      const spinners: string[] = await this.page.evaluate(`new Promise((done) => requestAnimationFrame(() =>
        requestAnimationFrame(() => setTimeout(() => done([...document.querySelectorAll(
          ".starting, .progress-on, .editor-loading, [class*=awsui_spinner]")].map(({ className }) => className))))))`);
      return [...spinners, ...[...this.#waiting].map((request) => request.url())];
    };
    // Twice: an answer may lead to another question.
    await expect.poll(async () => [await look(), await look()], { timeout: 60_000 }).toEqual([[], []]);
  }

  /** Waits until the element has the focus: only then do keys reach it. */
  async focused(selector: string): Promise<void> {
    await this.page.locator(`${selector}:focus`).waitFor();
  }

  /** Presses Tab until the element with this name has the focus. Parts of the page may appear meanwhile. */
  async tabTo(name: string | RegExp): Promise<void> {
    const until = Date.now() + 60_000;
    const passed = new Set<string>();
    while (Date.now() < until) {
      await this.page.keyboard.press("Tab");
      const found = String(await this.page.evaluate(nameOfFocus)).trim();
      if (typeof name === "string" ? found === name : name.test(found)) return;
      passed.add(found);
    }
    throw new Error(`no Tab reaches ${String(name)}: ${[...passed].join(", ")}`);
  }

  title(text: string): Promise<void> {
    return this.page.getByRole("heading", { level: 1, name: text, exact: true }).waitFor();
  }

  /** The first one: an empty list shows the button of its header a second time. */
  button(name: string): Locator {
    return this.buttons(name).first();
  }

  buttons(name: string): Locator {
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
    await this.settled();
    if (pictures !== undefined) await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** A picture of `docs/guide/console.md`: the one there is of the size of this window, and a small file. */
  async guidePicture(name: string): Promise<void> {
    await this.picture(name);
    const kept = join("docs/guide/console", `${name}.png`);
    const { width, height } = this.page.viewportSize() ?? {};
    expect([name, sizeOf(kept)]).toEqual([name, [width, height]]);
    expect([name, statSync(kept).size < 128 * 1024]).toEqual([name, true]);
  }

  /** Nothing serious for who uses a screen reader or has weak sight, and nothing beyond the window's right edge. */
  async checkAccess(rules?: readonly string[]): Promise<void> {
    const only = rules === undefined ? "" : `runOnly: ${JSON.stringify(rules)},`;
    // The source is half a megabyte, so it is sent once for each document.
    if ((await this.page.evaluate("typeof axe")) === "undefined") await this.page.evaluate(axe);
    const found: unknown = await this.page
      .evaluate(`axe.run(document, { ${only} resultTypes: ["violations"], preload: false }).then(({ violations }) =>
        violations.filter(({ impact }) => impact === "serious" || impact === "critical")
          .flatMap(({ id, nodes }) => nodes.map(({ target }) => id + ": " + target.join(" "))))`);
    expect(found).toEqual([]);
    // What is wide is moved within its own frame. The design system's grid has an empty gutter of 10 px.
    const tooWide = await this.page
      .evaluate(`[document.documentElement, document.querySelector(".page, main")].flatMap((one) =>
      one.scrollWidth > one.clientWidth + 10 ? [location.pathname + " by " + (one.scrollWidth - one.clientWidth)] : [])`);
    expect(tooWide).toEqual([]);
  }

  /** The end of a test; a window that the next test goes on with stays. */
  checkFaults(): void {
    expect(this.faults.splice(0)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.checkFaults();
  }
}

/** Width and height. https://www.w3.org/TR/png-3/#11IHDR */
function sizeOf(file: string): readonly number[] {
  const head = readFileSync(file);
  return [head.readUInt32BE(16), head.readUInt32BE(20)];
}

const nameOfFocus = `(() => { const one = document.activeElement;
  const names = (one.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent);
  return [one.getAttribute("aria-label"), names.join(""), one.labels?.[0]?.textContent, one.textContent].find((text) => text) ?? ""; })()`;

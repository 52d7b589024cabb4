import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { CreateRoleCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { ListObjectsV2Command } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { iam, s3 } from "./clients.ts";
import { makeConsoleUser, password, useConsole } from "./console-browser.ts";
import { makeBucket } from "./fixtures.ts";
import { freePorts } from "./free-ports.ts";
import { startGatewayHere } from "./gateway-here.ts";

/** At a name that is not this machine's own, over plain HTTP: browsers give such a page less. */
const here = useConsole({
  start: async () => {
    const [port] = await freePorts(1);
    const origin = `http://console.example.com:${port}`;
    return startGatewayHere({
      args: ["--console-port", String(port), "--console-origin", origin, "--console-insecure"],
    });
  },
  hosts: () => ["MAP console.example.com 127.0.0.1"],
  prepare: () => Promise.all([makeConsoleUser(here.gateway, "grace"), makeBucket(here.gateway, "reports")]),
});

test("plain HTTP beyond this machine has a warning on each page; copying and uploading work all the same", async () => {
  const window = await here.open({ locale: "ar-EG", timezoneId: "Asia/Kathmandu" });
  const { page } = window;
  await page.goto(`${here.origin}/signin`);
  await page.getByText("This connection is not encrypted").waitFor();
  await window.signIn(here.gateway.accountId, "grace");
  await window.title("Hello, grace");
  expect(await page.evaluate("[isSecureContext, navigator.clipboard === undefined]")).toEqual([false, true]);
  const bar = page.getByText("This page came over plain HTTP");
  await bar.waitFor();
  await window.picture("plain-http");
  await window.open("/buckets/reports", "reports");
  await bar.waitFor();
  const file = join(here.gateway.home, "small.txt");
  writeFileSync(file, "small");
  await page.getByLabel("Files to upload").setInputFiles([file]);
  await page.getByText("Uploaded").first().waitFor();
  const { Contents } = await s3(here.gateway, here.gateway.admin).send(new ListObjectsV2Command({ Bucket: "reports" }));
  expect(Contents?.map(({ Key }) => Key)).toEqual(["small.txt"]);
  await window.open("/users/grace", "grace");
  await page.evaluate("addEventListener('copy', () => { globalThis.copied = document.activeElement.value; })");
  // Dates are in the language of the page, whatever that of the browser is.
  await page
    .getByText(/^[1-9]\d?\s[A-Z][a-z]{2,3}\s20\d\d,\s\d\d:\d\d:\d\d$/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: /^Copy/ }).first().click();
  await expect.poll(() => page.evaluate("copied")).toBe(`arn:aws:iam::${here.gateway.accountId}:user/grace`);
  await window.go("Events");
  await page.getByText("in the time of this browser (GMT+5:45)").waitFor();
  await window.close();
});

test("names of objects are text, whatever is in them, and what cannot be seen is written out", async () => {
  const names: Readonly<Record<string, string>> = {
    "<img src=x onerror=alert(1)>": "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>': '"><svg onload=alert(1)>',
    "javascript:alert(1)": "javascript:alert(1)",
    "report\u202Efdp.exe": "report<U+202E>fdp.exe",
    "two\nlines": "two<U+000A>lines",
    "a\u00a0name with  spaces ": "a<U+00A0>name with<U+0020> spaces<U+0020>",
    "%2e%2e%2f..": "%2e%2e%2f..",
    "{{7*7}}&amp;": "{{7*7}}&amp;",
  };
  await makeBucket(here.gateway, "hostile", [...Object.keys(names), "<b>folder\u2066<b>/<i>inside"]);
  const window = await here.signedIn("grace");
  const { page } = window;
  page.on("dialog", (dialog) => {
    window.faults.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await window.open("/buckets/hostile", "hostile");
  for (const [key, shown] of Object.entries(names)) {
    await page.getByText(shown, { exact: true }).waitFor();
    await page.getByRole("checkbox", { name: `Select ${key}`, exact: true }).waitFor();
  }
  expect(await page.locator("main img, main svg[onload], main b b, main i, main script").count()).toBe(0);
  const hidden = "[\u202a-\u202e\u2066-\u2069]";
  expect(
    await page.evaluate(`new RegExp(${JSON.stringify(hidden)}).test(document.querySelector("main").innerText)`),
  ).toBe(false);
  await window.picture("hostile-names");
  // The name that is shown is not the name that is used.
  await page.getByRole("checkbox", { name: "Select report\u202Efdp.exe", exact: true }).check();
  await window.button("Link").click();
  await page.getByRole("dialog").getByText("Link to report<U+202E>fdp.exe").waitFor();
  await window.button("Make the link").click();
  const link = (await page.getByRole("dialog").locator("dd code").textContent()) ?? "";
  expect(await (await fetch(link)).text()).toBe("report\u202Efdp.exe");
  await window.button("Cancel").click();
  await page.getByRole("link", { name: "<b>folder<U+2066><b>" }).click();
  await page.getByText("<i>inside", { exact: true }).waitFor();
  await page
    .getByRole("navigation", { name: "Folders" })
    .getByRole("button", { name: "<b>folder<U+2066><b>" })
    .waitFor();
  await page.reload();
  await page.getByText("<i>inside", { exact: true }).waitFor();
  window.checkFaults();
});

/** As a browser asks that has no session. */
function get(path: string): Promise<{ status: number | undefined; location: string | undefined; body: string }> {
  const { host, port } = new URL(here.origin);
  const headers = { host, accept: "text/html", "sec-fetch-site": "none" };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, path, headers, agent: false }, (response) => {
      const { statusCode: status, headers: answered } = response;
      textOf(response).then((body) => resolve({ status, location: answered.location, body }), reject);
    });
    sent.on("error", reject);
    sent.end();
  });
}

/** A link into the console for each route of the page. */
const links = [
  ...readFileSync("packages/console/src/routes.tsx", "utf8").matchAll(/(?:path: "([^"*]+)"|index: true)/g),
].map(([, path = ""]) =>
  `/${path}`
    .replace("/:tab?", "")
    .replace("/:bucket?", "/reports")
    .replace("/:principal?", "")
    .replace(":name", path.startsWith("buckets") ? "reports" : "grace")
    .replace(":arn", encodeURIComponent("arn:aws:iam::aws:policy/AdministratorAccess")),
);

test("a link to any page leads through the sign-in to that page", async () => {
  expect(links.length).toBeGreaterThan(15);
  for (const path of [...links, "/buckets/reports?prefix=2026%2F&versions=1"]) {
    const sent = await get(path);
    const next = path === "/" ? "/signin" : `/signin?next=${encodeURIComponent(path)}`;
    expect([path, sent.status, sent.location]).toEqual([path, 303, next]);
    const form = await get(next);
    expect(/name="next" value="([^"]*)"/.exec(form.body)?.[1]?.replaceAll("&amp;", "&") ?? "/").toBe(path);
  }
  const window = await here.open();
  const { page } = window;
  const deep = `/policies/${encodeURIComponent("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")}/attached`;
  await page.goto(`${here.origin}${deep}`);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await window.signIn(here.gateway.accountId, "grace");
  const isThere = async (): Promise<void> => {
    await window.title("AmazonS3ReadOnlyAccess");
    await page.getByText("Attached to nobody").waitFor();
    expect(new URL(page.url()).pathname).toBe(deep);
    expect(await page.title()).toBe("AmazonS3ReadOnlyAccess · Policies · s3-credentials");
  };
  await isThere();
  await page.reload();
  await isThere();
  await window.close();
});

test("by the keyboard alone: sign in, create a user, switch the role, list the buckets, sign out; the focus is seen", async () => {
  const trust = {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${here.gateway.accountId}:user/grace` },
    Action: "sts:AssumeRole",
  };
  await iam(here.gateway, here.gateway.admin).send(
    new CreateRoleCommand({
      RoleName: "by-keyboard",
      AssumeRolePolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [trust] }),
    }),
  );
  const window = await here.open();
  const { page } = window;
  const { keyboard } = page;
  /** Tab, until what has the focus is called that; it looks different from what has none. */
  const tabTo = async (name: string | RegExp): Promise<void> => {
    await window.tabTo(name);
    expect([name, await page.evaluate(focusIsSeen)]).toEqual([name, true]);
  };
  await page.goto(`${here.origin}/signin`);
  // The form's first field has the focus from its first frame on, which may be later than its load.
  await window.focused("input");
  for (const text of [here.gateway.accountId, "grace", password]) {
    await keyboard.type(text);
    await keyboard.press("Tab");
  }
  await keyboard.press("Enter");
  await window.title("Hello, grace");

  await tabTo("Users");
  await keyboard.press("Enter");
  await window.title("Users");
  await tabTo("Create user");
  await keyboard.press("Enter");
  await window.title("Create user");
  await tabTo("User name");
  await keyboard.type("made-by-keyboard");
  await keyboard.press("Enter");
  await window.title("made-by-keyboard");
  const { User } = await iam(here.gateway, here.gateway.admin).send(
    new GetUserCommand({ UserName: "made-by-keyboard" }),
  );
  expect(User?.UserName).toBe("made-by-keyboard");

  // A menu opens with Enter; its arrows are those of every menu.
  const choose = async (item: string): Promise<void> => {
    await page.evaluate("document.querySelector('header a, header button').focus()");
    await tabTo(/^Account menu of/);
    await keyboard.press("Enter");
    await window.focused("[role^=menuitem]");
    for (let count = 0; count < 20; count += 1) {
      const before = await page.evaluate("document.activeElement.textContent");
      if (String(before).trim() === item) return keyboard.press("Enter");
      await keyboard.press("ArrowDown");
      await expect.poll(() => page.evaluate("document.activeElement.textContent")).not.toBe(before);
    }
    throw new Error(`no arrow reaches ${item}`);
  };
  await choose("Switch role");
  await window.title("Switch role");
  await tabTo("Role");
  await keyboard.type("by-keyboard");
  await keyboard.press("Enter");
  await window.title("You act as by-keyboard");
  await tabTo("Buckets");
  await keyboard.press("Enter");
  await window.title("Buckets");
  await page.getByText("You are not allowed to list the buckets").waitFor();
  await page.evaluate("document.querySelector('header a, header button').focus()");
  await tabTo("Switch back");
  await keyboard.press("Enter");
  await window.title("Hello, grace");
  await tabTo("Buckets");
  await keyboard.press("Enter");
  await page.getByRole("link", { name: "reports", exact: true }).waitFor();
  await choose("Sign out");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await window.close();
});

test("the focus goes to the first field of a dialog and back, and stays near when what had it is gone", async () => {
  await makeBucket(here.gateway, "by-focus", ["folder/inside"]);
  const window = await here.signedIn("grace");
  const { page } = window;
  const { keyboard } = page;
  const press = async (role: "button" | "link" | "checkbox", name: string, key = "Enter"): Promise<void> => {
    await page.getByRole(role, { name, exact: true }).first().focus();
    await keyboard.press(key);
  };
  await window.open("/users/grace", "grace");
  await page.getByRole("tab", { name: "Permissions" }).focus();
  for (const [key, tab] of [
    ["ArrowRight", "groups"],
    ["ArrowRight", "keys"],
    ["Home", "permissions"],
  ] as const) {
    await keyboard.press(key);
    await window.focused(`[role=tab][id$=-${tab}]`);
  }
  // Neither Escape in an editor nor a click beside the dialog loses what was typed.
  await press("button", "Add permissions");
  await page.getByRole("menuitem", { name: "Create an inline policy" }).click();
  await window.focused("[role=dialog] input[type=text]");
  await page.getByRole("dialog").getByRole("button", { name: "JSON", exact: true }).click();
  await page.locator("[role=dialog] .editor:not(.editor-loading)").click();
  await keyboard.type("typed");
  await keyboard.press("Escape");
  await page.mouse.click(4, 400);
  await page.getByRole("dialog").getByText("typed").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await window.open("/buckets", "Buckets");
  await press("button", "Create bucket");
  await window.focused("[role=dialog] input[type=text]");
  await keyboard.press("Escape");
  await window.focused('button:has-text("Create bucket")');
  await window.open("/buckets/by-focus", "by-focus");
  await press("link", "folder/");
  await window.focused("[role=group][aria-label=Objects]");
  await press("checkbox", "Select folder/inside", "Space");
  await page.getByRole("group", { name: "Objects" }).getByRole("button", { name: "Delete" }).focus();
  await keyboard.press("Enter");
  await page.getByLabel("Type 1 to confirm").waitFor();
  await window.focused("[role=dialog] input[type=text]");
  await keyboard.type("1");
  await keyboard.press("Enter");
  await window.notice("1 object deleted");
  await window.focused("[role=group][aria-label=Objects]");
  window.checkFaults();
});

/** The looks of what has the focus, and of what is around it, with and without. The focus is back where it was. */
const focusIsSeen = `(() => { const one = document.activeElement;
  const around = [one, one.parentElement, ...one.parentElement.children];
  const looks = () => JSON.stringify(around.flatMap((each) => [null, "::before", "::after"].map((part) => {
    const { outline, boxShadow, border, background, color } = getComputedStyle(each, part);
    return [outline, boxShadow, border, background, color]; })));
  const focused = looks();
  one.blur();
  const plain = looks();
  one.focus();
  return focused !== plain; })()`;

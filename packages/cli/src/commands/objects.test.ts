import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { type Call, type Reply, s3Error, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function serviceWith(script: (call: Call) => Reply): Promise<ScriptedService> {
  service = await scriptedService(script);
  return service;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "s3-credentials-"));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("an object goes to standard output as it is", async () => {
  const on = await serviceWith(() => ({ body: "a\r\nb" }));
  expect(await runCommand(["get-object", "b", "k", ...on.options])).toEqual({ code: 0, stdout: "a\r\nb", stderr: "" });
});

test("-o writes the file, and keeps its permissions", async () => {
  const on = await serviceWith(() => ({ body: "new" }));
  const dir = folder();
  writeFileSync(join(dir, "f"), "old", { mode: 0o600 });
  expect((await runCommand(["get-object", "b", "k", "-o", join(dir, "f"), ...on.options])).code).toBe(0);
  expect(readFileSync(join(dir, "f"), "utf8")).toBe("new");
  expect(readdirSync(dir)).toEqual(["f"]);
});

test("a missing key leaves nothing behind, and an old file alone", async () => {
  const on = await serviceWith(() => s3Error("NoSuchKey", "The specified key does not exist.", 404));
  const dir = folder();
  writeFileSync(join(dir, "old"), "old");
  for (const name of ["f", "old"]) {
    expect(await runCommand(["get-object", "b", "k", "-o", join(dir, name), ...on.options])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "Error: The specified key does not exist (NoSuchKey, HTTP 404); check the key; list-bucket shows what is there\n",
    });
  }
  expect(readdirSync(dir)).toEqual(["old"]);
  expect(readFileSync(join(dir, "old"), "utf8")).toBe("old");
});

test("a download that breaks off leaves nothing behind", async () => {
  const on = await serviceWith(() => ({ body: "short", headers: { "content-length": "1000" } }));
  const dir = folder();
  setTimeout(() => void on.stop(), 300);
  const { code } = await runCommand(["get-object", "b", "k", "-o", join(dir, "f"), ...on.options]);
  expect(code).toBe(1);
  expect(readdirSync(dir)).toEqual([]);
});

test.each([
  ["photo.jpg", [], "image/jpeg"],
  ["page.html", [], "text/html"],
  ["data.xml", [], "text/xml"],
  ["unknown", [], undefined],
  ["page.html", ["--content-type", "text/x"], "text/x"],
])("%s with %j is uploaded as %s", async (name, options, type) => {
  const seen: (string | undefined)[] = [];
  const on = await serviceWith((call) => {
    seen.push(call.headers["content-type"]);
    return {};
  });
  const file = join(folder(), name);
  writeFileSync(file, "content");
  expect(await runCommand(["put-object", "b", "k", file, ...options, ...on.options])).toEqual({
    code: 0,
    stdout: "",
    stderr: "",
  });
  expect(seen[0]).toBe(type ?? "application/octet-stream");
  expect(on.calls[0]?.name).toBe("PUT /b/k");
});

test("standard input is uploaded", async () => {
  const on = await serviceWith(() => ({}));
  expect((await runCommand(["put-object", "b", "k", "-", ...on.options], { stdin: "Hello\n" })).code).toBe(0);
  expect(on.calls[0]?.body).toContain("Hello\n");
});

test("a path that is not there, or a folder, is refused before any call", async () => {
  const on = await serviceWith(() => ({}));
  for (const path of [join(folder(), "none"), folder()]) {
    const { code, stderr } = await runCommand(["put-object", "b", "k", path, ...on.options]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Error: [^\n]*\n$/);
  }
  expect(on.calls).toEqual([]);
  expect(existsSync(join(folder(), "none"))).toBe(false);
});

test.each(["get-object", "put-object"])(
  "%s that is interrupted says so with the exit code of all commands",
  async (name) => {
    const on = await serviceWith(() => ({}));
    const argv = [name, "b", "k", ...(name === "put-object" ? [import.meta.filename] : []), ...on.options];
    const { code, stderr } = await runCommand(argv, { signal: AbortSignal.abort() });
    expect([code, stderr]).toEqual([130, expect.stringMatching(/^Error: interrupted[^\n]*\n$/)]);
  },
);

test.each([
  ["list-users"],
  ["list-buckets"],
  ["list-bucket", "b"],
  ["get-cors-policy", "b"],
  ["get-public-access-block", "b"],
  ["get-bucket-policy", "b"],
  ["put-object", "b", "k", import.meta.filename],
  ["put-object", "b", "k", "-"],
  ["get-object", "b", "k"],
  ["delete-objects", "b", "k"],
])("%s: a web page in place of the service is a failure, not an empty answer or a success", async (...argv) => {
  const headers = { "content-type": "text/html" };
  const on = await serviceWith(() => ({ body: "<html><body>Sign in</body></html>", headers }));
  const { code, stdout, stderr } = await runCommand([...argv, ...on.options], { stdin: "x" });
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^Error: [^\n]*; check the endpoint\n$/)]);
});

test("an object that is a web page is an object, by a header of S3; a page with an ETag is not", async () => {
  const page = (headers: Readonly<Record<string, string>>) =>
    serviceWith(() => ({ body: "<html>", headers: { etag: '"e"', "content-type": "text/html", ...headers } }));
  const on = await page({ "x-amz-request-id": "1" });
  expect(await runCommand(["get-object", "b", "k", ...on.options])).toMatchObject({ code: 0, stdout: "<html>" });
  const between = await page({});
  const { code, stderr } = await runCommand(["get-objects", "b", "k", "-o", folder(), ...between.options]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("the answer is not an object")]);
});

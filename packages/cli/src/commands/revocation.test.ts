import { afterEach, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { queryError, queryReply, type Reply, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

/** Clocks that are years off, and services that fail in the middle: only a script can show them. */
let service: ScriptedService | undefined;
afterEach(() => service?.stop());

const keyList = (...keys: readonly (readonly [id: string, status: string])[]): Reply =>
  queryReply(
    "ListAccessKeys",
    `<AccessKeyMetadata>${keys.map(([id, status]) => `<member><AccessKeyId>${id}</AccessKeyId><Status>${status}</Status></member>`).join("")}</AccessKeyMetadata>`,
  );

async function runAt(date: string, script: Readonly<Record<string, Reply>>, ...argv: readonly string[]) {
  const on = await scriptedService(({ name }) => ({
    ...(script[name] ?? queryReply(name, "")),
    headers: { date: new Date(date).toUTCString() },
  }));
  service = on;
  return { ...(await runCommand([...argv, ...on.options])), calls: on.calls };
}

test.each(["2040-05-01T10:00:00Z", "2020-05-01T10:00:00Z"])(
  "revoke ends sessions until %s, the time of the service",
  async (date) => {
    const script = { ListAccessKeys: keyList(), GetUserPolicy: queryError("NoSuchEntity", "none", 404) };
    const { code, calls } = await runAt(date, script, "revoke", "ann");
    expect(code).toBe(0);
    const sent = calls.find(({ name }) => name === "PutUserPolicy")?.form.get("PolicyDocument") ?? "";
    const end = /"aws:TokenIssueTime": ?"([^"]*)"/.exec(sent)?.[1] ?? "";
    expect(end.slice(0, 14)).toBe(date.slice(0, 14));
    expect(Date.parse(end)).toBeGreaterThan(Date.parse(date));
  },
);

test("a date that no clock has is not taken for the time", async () => {
  const script = { ListAccessKeys: keyList(), GetUserPolicy: queryError("NoSuchEntity", "none", 404) };
  expect((await runAt("+275760-09-13T00:00:00Z", script, "revoke", "ann")).code).toBe(0);
});

test("expire deletes what is past its date at the service and here, and nothing else", async () => {
  const until = (date: string) => ({
    ListUsers: queryReply("ListUsers", "<Users><member><UserName>ann</UserName></member></Users>"),
    ListUserTags: queryReply(
      "ListUserTags",
      `<Tags><member><Key>s3-credentials:creator</Key><Value>me</Value></member><member><Key>s3-credentials:expires</Key><Value>${date}</Value></member></Tags>`,
    ),
  });
  const script = until("2025-01-01T00:00:00Z");
  expect((await runAt("2024-05-01T10:00:00Z", script, "expire", "--plan")).stdout).toBe("");
  await service?.stop();
  expect((await runAt("2040-05-01T10:00:00Z", script, "expire", "--plan")).stdout).toMatch(/^User: ann\n/);
  await service?.stop();
  const { code, stderr, calls } = await runAt("9001-05-01T10:00:00Z", until("9000-01-01T00:00:00Z"), "expire");
  expect([code, stderr]).toEqual([
    1,
    "Warning: user ann is past its date by the clock of the service, but not by this machine's, and is kept; set the clock that is wrong\n",
  ]);
  expect(calls.filter(({ name }) => name.startsWith("Delete"))).toEqual([]);
});

test("revoke does not end well while a key works that was made meanwhile", async () => {
  const { code, stderr } = await runAt(
    "2040-05-01T10:00:00Z",
    { ListAccessKeys: keyList(["AKIANEW", "Active"]), GetUserPolicy: queryError("NoSuchEntity", "none", 404) },
    "revoke",
    "ann",
  );
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("Error: access key AKIANEW of user ann was made or turned on meanwhile"),
  ]);
});

test("a revocation that fails in the middle turns no key on again", async () => {
  const script = {
    ListAccessKeys: keyList(["AKIALEAKED", "Active"]),
    GetUserPolicy: queryError("NoSuchEntity", "none", 404),
    PutUserPolicy: queryError("LimitExceeded", "Maximum policy size of 2048 bytes exceeded", 409),
  };
  const { code, stderr, calls } = await runAt("2040-05-01T10:00:00Z", script, "revoke", "ann");
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/LimitExceeded[^\n]*; what was done stays: run the command again\n$/),
  ]);
  const changes = calls.filter(({ name }) => name === "UpdateAccessKey").map(({ form }) => form.get("Status"));
  expect(changes).toEqual(["Inactive"]);
});

test("revoke that cannot look again says what is not known", async () => {
  let looks = 0;
  const on = await scriptedService(({ name }) => {
    if (name === "GetUserPolicy") return queryError("NoSuchEntity", "none", 404);
    if (name !== "ListAccessKeys") return queryReply(name, "");
    return looks++ === 0 ? keyList(["AKIAOLD", "Active"]) : queryError("AccessDenied", "No.", 403);
  });
  service = on;
  const { code, stderr } = await runCommand(["revoke", "ann", ...on.options]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringContaining("Error: what was to end has ended; whether user ann has got a key meanwhile is not"),
  ]);
});

test("rotate-key: an old key that may be off, because no answer came, works again", async () => {
  const script = {
    ListAccessKeys: keyList(["AKIAOLD", "Active"]),
    CreateAccessKey: queryReply(
      "CreateAccessKey",
      "<AccessKey><UserName>ann</UserName><AccessKeyId>AKIANEW</AccessKeyId><Status>Active</Status><SecretAccessKey>Zq4vN8sLw2Rt7Yb1</SecretAccessKey></AccessKey>",
    ),
    GetCallerIdentity: queryReply("GetCallerIdentity", "<Arn>a</Arn><UserId>u</UserId><Account>1</Account>"),
  };
  const on = await scriptedService(({ name, form }) =>
    form.get("Status") === "Inactive"
      ? queryError("InternalFailure", "No word.", 500)
      : ((script as Readonly<Record<string, Reply>>)[name] ?? queryReply(name, "")),
  );
  service = on;
  const { code, stdout, stderr } = await runCommand(["rotate-key", "ann", ...on.options]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("it is not known whether that was done, so it was taken back; what this run had made was");
  const last = on.calls.slice(-2).map(({ name, form }) => [name, form.get("AccessKeyId"), form.get("Status")]);
  expect(last).toEqual([
    ["UpdateAccessKey", "AKIAOLD", "Active"],
    ["DeleteAccessKey", "AKIANEW", null],
  ]);
});

test("rotate-key --key replaces a key that is off and leaves the other as it is", async () => {
  const keys = { ListAccessKeys: keyList(["AKIAOFF", "Inactive"], ["AKIAON", "Active"]) };
  const plan = await runAt("2026-05-01T10:00:00Z", keys, "rotate-key", "ann", "--key", "AKIAOFF", "--plan");
  expect(plan.stdout).toContain("AKIAOFF");
  expect(plan.stdout).not.toContain("AKIAON");
  await service?.stop();
  const full = { ListAccessKeys: keyList(["AKIAONE", "Active"], ["AKIATWO", "Active"]) };
  const refused = await runAt("2026-05-01T10:00:00Z", full, "rotate-key", "ann", "--key", "AKIAONE");
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining("revoke ann --key ID, then rotate-key ann --key ID"),
  ]);
});

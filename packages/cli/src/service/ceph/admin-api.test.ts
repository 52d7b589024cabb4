import { afterEach, describe, expect, test } from "vitest";
import { runCommand } from "../../test/run-command.ts";
import {
  type Call,
  queryError,
  queryReply,
  type Reply,
  type ScriptedService,
  scriptedService,
} from "../../test/scripted-service.ts";

/** Answers that a real Ceph does not give on demand; acceptance/ceph-provider.ts has the rest. */
describe("users of Ceph", () => {
  let service: ScriptedService | undefined;
  afterEach(() => service?.stop());

  const user = (more: object = {}): Reply => ({
    body: JSON.stringify({ tenant: "", user_id: "u", display_name: "U", suspended: 0, keys: [], ...more }),
  });
  const run = async (argv: readonly string[], script: (call: Call, earlier: readonly Call[]) => Reply | undefined) => {
    service = await scriptedService((call, earlier) => script(call, earlier) ?? { status: 405 });
    const { code, stdout, stderr } = await runCommand([...argv, "--provider", "ceph", ...service.options]);
    return { code, stdout, stderr, calls: service.calls.map(({ name }) => name) };
  };
  const admin = (method: string) => `${method} /admin/user?`;

  test("policies that were dropped with a change and cannot be put back are printed with their text, those that deny first", async () => {
    const texts = new Map([
      ["a", '{"Statement":[{"Effect":"Allow"}]}'],
      ["d", '{"Statement":[{"Effect":"Deny"}]}'],
    ]);
    let names = "<member>a</member><member>d</member>";
    const { code, stderr, calls } = await run(["revoke", "u"], ({ name, form }) => {
      if (name.startsWith(admin("GET"))) return user({ keys: [{ user: "u", access_key: "AK", secret_key: "sk" }] });
      if (name.startsWith(admin("DELETE"))) {
        names = "";
        return {};
      }
      if (name === "ListUserPolicies")
        return queryReply(name, `<PolicyNames>${names}</PolicyNames><IsTruncated>false</IsTruncated>`);
      if (name === "GetUserPolicy")
        return queryReply(
          name,
          `<PolicyDocument>${encodeURIComponent(texts.get(form.get("PolicyName") ?? "") ?? "")}</PolicyDocument>`,
        );
      return name === "PutUserPolicy" ? queryError("AccessDenied", "no", 403) : undefined;
    });
    expect(code).toBe(1);
    expect(stderr).toContain("Ceph dropped policies of user u with the change, and they could not be put back (no (");
    expect(stderr).toContain('put back d: {"Statement":[{"Effect":"Deny"}]}, a: {"Statement":[{"Effect":"Allow"}]}');
    expect(calls.filter((name) => name === "PutUserPolicy")).toHaveLength(1);
  });

  test("secret keys of an answer are never printed, whatever fails", async () => {
    const secret = "wJalrXUtnFEMIEXAMPLEKEY";
    for (const keys of ["unreadable", [{ user: "u", access_key: "AK", secret_key: secret }]]) {
      const { stdout, stderr } = await run(["list-keys", "u"], ({ name }) =>
        name.startsWith(admin("GET")) ? user({ keys, note: secret }) : undefined,
      );
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  test.each([
    ["an array", "[]"],
    ["no JSON", "<html>"],
    ["keys that are none", JSON.stringify({ user_id: "u", keys: 7 })],
  ])("an answer that is %s is reported as not understood", async (_, body) => {
    const outcome = await run(["list-keys", "u"], ({ name }) => (name.startsWith(admin("GET")) ? { body } : undefined));
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("Ceph's answer is not understood") });
  });

  test("a Ceph whose IAM has users is asked by IAM alone", async () => {
    const { code, stdout, calls } = await run(["list-keys", "u", "--nl"], ({ name }) =>
      name === "ListAccessKeys"
        ? queryReply(name, "<AccessKeyMetadata><member><AccessKeyId>AK</AccessKeyId></member></AccessKeyMetadata>")
        : undefined,
    );
    expect([code, stdout, calls]).toEqual([0, '{"AccessKeyId": "AK"}\n', ["ListAccessKeys"]]);
  });

  test("the refusal of the admin API names the missing capability", async () => {
    const { code, stderr } = await run(["list-users"], ({ name }) =>
      name.startsWith(admin("GET")) ? { status: 403, body: '{"Code":"AccessDenied","Message":""}' } : undefined,
    );
    expect([code, stderr]).toEqual([1, expect.stringMatching(/capability users=\*.*radosgw-admin caps add/)]);
  });
});

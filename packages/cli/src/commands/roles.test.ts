import { afterEach, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import {
  type Call,
  queryError,
  queryReply,
  type Reply,
  scriptedService,
  type ScriptedService,
} from "../test/scripted-service.ts";

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

type Script = Readonly<Record<string, Reply | ((call: Call) => Reply)>>;

async function runOn(script: Script, ...argv: readonly string[]) {
  const on = await scriptedService((call) => {
    const reply = script[call.name];
    return reply === undefined ? {} : typeof reply === "function" ? reply(call) : reply;
  });
  service = on;
  return { ...(await runCommand([...argv, ...on.options])), changes: on.changes() };
}

const list = (action: string, name: string, members: readonly string[]): Reply =>
  queryReply(action, `<${name}>${members.map((member) => `<member>${member}</member>`).join("")}</${name}>`);

const noRole = queryError("NoSuchEntity", "There is none.", 404);
const refused = queryError("MalformedPolicyDocument", "It is not understood.", 400);

const createRole = ["create-role", "r", "bucket-1", "bucket-2", "--trust", "123456789012"];
const secondPolicyFails: Script = {
  GetRole: noRole,
  PutRolePolicy: ({ form }) => (form.get("PolicyName") === "s3.read-write.bucket-2" ? refused : {}),
};

test("create-role: a failure in the middle undoes what was made, last first", async () => {
  const { code, stdout, stderr, changes } = await runOn(secondPolicyFails, ...createRole);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.split("\n").at(-2)).toBe(
    "Error: cannot attach policy s3.read-write.bucket-2 to role r: It is not understood (MalformedPolicyDocument, HTTP 400); check the policy; what this run had made was undone",
  );
  expect(changes).toEqual(["CreateRole", "PutRolePolicy", "PutRolePolicy", "DeleteRolePolicy", "DeleteRole"]);
});

test.each([
  [
    "which it was not",
    queryError("NoSuchEntity", "There is none.", 404),
    /whether that was done, so it was taken back; what/,
  ],
  [
    "which it cannot be",
    queryError("AccessDenied", "No.", 403),
    /whether that was done; if it was, left behind: policy s3.read-write.bucket-1 of role r \(No .*, to be removed with: aws iam delete-role-policy /,
  ],
])("create-role: a policy whose answer is lost is taken back (%s)", async (_name, deleted, said) => {
  const lost = { GetRole: noRole, PutRolePolicy: queryError("InternalFailure", "No word.", 500) };
  const { stderr, changes } = await runOn({ ...lost, DeleteRolePolicy: deleted }, ...createRole);
  expect(stderr).toMatch(said);
  expect(changes.slice(-2)).toEqual(["DeleteRolePolicy", "DeleteRole"]);
});

test("create-role: a role that is made and cannot be read is said to be there", async () => {
  let looks = 0;
  const look = () => (looks++ === 0 ? noRole : queryError("AccessDenied", "No.", 403));
  const { code, stderr } = await runOn({ GetRole: look }, ...createRole, "--silent");
  expect([code, stderr]).toEqual([
    1,
    "Error: role r is made, and cannot be shown; list-roles r shows it: No (AccessDenied, HTTP 403); use credentials that may do this\n",
  ]);
});

test("create-role: what cannot be undone is named, with the command that deletes it", async () => {
  const { stderr } = await runOn(
    { ...secondPolicyFails, DeleteRole: queryError("DeleteConflict", "It is in use.", 409) },
    ...createRole,
  );
  expect(stderr).toContain("left behind: role r (It is in use (DeleteConflict, HTTP 409)");
  expect(stderr).toContain("to be removed with: s3-credentials delete-role r\n");
});

const role: Script = {
  GetRole: queryReply("GetRole", "<Role><RoleName>r</RoleName></Role>"),
  ListRolePolicies: list("ListRolePolicies", "PolicyNames", ["inline"]),
  GetRolePolicy: queryReply("GetRolePolicy", `<PolicyDocument>${encodeURIComponent("{}")}</PolicyDocument>`),
  ListAttachedRolePolicies: list("ListAttachedRolePolicies", "AttachedPolicies", [
    "<PolicyArn>arn:aws:iam::aws:policy/X</PolicyArn>",
  ]),
  ListInstanceProfilesForRole: list("ListInstanceProfilesForRole", "InstanceProfiles", [
    "<InstanceProfileName>web</InstanceProfileName>",
  ]),
};

test("delete-role: everything that belongs to a role goes first", async () => {
  expect(await runOn(role, "delete-role", "r")).toEqual({
    code: 0,
    stderr: "",
    stdout:
      "Role: r\n  Deleted policy: inline\n  Detached policy: arn:aws:iam::aws:policy/X\n  Removed from instance profile: web\n  Deleted role\n",
    changes: ["DeleteRolePolicy", "DetachRolePolicy", "RemoveRoleFromInstanceProfile", "DeleteRole"],
  });
});

test("delete-role: a role that the service keeps is as it was", async () => {
  const { code, stderr, changes } = await runOn(
    { ...role, DeleteRole: queryError("UnmodifiableEntity", "A service needs it.", 400) },
    "delete-role",
    "r",
  );
  expect(code).toBe(1);
  expect(stderr).toBe(
    "Error: role r was not deleted: A service needs it (UnmodifiableEntity, HTTP 400); everything is as it was\n",
  );
  expect(changes.slice(4)).toEqual(["AddRoleToInstanceProfile", "AttachRolePolicy", "PutRolePolicy"]);
});

test("delete-role --plan changes nothing, and a service without roles is not asked", async () => {
  const planned = await runOn(role, "delete-role", "r", "--plan");
  expect(planned.changes).toEqual([]);
  expect(planned.stdout).toBe(
    "Role: r\n  Would delete policy inline\n  Would delete attached policy arn:aws:iam::aws:policy/X\n  Would delete instance profile web\n  Would delete role\n",
  );
  await service?.stop();
  const unasked = await runOn(role, "delete-role", "r", "--provider", "minio");
  expect(unasked).toMatchObject({ code: 1, changes: [] });
  expect(unasked.stderr).toContain("cannot delete a role");
});

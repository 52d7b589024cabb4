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

const list = (action: string, name: string, members: readonly string[]): Reply =>
  queryReply(
    action,
    `<${name}>${members.map((member) => `<member>${member}</member>`).join("")}</${name}><IsTruncated>false</IsTruncated>`,
  );

const plainUser: Readonly<Record<string, Reply>> = {
  GetUser: queryReply("GetUser", "<User><UserName>u</UserName></User>"),
  ListUserPolicies: list("ListUserPolicies", "PolicyNames", ["p-1", "p-2"]),
  GetUserPolicy: queryReply(
    "GetUserPolicy",
    `<PolicyDocument>${encodeURIComponent('{"Version":"2012-10-17"}')}</PolicyDocument>`,
  ),
  ListAccessKeys: list("ListAccessKeys", "AccessKeyMetadata", ["<AccessKeyId>AKIA1</AccessKeyId>"]),
  ListAttachedUserPolicies: list("ListAttachedUserPolicies", "AttachedPolicies", []),
  ListGroupsForUser: queryError("NotImplemented", "No groups here.", 501),
  GetLoginProfile: queryError("NoSuchEntity", "None.", 404),
  ListMFADevices: list("ListMFADevices", "MFADevices", []),
  ListSigningCertificates: list("ListSigningCertificates", "Certificates", []),
  ListSSHPublicKeys: list("ListSSHPublicKeys", "SSHPublicKeys", []),
  ListServiceSpecificCredentials: list("ListServiceSpecificCredentials", "ServiceSpecificCredentials", []),
};

async function deleteUser(argv: readonly string[], script: Readonly<Record<string, Reply | ((call: Call) => Reply)>>) {
  service = await scriptedService((call) => {
    const reply = { ...plainUser, ...script }[call.name];
    return reply === undefined ? {} : typeof reply === "function" ? reply(call) : reply;
  });
  return { ...(await runCommand(["delete-user", ...argv, ...service.options])), changes: service.changes() };
}

test("policies, keys, the user, as always printed", async () => {
  expect(await deleteUser(["u"], {})).toEqual({
    code: 0,
    stderr: "",
    stdout: "User: u\n  Deleted policy: p-1\n  Deleted policy: p-2\n  Deleted access key: AKIA1\n  Deleted user\n",
    changes: ["DeleteUserPolicy", "DeleteUserPolicy", "DeleteAccessKey", "DeleteUser"],
  });
});

test("everything else that belongs to a user goes too; a person only with --yes", async () => {
  const person: Readonly<Record<string, Reply>> = {
    ListAttachedUserPolicies: list("ListAttachedUserPolicies", "AttachedPolicies", [
      "<PolicyArn>arn:aws:iam::aws:policy/X</PolicyArn>",
    ]),
    ListGroupsForUser: list("ListGroupsForUser", "Groups", ["<GroupName>g</GroupName>"]),
    GetLoginProfile: queryReply("GetLoginProfile", "<LoginProfile><UserName>u</UserName></LoginProfile>"),
    ListMFADevices: list("ListMFADevices", "MFADevices", ["<SerialNumber>arn:aws:iam::1:mfa/u</SerialNumber>"]),
    ListSigningCertificates: list("ListSigningCertificates", "Certificates", ["<CertificateId>C1</CertificateId>"]),
    ListSSHPublicKeys: list("ListSSHPublicKeys", "SSHPublicKeys", ["<SSHPublicKeyId>S1</SSHPublicKeyId>"]),
    ListServiceSpecificCredentials: list("ListServiceSpecificCredentials", "ServiceSpecificCredentials", [
      "<ServiceSpecificCredentialId>V1</ServiceSpecificCredentialId>",
    ]),
  };
  const refused = await deleteUser(["u"], person);
  expect(refused).toMatchObject({ code: 1, stdout: "", changes: [] });
  expect(refused.stderr).toBe(
    "Error: u has a password and an MFA device: this looks like a person, nothing was deleted; add --yes to delete\n",
  );
  await service?.stop();
  expect((await deleteUser(["u", "--yes"], person)).changes).toEqual([
    "DeleteUserPolicy",
    "DeleteUserPolicy",
    "DetachUserPolicy",
    "RemoveUserFromGroup",
    "DeleteLoginProfile",
    "DeactivateMFADevice",
    "DeleteVirtualMFADevice",
    "DeleteSigningCertificate",
    "DeleteSSHPublicKey",
    "DeleteServiceSpecificCredential",
    "DeleteAccessKey",
    "DeleteUser",
  ]);
});

test("a name among several that does not exist changes nothing", async () => {
  const outcome = await deleteUser(["u", "nobody"], {
    GetUser: ({ form }) =>
      form.get("UserName") === "u" ? (plainUser["GetUser"] ?? {}) : queryError("NoSuchEntity", "No such user.", 404),
  });
  expect(outcome).toMatchObject({ code: 1, stdout: "", changes: [] });
  expect(outcome.stderr).toMatch(
    /^Error: nothing was deleted, cannot look at user nobody: No such user \(NoSuchEntity, HTTP 404\); [^\n]*\n$/,
  );
});

test("not being able to look is not the same as having nothing", async () => {
  const outcome = await deleteUser(["u"], { ListMFADevices: queryError("AccessDenied", "No.", 403) });
  expect(outcome).toMatchObject({ code: 1, stdout: "", changes: [] });
});

test.each(["GetLoginProfile", "ListMFADevices", "ListAttachedUserPolicies"])(
  "a service that fails to answer %s has such things nevertheless, so nothing is deleted",
  async (action) => {
    const outcome = await deleteUser(["u"], { [action]: queryError("InternalFailure", "Try later.", 500) });
    expect(outcome).toMatchObject({ code: 1, stdout: "", changes: [] });
    expect(outcome.stderr).toBe(
      "Error: nothing was deleted, cannot look at user u: Try later (InternalFailure, HTTP 500)\n",
    );
  },
);

test("what may be gone, because no answer came, is put back too", async () => {
  const outcome = await deleteUser(["u"], {
    DeleteUserPolicy: ({ form }) =>
      form.get("PolicyName") === "p-1" ? queryError("InternalFailure", "Try later.", 500) : {},
  });
  expect(new Set(outcome.changes)).toEqual(new Set(["DeleteUserPolicy", "PutUserPolicy"]));
  expect(service?.calls.at(-1)?.form.get("PolicyName")).toBe("p-1");
  expect(outcome.stderr).toContain("everything is as it was\n");
});

test("a key and a user that may be gone are said to be", async () => {
  const failure = queryError("InternalFailure", "Try later.", 500);
  expect((await deleteUser(["u"], { DeleteAccessKey: failure })).stderr).toContain(
    "user u was not deleted: Try later (InternalFailure, HTTP 500); gone: access key AKIA1 perhaps; still there: the user,",
  );
  await service?.stop();
  expect((await deleteUser(["u"], { DeleteUser: failure })).stderr).toContain(
    "it is not known whether user u was deleted: Try later (InternalFailure, HTTP 500); gone: access key AKIA1; still there: the user perhaps,",
  );
  await service?.stop();
  const bare = { ListAccessKeys: list("ListAccessKeys", "AccessKeyMetadata", []), DeleteUser: failure };
  expect((await deleteUser(["u"], bare)).stderr).toContain("; if the user is still there, everything is as it was\n");
});

test("a failure before anything is lost for good leaves the user as it was", async () => {
  const outcome = await deleteUser(["u"], {
    DeleteUserPolicy: ({ form }) => (form.get("PolicyName") === "p-1" ? {} : queryError("AccessDenied", "No.", 403)),
  });
  expect(outcome.changes).toEqual(["DeleteUserPolicy", "DeleteUserPolicy", "PutUserPolicy"]);
  expect(outcome.stderr).toContain("everything is as it was\n");
  expect(service?.calls.at(-1)?.form.get("PolicyDocument")).toBe('{"Version":"2012-10-17"}');
});

test("a failure after a key is gone says what is gone and what is there", async () => {
  const outcome = await deleteUser(["u"], { DeleteUser: queryError("DeleteConflict", "Attached.", 409) });
  expect(outcome.stderr).toContain("gone: access key AKIA1; still there: the user, policy p-1, policy p-2;");
});

test.each([
  [
    "500 and a page, as moto answers",
    "HTTP 500",
    { status: 500, body: "<!doctype html><title>500</title>", headers: { "content-type": "text/html" } },
  ],
  ["an unknown action", "InvalidAction, HTTP 400", queryError("InvalidAction", "Could not find operation.", 400)],
] as const)("a listing the service does not know (%s): it goes on and says so", async (_name, answer, unknown) => {
  const outcome = await deleteUser(["u"], { ListServiceSpecificCredentials: unknown });
  expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining("  Deleted user\n") });
  expect(outcome.stderr).toBe(
    `Warning: the service cannot list the service credentials of user u (${answer}); it may refuse to delete a user that has any\n`,
  );
  expect(outcome.changes.at(-1)).toBe("DeleteUser");
});

test("where DeleteUser refuses, that decides", async () => {
  const outcome = await deleteUser(["u"], {
    ListMFADevices: { status: 500, body: "" },
    ListAccessKeys: list("ListAccessKeys", "AccessKeyMetadata", []),
    DeleteUser: queryError("DeleteConflict", "It has MFA devices.", 409),
  });
  expect(outcome).toMatchObject({
    code: 1,
    changes: ["DeleteUserPolicy", "DeleteUserPolicy", "DeleteUser", "PutUserPolicy", "PutUserPolicy"],
  });
  expect(outcome.stderr).toContain("everything is as it was");
});

test("a failure of what every service has stops it", async () => {
  const outcome = await deleteUser(["u"], { ListAccessKeys: { status: 500, body: "" } });
  expect(outcome).toMatchObject({ code: 1, stdout: "", changes: [] });
});

import { expect, test } from "vitest";
import { CommandError } from "../command-line/failures.ts";
import { parseAuthFile } from "./auth-file.ts";

test("what `create` prints is read back, with or without a token", () => {
  const json =
    '{\n    "UserName": "u",\n    "AccessKeyId": "AKIA1",\n    "Status": "Active",\n    "SecretAccessKey": "s/1"\n}\n';
  expect(parseAuthFile(json, "auth.json")).toEqual({ accessKeyId: "AKIA1", secretAccessKey: "s/1" });
  expect(parseAuthFile('{"AccessKeyId":"A","SecretAccessKey":"B","SessionToken":"C"}', "-")).toEqual({
    accessKeyId: "A",
    secretAccessKey: "B",
    sessionToken: "C",
  });
});

test.each(["assume-role", "get-session-token", "get-federation-token"])("what `aws sts %s` prints", (command) => {
  const Credentials = {
    AccessKeyId: "ASIA1",
    SecretAccessKey: "s/1",
    SessionToken: "tok",
    Expiration: "2027-01-31T12:00:00+00:00",
  };
  const more = {
    "assume-role": { AssumedRoleUser: { AssumedRoleId: "AROA1:s", Arn: "arn:aws:sts::123456789012:assumed-role/r/s" } },
    "get-session-token": {},
    "get-federation-token": { FederatedUser: { FederatedUserId: "123456789012:f", Arn: "a" }, PackedPolicySize: 6 },
  }[command];
  const keys = { accessKeyId: "ASIA1", secretAccessKey: "s/1", sessionToken: "tok" };
  expect(parseAuthFile(JSON.stringify({ Credentials, ...more }, null, 4), "f")).toEqual(keys);
});

test("what `aws iam create-access-key` prints", () => {
  const AccessKey = { UserName: "u", AccessKeyId: "AKIA1", Status: "Active", SecretAccessKey: "s/1" };
  expect(parseAuthFile(JSON.stringify({ AccessKey }), "f")).toEqual({ accessKeyId: "AKIA1", secretAccessKey: "s/1" });
});

test("INI: the first section that has a key, whatever its name and the case of the keys", () => {
  const ini =
    "; comment\n[other]\nregion = x\n\n[one]\nAWS_Access_Key_Id = A\naws_secret_access_key: b=c\n# end\n[two]\naws_access_key_id=Z\n";
  expect(parseAuthFile(ini, "f")).toEqual({ accessKeyId: "A", secretAccessKey: "b=c" });
});

test.each([
  "",
  "{}",
  "[]",
  '"AKIA"',
  '{"AccessKeyId":"A"}',
  '{"Credentials":"A"}',
  '{"Credentials":{"AccessKeyId":"A"}}',
  '{"AccessKeyId":"A","Credentials":{"AccessKeyId":"B","SecretAccessKey":"c"}}',
  '{"AccessKeyId":1,"SecretAccessKey":"b"}',
  '{"AccessKeyId":"A","SecretAccessKey":"b"',
  "aws_access_key_id=A\naws_secret_access_key=B",
  "[default]\nregion=x",
  "[default]\naws_access_key_id=A",
  "AccessKeyId,SecretAccessKey\nA,B",
])("an unknown shape is an error and never a fallback: %j", (text) => {
  expect(() => parseAuthFile(text, "auth")).toThrow(CommandError);
});

test("the message does not repeat what the file holds", () => {
  expect(() => parseAuthFile('{"AccessKeyId":"A","SecretAccessKey":"hunter2hunter2"', "f")).toThrow(
    /^f is not valid JSON; it must be/,
  );
});

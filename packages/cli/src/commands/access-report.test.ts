import { expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { type Call, queryReply, type Reply, scriptedService } from "../test/scripted-service.ts";

const replies: Readonly<Record<string, string>> = {
  GetCallerIdentity: "<Account>111122223333</Account><Arn>arn:aws:iam::111122223333:root</Arn>",
  GetAccountAuthorizationDetails:
    "<IsTruncated>false</IsTruncated><UserDetailList><member><UserName>ann</UserName><Path>/</Path></member></UserDetailList>",
  ListAccountAliases: "<IsTruncated>false</IsTruncated><AccountAliases/>",
  GetAccountPasswordPolicy: "<PasswordPolicy><MinimumPasswordLength>12</MinimumPasswordLength></PasswordPolicy>",
  ListAccessKeys: "<IsTruncated>false</IsTruncated><AccessKeyMetadata/>",
  GetLoginProfile: "<LoginProfile><CreateDate>2020-01-01T00:00:00Z</CreateDate></LoginProfile>",
  GetUser: "<User><UserName>ann</UserName></User>",
  GenerateServiceLastAccessedDetails: "<JobId>job</JobId>",
  GetServiceLastAccessedDetails: [
    "<JobStatus>COMPLETED</JobStatus><IsTruncated>false</IsTruncated><ServicesLastAccessed>",
    "<member><ServiceNamespace>sqs</ServiceNamespace></member>",
    "<member><ServiceNamespace>ec2</ServiceNamespace><LastAuthenticated>2020-01-01T00:00:00Z</LastAuthenticated></member>",
    "<member><ServiceNamespace>s3</ServiceNamespace><LastAuthenticated>2999-01-01T00:00:00Z</LastAuthenticated></member>",
    "</ServicesLastAccessed>",
  ].join(""),
};

/** As AWS answers: its record does not say what was asked of policies, and it has no LookupDataEvents. */
function awsReply({ name, headers }: Call): Reply {
  const target = String(headers["x-amz-target"]);
  if (target.endsWith(".LookupEvents")) return { body: '{"Events":[{"CloudTrailEvent":"{}"}]}' };
  if (target.endsWith(".LookupDataEvents")) return { status: 400, body: '{"__type":"UnknownOperationException"}' };
  if (name.startsWith("GET ")) return { body: "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>" };
  return queryReply(name, replies[name] ?? "");
}

test("at AWS: passwords and services that were not used, and no policy by a record that does not have all", async () => {
  const service = await scriptedService(awsReply);
  const { code, stdout, stderr } = await runCommand(["access-report", ...service.options]);
  await service.stop();
  expect(stderr).toBe("");
  expect(stdout.split("\n").slice(1)).toEqual([
    "This service does not say what was asked of policies, and has no calls on objects: no narrower policies are proposed.",
    "unused: password of user ann, never used",
    "unused: user ann may use the services ec2, sqs, and did not",
    "",
  ]);
  expect([code, service.changes()]).toEqual([1, expect.not.arrayContaining(["PutUserPolicy"])]);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documentedSettings, python } from "../clients.ts";
import { allow, makeUser } from "../fixtures.ts";
import { type RunningGateway, startGateway } from "../gateway.ts";

/** One process for each part; every step is an assertion of Python, which names its line when it fails. */
describe("boto3 of Debian", { timeout: 120_000 }, () => {
  let gateway: RunningGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.stop());

  async function runs(source: string, keys = gateway.admin): Promise<void> {
    const script = `import io, os, urllib.request
from botocore.exceptions import ClientError
from botocore.config import Config
${documentedSettings(gateway, "boto3")}
endpoint = s3.meta.endpoint_url
def fetch(url, **more):
    return urllib.request.urlopen(urllib.request.Request(url, **more))
def refused(call):
    try:
        call()
    except ClientError as error:
        return error.response["Error"]
    raise SystemExit("it was allowed")
${source}
print("ok")
`;
    const { stdout, stderr } = await python(gateway, script, { keys });
    expect(stderr).toBe("");
    expect(stdout).toBe("ok\n");
  }

  test("the client: objects, versions, parts, pages, presigned by version 4, deletions", async () => {
    await runs(`
v4 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
s3.create_bucket(Bucket="boto-bucket")
s3.get_waiter("bucket_exists").wait(Bucket="boto-bucket")
s3.put_bucket_versioning(Bucket="boto-bucket", VersioningConfiguration={"Status": "Enabled"})
key = "sp ace/ü+%~'()*.txt"
one = s3.put_object(Bucket="boto-bucket", Key=key, Body=b"one", Metadata={"colour": "blue"})
two = s3.put_object(Bucket="boto-bucket", Key=key, Body=b"two")
url = v4.generate_presigned_url("get_object", Params={"Bucket": "boto-bucket", "Key": key, "VersionId": one["VersionId"]})
assert fetch(url).read() == b"one"
put = v4.generate_presigned_url("put_object", Params={"Bucket": "boto-bucket", "Key": "presigned"})
fetch(put, data=b"sent", method="PUT")
assert s3.get_object(Bucket="boto-bucket", Key="presigned")["Body"].read() == b"sent"
assert s3.head_object(Bucket="boto-bucket", Key=key, VersionId=one["VersionId"])["Metadata"] == {"colour": "blue"}
s3.upload_fileobj(io.BytesIO(b"x" * (8 * 1024 * 1024 + 1)), "boto-bucket", "parts", ExtraArgs={"ServerSideEncryption": "AES256"})
assert s3.head_object(Bucket="boto-bucket", Key="parts")["ServerSideEncryption"] == "AES256"
assert s3.get_object(Bucket="boto-bucket", Key="parts", Range="bytes=8388607-8388608")["Body"].read() == b"xx"
back = io.BytesIO()
s3.download_fileobj("boto-bucket", "parts", back)
assert back.getvalue() == b"x" * (8 * 1024 * 1024 + 1)
s3.delete_object(Bucket="boto-bucket", Key=key)
assert refused(lambda: s3.get_object(Bucket="boto-bucket", Key=key))["Code"] == "NoSuchKey"
versions = s3.list_object_versions(Bucket="boto-bucket", Prefix="sp ace/")
assert [v["VersionId"] for v in versions["Versions"]] == [two["VersionId"], one["VersionId"]], versions
assert len(versions["DeleteMarkers"]) == 1
for n in range(7):
    s3.put_object(Bucket="boto-bucket", Key=f"page/{n}", Body=b"")
pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket="boto-bucket", Prefix="page/", PaginationConfig={"PageSize": 3}))
assert [len(p["Contents"]) for p in pages] == [3, 3, 1]
deleted = s3.delete_objects(Bucket="boto-bucket", Delete={"Objects": [{"Key": f"page/{n}"} for n in range(7)], "Quiet": True})
assert deleted.get("Errors", []) == []
`);
  });

  test("presigned URLs as the client makes them by itself, by Signature Version 2", async () => {
    await runs(`
s3.create_bucket(Bucket="presigned-bucket")
place = {"Bucket": "presigned-bucket", "Key": "sp ace/ü+%~'()*.txt"}
sign = lambda method, **more: s3.generate_presigned_url(method, Params={**place, **more})
assert "AWSAccessKeyId=" in sign("get_object")
fetch(sign("put_object", ContentType="text/csv"), data=b"sent", method="PUT", headers={"Content-Type": "text/csv"})
got = fetch(sign("get_object", ResponseContentDisposition="attachment"))
assert (got.read(), got.headers["content-type"], got.headers["content-disposition"]) == (b"sent", "text/csv", "attachment")
assert fetch(sign("head_object"), method="HEAD").headers["content-length"] == "4"
assert fetch(sign("delete_object"), method="DELETE").status == 204
assert refused(lambda: s3.head_object(**place))["Code"] == "404"
`);
  });

  test("forms that the client signs, by version 4; those of version 2 are refused by name", async () => {
    await runs(`
from urllib3.filepost import encode_multipart_formdata
v4 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
s3.create_bucket(Bucket="form-bucket")
def send(client, key, bytes, fields={}, conditions=[]):
    post = client.generate_presigned_post("form-bucket", key, Fields=dict(fields), Conditions=[{name: value} for name, value in fields.items()] + conditions)
    body, type = encode_multipart_formdata([*post["fields"].items(), ("file", ("ü 1.txt", bytes, "text/plain"))])
    return fetch(post["url"], data=body, method="POST", headers={"Content-Type": type})
made = send(v4, "up/\${filename}", b"x" * 300000, {"Content-Type": "text/csv", "x-amz-meta-a": "b", "success_action_status": "201"}, [["content-length-range", 1, 300000]])
assert made.status == 201 and b"<Key>up/" in made.read()
[only] = s3.list_objects_v2(Bucket="form-bucket")["Contents"]
head = s3.head_object(Bucket="form-bucket", Key=only["Key"])
assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (300000, "text/csv", {"a": "b"}), head
assert send(v4, "plain", b"").status == 204
def status(call):
    try:
        return call().status
    except urllib.error.HTTPError as error:
        return error.code
assert status(lambda: send(v4, "k", b"four", {}, [["content-length-range", 0, 3]])) == 400
assert status(lambda: send(boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3")), "k", b"x")) == 400
assert s3.list_objects_v2(Bucket="form-bucket")["KeyCount"] == 2
`);
  });

  test("the resources: buckets, objects, copies, collections, versions", async () => {
    await runs(`
resource = boto3.resource("s3", endpoint_url=endpoint)
bucket = resource.create_bucket(Bucket="resource-bucket")
bucket.Versioning().enable()
bucket.upload_fileobj(io.BytesIO(b"first"), "one", ExtraArgs={"ContentType": "text/plain", "StorageClass": "STANDARD_IA"})
one = bucket.Object("one")
assert (one.content_type, one.content_length, one.storage_class) == ("text/plain", 5, "STANDARD_IA")
bucket.Object("two").put(Body=b"second")
bucket.copy({"Bucket": "resource-bucket", "Key": "one"}, "deep/copy")
bucket.Object("deep/copy").wait_until_exists()
assert [summary.key for summary in bucket.objects.all()] == ["deep/copy", "one", "two"]
assert [summary.key for summary in bucket.objects.filter(Prefix="deep/").limit(1)] == ["deep/copy"]
assert bucket.Object("deep/copy").get()["Body"].read() == b"first"
one.delete()
assert len(list(bucket.object_versions.filter(Prefix="one"))) == 2
assert refused(bucket.delete)["Code"] == "BucketNotEmpty"
bucket.object_versions.delete()
bucket.delete()
bucket.wait_until_not_exists()
`);
  });

  test("headers beyond ASCII: every byte comes back", async () => {
    await runs(`
name = 'attachment; filename="café à la carte, voilà"'
s3.create_bucket(Bucket="headers-bucket")
s3.put_object(Bucket="headers-bucket", Key="boto", Body=b"x", ContentDisposition=name)
raw = lambda answer: answer["ContentDisposition"].encode("latin-1").decode("utf-8")
assert raw(s3.head_object(Bucket="headers-bucket", Key="boto")) == name
assert raw(s3.get_object(Bucket="headers-bucket", Key="boto")) == name
s3.copy_object(Bucket="headers-bucket", Key="copy", CopySource="headers-bucket/boto")
assert raw(s3.head_object(Bucket="headers-bucket", Key="copy")) == name
presigner = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
url = presigner.generate_presigned_url("get_object", Params={"Bucket": "headers-bucket", "Key": "boto", "ResponseContentDisposition": name})
assert fetch(url).headers["content-disposition"].encode("latin-1").decode("utf-8") == name
`);
  });

  test("iam and sts, and what is refused says why", async () => {
    const reader = await makeUser(gateway, "boto-reader", {
      policy: allow("s3:ListBucket", "arn:aws:s3:::why-bucket"),
    });
    await runs(`
iam = boto3.client("iam", endpoint_url=endpoint)
iam.create_user(UserName="boto-user")
iam.get_waiter("user_exists").wait(UserName="boto-user")
assert "boto-user" in [user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]]
key = iam.create_access_key(UserName="boto-user")["AccessKey"]
user = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
assert user.client("sts", endpoint_url=endpoint).get_caller_identity()["Arn"].endswith(":user/boto-user")
s3.create_bucket(Bucket="why-bucket")
error = refused(lambda: user.client("s3", endpoint_url=endpoint).list_objects_v2(Bucket="why-bucket"))
assert error["Code"] == "AccessDenied" and "is not authorized to perform: s3:ListBucket" in error["Message"], error
assert refused(lambda: s3.head_object(Bucket="why-bucket", Key="not-there"))["Code"] == "404"
`);
    await runs(
      `
assert s3.list_objects_v2(Bucket="why-bucket")["KeyCount"] == 0
assert "${reader.arn} is not authorized to perform: s3:PutObject" in refused(lambda: s3.put_object(Bucket="why-bucket", Key="no"))["Message"]
`,
      reader.keys,
    );
  });

  test("iam and sts: a device, passwords, tags of a policy, pages of the whole account, the credential report", async () => {
    await runs(`
import base64, hashlib, hmac, json, struct, time
iam = boto3.client("iam", endpoint_url=endpoint)
sts = boto3.client("sts", endpoint_url=endpoint)
account = sts.get_caller_identity()["Account"]
document = lambda *statements: json.dumps({"Version": "2012-10-17", "Statement": statements})
policy = iam.create_policy(PolicyName="boto-policy", PolicyDocument=document({"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}), Tags=[{"Key": "team", "Value": "red é"}])["Policy"]
iam.tag_policy(PolicyArn=policy["Arn"], Tags=[{"Key": "cost", "Value": "7"}])
iam.untag_policy(PolicyArn=policy["Arn"], TagKeys=["team"])
assert iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"] == [{"Key": "cost", "Value": "7"}]

iam.create_user(UserName="boto-mfa")
iam.attach_user_policy(UserName="boto-mfa", PolicyArn=policy["Arn"])
key = iam.create_access_key(UserName="boto-mfa")["AccessKey"]
user = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
device = iam.create_virtual_mfa_device(VirtualMFADeviceName="boto-phone")["VirtualMFADevice"]
assert device["QRCodePNG"].startswith(b"\\x89PNG")
def code(steps_ago):
    digest = hmac.new(base64.b32decode(device["Base32StringSeed"]), struct.pack(">Q", now - steps_ago), hashlib.sha1).digest()
    return "%06d" % ((struct.unpack_from(">I", digest, digest[19] & 15)[0] & 0x7fffffff) % 1000000)
now = int(time.time() / 30)
serial = device["SerialNumber"]
iam.enable_mfa_device(UserName="boto-mfa", SerialNumber=serial, AuthenticationCode1=code(1), AuthenticationCode2=code(0))
assert [d["SerialNumber"] for page in iam.get_paginator("list_mfa_devices").paginate(UserName="boto-mfa") for d in page["MFADevices"]] == [serial]
assert refused(user.client("s3", endpoint_url=endpoint).list_buckets)["Code"] == "AccessDenied"
given = user.client("sts", endpoint_url=endpoint).get_session_token(SerialNumber=serial, TokenCode=code(-1))["Credentials"]
session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
session.client("s3", endpoint_url=endpoint).list_buckets()

iam.update_account_password_policy(MinimumPasswordLength=14, RequireNumbers=True, AllowUsersToChangePassword=True)
assert iam.get_account_password_policy()["PasswordPolicy"]["MinimumPasswordLength"] == 14
assert refused(lambda: iam.create_login_profile(UserName="boto-mfa", Password="short"))["Code"] == "PasswordPolicyViolation"
iam.create_login_profile(UserName="boto-mfa", Password="Correct-Horse-10")
user.client("iam", endpoint_url=endpoint).change_password(OldPassword="Correct-Horse-10", NewPassword="Battery-Staple-20")
iam.delete_account_password_policy()

pages = list(iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig={"PageSize": 2}))
assert len(pages) > 1
details = [user for page in pages for user in page["UserDetailList"] if user["UserName"] == "boto-mfa"]
assert [one["AttachedManagedPolicies"] for one in details] == [[{"PolicyName": "boto-policy", "PolicyArn": policy["Arn"]}]], details
held = [p for page in pages for p in page["Policies"] if p["Arn"] == policy["Arn"]]
assert [p["PolicyVersionList"][0]["Document"]["Statement"][0]["Action"] for p in held] == ["s3:ListAllMyBuckets"], held
summary = iam.get_account_summary()["SummaryMap"]
assert (summary["MFADevices"], summary["MFADevicesInUse"], summary["AccountPasswordPresent"]) == (1, 1, 0), summary

while iam.generate_credential_report()["State"] != "COMPLETE":
    time.sleep(0.1)
rows = [line.split(",") for line in iam.get_credential_report()["Content"].decode().splitlines()]
row = dict(zip(rows[0], [line for line in rows if line[0] == "boto-mfa"][0]))
assert (row["password_enabled"], row["mfa_active"], row["access_key_1_active"]) == ("true", "true", "true"), row
assert iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["UserName"] == "boto-mfa"
`);
  });

  test("S3 Control: the public access block of the account, with its id before the host's name", async () => {
    await runs(`
import socket
account = boto3.client("sts", endpoint_url=endpoint).get_caller_identity()["Account"]
# What a record of the domain name system does.
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: resolve("127.0.0.1" if host == account + ".gateway.test" else host, *rest, **more)
asked = []
control = boto3.client("s3control", endpoint_url=f"http://gateway.test:{endpoint.rsplit(':', 1)[1]}", region_name="us-east-1")
control.meta.events.register("before-send.s3-control.*", lambda request, **_: asked.append(request.url))
error = refused(lambda: control.get_public_access_block(AccountId=account))
assert error["Code"] == "NoSuchPublicAccessBlockConfiguration", error
block = {"BlockPublicAcls": True, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": False}
control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=block)
assert control.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"] == block
s3.create_bucket(Bucket="boto-control")
s3.delete_public_access_block(Bucket="boto-control")
policy = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::boto-control/*"}}'
assert refused(lambda: s3.put_bucket_policy(Bucket="boto-control", Policy=policy))["Code"] == "AccessDenied"
control.delete_public_access_block(AccountId=account)
s3.put_bucket_policy(Bucket="boto-control", Policy=policy)
assert refused(lambda: control.list_jobs(AccountId=account))["Code"] == "NotImplemented"
assert all(url.startswith(f"http://{account}.gateway.test") for url in asked), asked
`);
  });
});

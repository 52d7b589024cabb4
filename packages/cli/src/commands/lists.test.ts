import { afterEach, expect, test } from "vitest";
import { runCommand } from "../test/run-command.ts";
import { queryReply, type Reply, s3Error, scriptedService, type ScriptedService } from "../test/scripted-service.ts";

let service: ScriptedService | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function listed(argv: readonly string[], script: Readonly<Record<string, Reply>>) {
  service = await scriptedService(({ name }) => script[name] ?? s3Error("NotImplemented", `no ${name}`, 501));
  return runCommand([...argv, ...service.options]);
}

const users = queryReply(
  "ListUsers",
  `<Users>
    <member><UserId>AIDA1</UserId><Path>/</Path><UserName>one</UserName><Arn>arn:aws:iam::1:user/one</Arn><CreateDate>2021-11-03T01:38:24Z</CreateDate>
      <PasswordLastUsed>2022-01-02T03:04:05.678901Z</PasswordLastUsed><New>x</New>
      <Tags><member><Key>k</Key><Value>é</Value></member></Tags></member>
    <member><Path>/</Path><UserName>two</UserName><UserId>AIDA2</UserId><Arn>arn:aws:iam::1:user/two</Arn><CreateDate>2021-11-03T01:38:24.000Z</CreateDate></member>
  </Users><IsTruncated>false</IsTruncated>`,
);

test("users are printed with every field of the model in its order, dates as the wire has them", async () => {
  const { stdout } = await listed(["list-users", "--nl"], { ListUsers: users });
  expect(stdout).toBe(
    '{"Path": "/", "UserName": "one", "UserId": "AIDA1", "Arn": "arn:aws:iam::1:user/one", "CreateDate": "2021-11-03 01:38:24+00:00", "PasswordLastUsed": "2022-01-02 03:04:05.678901+00:00", "Tags": [{"Key": "k", "Value": "\\u00e9"}]}\n' +
      '{"Path": "/", "UserName": "two", "UserId": "AIDA2", "Arn": "arn:aws:iam::1:user/two", "CreateDate": "2021-11-03 01:38:24+00:00"}\n',
  );
});

test("users as CSV", async () => {
  const { stdout } = await listed(["list-users", "--csv"], { ListUsers: users });
  expect(stdout.split("\r\n")[0]).toBe("UserName,UserId,Arn,Path,CreateDate,PasswordLastUsed,PermissionsBoundary,Tags");
  expect(stdout.split("\r\n").at(-2)).toBe("two,AIDA2,arn:aws:iam::1:user/two,/,2021-11-03 01:38:24+00:00,,,");
});

const buckets = {
  body: "<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets><Bucket><CreationDate>2021-03-25T22:19:54.000Z</CreationDate><Name>one</Name></Bucket><Bucket><Name>two</Name><CreationDate>2021-11-03T21:46:12.000Z</CreationDate></Bucket></Buckets></ListAllMyBucketsResult>",
};

test("buckets, all and named", async () => {
  const all = await listed(["list-buckets"], { "GET ": buckets });
  expect(all.stdout).toBe(`[
  {
    "Name": "one",
    "CreationDate": "2021-03-25 22:19:54+00:00"
  },
  {
    "Name": "two",
    "CreationDate": "2021-11-03 21:46:12+00:00"
  }
]
`);
  for (const formats of [["--tsv"], ["--csv", "--tsv"]]) {
    await service?.stop();
    expect((await listed(["list-buckets", "two", ...formats], { "GET ": buckets })).stdout).toBe(
      "Name\tCreationDate\r\ntwo\t2021-11-03 21:46:12+00:00\r\n",
    );
  }
});

test("details of a bucket; what is not configured is null, and where a website is only the service knows", async () => {
  const { stdout, stderr } = await listed(["list-buckets", "one", "--details"], {
    "GET ": buckets,
    "GET /one?location": { body: "<LocationConstraint/>" },
    "GET /one?acl": {
      body: '<AccessControlPolicy><Owner><ID>abc</ID><DisplayName>simon</DisplayName></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>abc</ID><DisplayName>simon</DisplayName></Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>',
    },
    "GET /one?publicAccessBlock": s3Error("NoSuchPublicAccessBlockConfiguration", "None.", 404),
    "GET /one?website": {
      body: "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>error.html</Key></ErrorDocument></WebsiteConfiguration>",
      headers: { "x-s3-credentials-website-url": "http://one.sites.example.com/" },
    },
  });
  expect(stderr).toBe("");
  expect(stdout).toBe(`[
  {
    "Name": "one",
    "CreationDate": "2021-03-25 22:19:54+00:00",
    "region": "us-east-1",
    "bucket_acl": {
      "Owner": {
        "DisplayName": "simon",
        "ID": "abc"
      },
      "Grants": [
        {
          "Grantee": {
            "DisplayName": "simon",
            "ID": "abc",
            "Type": "CanonicalUser"
          },
          "Permission": "FULL_CONTROL"
        }
      ]
    },
    "public_access_block": null,
    "bucket_website": {
      "IndexDocument": {
        "Suffix": "index.html"
      },
      "ErrorDocument": {
        "Key": "error.html"
      },
      "url": "http://one.sites.example.com/"
    }
  }
]
`);
});

test("objects: keys that XML cannot carry come percent-encoded and are decoded", async () => {
  const page = (token: string, contents: string) =>
    `<ListBucketResult><Name>b</Name><EncodingType>url</EncodingType>${contents}<IsTruncated>${token === "" ? "false" : "true"}</IsTruncated>${token}</ListBucketResult>`;
  const { stdout } = await listed(["list-bucket", "b", "--prefix", "a/", "--urls", "--nl"], {
    "GET /b?encoding-type=url&list-type=2&prefix=a%2F": {
      body: page(
        "<NextContinuationToken>next</NextContinuationToken>",
        "<Contents><Key>a/%01+x%2B</Key><LastModified>2020-01-05T16:51:01.000Z</LastModified><ETag>&quot;a4cf&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>3360040</Size><StorageClass>STANDARD</StorageClass></Contents>",
      ),
    },
    "GET /b?continuation-token=next&encoding-type=url&list-type=2&prefix=a%2F": {
      body: page("", "<Contents><Key>a/2</Key><Size>0</Size></Contents>"),
    },
  });
  expect(stdout).toBe(
    '{"Key": "a/\\u0001 x+", "LastModified": "2020-01-05 16:51:01+00:00", "ETag": "\\"a4cf\\"", "ChecksumAlgorithm": ["CRC32"], "ChecksumType": "FULL_OBJECT", "Size": 3360040, "StorageClass": "STANDARD", "URL": "https://s3.amazonaws.com/b/a/\u0001 x+"}\n'.replace(
      "\u0001",
      "\\u0001",
    ) + '{"Key": "a/2", "Size": 0, "URL": "https://s3.amazonaws.com/b/a/2"}\n',
  );
});

test("policies of users", async () => {
  const { stdout } = await listed(["list-user-policies", "one"], {
    ListUserPolicies: queryReply(
      "ListUserPolicies",
      "<PolicyNames><member>p</member></PolicyNames><IsTruncated>false</IsTruncated>",
    ),
    GetUserPolicy: queryReply(
      "GetUserPolicy",
      `<PolicyDocument>${encodeURIComponent('{"Version":"2012-10-17","Statement":{"Max":1.0}}')}</PolicyDocument>`,
    ),
  });
  expect(stdout).toBe(
    'User: one\nPolicyName: p\n{\n    "Version": "2012-10-17",\n    "Statement": {\n        "Max": 1.0\n    }\n}\n',
  );
});

test("who one is", async () => {
  const { stdout } = await listed(["whoami"], {
    GetCallerIdentity: queryReply(
      "GetCallerIdentity",
      "<Arn>arn:aws:iam::1:user/u</Arn><UserId>AIDA1</UserId><Account>1</Account>",
    ),
  });
  expect(stdout).toBe('{\n    "UserId": "AIDA1",\n    "Account": "1",\n    "Arn": "arn:aws:iam::1:user/u"\n}\n');
});

test("a service's error is one line and exit 1", async () => {
  expect(
    await listed(["list-bucket", "none"], {
      "GET /none?encoding-type=url&list-type=2": s3Error("NoSuchBucket", "The specified bucket does not exist", 404),
    }),
  ).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "Error: The specified bucket does not exist (NoSuchBucket, HTTP 404); check the name; list-buckets shows what is there\n",
  });
});

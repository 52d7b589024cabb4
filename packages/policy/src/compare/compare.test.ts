import { describe, expect, test } from "vitest";
import { compileLayers } from "../engine/compile-policy.ts";
import type { Policy } from "../model/policy.ts";
import type { Principal } from "../model/request.ts";
import { ABROAD, aws, CANONICAL, HOME, noLayers, policyOf, principals, to, type Written } from "../test/scenario.ts";
import { readOnlyPolicy, readWritePolicy, writeOnlyPolicy } from "../templates/bucket-policies.ts";
import { parsePolicy } from "../parse/parse.ts";
import { checkAccess } from "./check-access.ts";
import { checkPublic } from "./check-public.ts";
import { comparePolicies, isInside } from "./compare-policies.ts";
import { accessOverUnknowns } from "./decide-unknowns.ts";
import { witnessText } from "./witness.ts";

const get = (more: Written = {}): Written => ({
  Effect: "Allow",
  Action: "s3:GetObject",
  Resource: "arn:aws:s3:::b/*",
  ...more,
});
const allow = (...statements: readonly Written[]): Policy => policyOf(statements, "identity");
const when = (condition: Written): Policy => allow(get({ Condition: condition }));

/** `yes`, `unknown: …`, or the request that shows the difference, without who makes it. */
function inside(left: Policy, right: Policy): string {
  const answer = isInside(left, right);
  if (answer.answer === "unknown") return `unknown: ${answer.construct}`;
  if (answer.answer === "yes") return "yes";
  return witnessText(answer.differences[0].witness).replace(/ by arn:aws:iam::999988887777:user\/x(?!\w)/, "");
}

function template(document: unknown): Policy {
  const { policy } = parsePolicy(JSON.stringify(document), "identity");
  if (policy === undefined) throw new Error("not a policy");
  return policy;
}

describe("two policies", () => {
  const [reader, writer, both] = [readOnlyPolicy, writeOnlyPolicy, readWritePolicy].map((one) =>
    template(one("my-bucket")),
  );
  if (reader === undefined || writer === undefined || both === undefined) throw new Error("a template is missing");

  test.each([
    [reader, both, "narrower"],
    [both, reader, "wider"],
    [reader, writer, "disjoint"],
    [both, template(readWritePolicy("other-bucket")), "disjoint"],
    [allow(get(), get({ Action: "s3:PutObject" })), allow(get(), get({ Action: "s3:DeleteObject" })), "incomparable"],
    [
      allow(get({ Action: "s3:Get*" }), get({ Action: "s3:GetObject" })),
      allow(get({ Action: "S3:get*" })),
      "equivalent",
    ],
    [template(readOnlyPolicy("b-1", { prefix: "a/" })), template(readOnlyPolicy("b-1")), "narrower"],
  ])("are compared, %#", (left, right, relation) => {
    expect(comparePolicies(left, right).relation).toBe(relation);
  });

  test("a condition that every value fulfils still needs its key, whatever way leads to the request", () => {
    const anyTransport = { Bool: { "aws:SecureTransport": ["true", "false"] } };
    const old = { DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } };
    const object = { Resource: "*" };
    const left = allow(
      get({ ...object, Effect: "Deny", Condition: old }),
      get({ ...object, Action: ["s3:Put*", "s3:Get*"] }),
    );
    const right = allow(get(object), get({ Action: "s3:*", Resource: "arn:aws:s3:::*/a", Condition: anyTransport }));
    expect(comparePolicies(left, right).relation).toBe("incomparable");
    expect(comparePolicies(right, left).relation).toBe("incomparable");
  });

  test("a witness is a real action on a resource that it has", () => {
    expect(inside(both, reader)).toBe("s3:PutObject on arn:aws:s3:::my-bucket/x");
    expect(inside(allow(get({ Action: "*", Resource: "*" })), reader)).toBe("s3:PutObject on arn:aws:s3:::x/x");
  });

  test("each statement that makes a difference has its own", () => {
    const answer = isInside(
      allow(get(), get({ Action: "s3:PutObject" }), get({ Action: "s3:DeleteObject" })),
      allow(get()),
    );
    expect(answer.answer === "no" && answer.differences.map(({ statement }) => statement)).toEqual([1, 2]);
  });
});

describe("what is easily overlooked", () => {
  test.each([
    [
      "an address may be of IPv6, or not be known",
      get(),
      { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } },
      "without aws:sourceip",
    ],
    [
      "numbers have fractions",
      get({ Condition: { NumericLessThan: { "s3:max-keys": 11 } } }),
      { NumericLessThanEquals: { "s3:max-keys": 10 } },
      's3:max-keys "10.5"',
    ],
    [
      "a set without elements is in every set",
      get({ Condition: { "ForAllValues:StringEquals": { "aws:TagKeys": "a" } } }),
      { "ForAnyValue:StringEquals": { "aws:TagKeys": "a" } },
      "without aws:tagkeys",
    ],
    [
      "a negated operator holds for an absent key",
      get({ Condition: { StringNotEquals: { "s3:prefix": "a" } } }),
      { Null: { "s3:prefix": "false" } },
      "without s3:prefix",
    ],
  ])("%s", (_, left, condition, expected) => {
    expect(inside(allow(left), when(condition))).toContain(expected);
  });

  test("no request was made before 1970, whose seconds would be no date", () => {
    const since = { NumericGreaterThanEquals: { "aws:EpochTime": "0" } };
    expect(inside(allow(get()), when(since))).toBe("yes");
  });

  test("a bucket's name with a wildcard is more than the bucket and its objects", () => {
    const exact = allow(get({ Resource: ["arn:aws:s3:::b", "arn:aws:s3:::b/*"] }));
    expect(inside(allow(get({ Resource: "arn:aws:s3:::b*" })), exact)).toMatch(
      /^s3:GetObject on arn:aws:s3:::b[a-z]\/x$/,
    );
  });

  test("a Deny only shrinks", () => {
    const secret = get({ Effect: "Deny", Resource: "arn:aws:s3:::b/secret/*" });
    expect(inside(allow(get(), secret), allow(get()))).toBe("yes");
    expect(inside(allow(get()), allow(get(), secret))).toBe("s3:GetObject on arn:aws:s3:::b/secret/");
  });

  test("two statements can cover what neither covers", () => {
    const halves = allow(
      get({ Condition: { NumericLessThan: { "s3:max-keys": 10 } } }),
      get({ Condition: { NumericGreaterThanEquals: { "s3:max-keys": 10 } } }),
      get({ Condition: { Null: { "s3:max-keys": "true" } } }),
    );
    expect(inside(allow(get()), halves)).toBe("yes");
  });

  test("a role session may come from an identity provider", () => {
    expect(
      inside(
        when({ StringEquals: { "aws:FederatedProvider": "accounts.example.com" } }),
        allow(get({ Action: "s3:PutObject" })),
      ),
    ).toContain("a session of arn:aws:iam::999988887777:role/x");
  });

  test("what needs no permission makes no difference", () => {
    const free = ["sts:GetCallerIdentity", "sts:GetSessionToken"];
    expect(inside(allow(get({ Action: free, Resource: "*" })), allow(get()))).toBe("yes");
  });

  test("ARN operators hold their wildcards inside a part", () => {
    const arn = { ArnLike: { "aws:SourceArn": "arn:aws:s3:*:*:a" } };
    const text = { StringLike: { "aws:SourceArn": "arn:aws:s3:*:*:a" } };
    expect(inside(when(arn), when(text))).toBe("yes");
    expect(inside(when(text), when(arn))).toContain("aws:sourcearn");
  });
});

describe("variables", () => {
  const home = (rest: string): Policy => allow(get({ Resource: `arn:aws:s3:::b/\${aws:username}/${rest}` }));

  test("are some text, and the same text everywhere", () => {
    expect(inside(home("*"), allow(get()))).toBe("yes");
    expect(inside(home("a*"), home("*"))).toBe("yes");
    expect(inside(home("*"), home("a*"))).toMatch(
      /^s3:GetObject on arn:aws:s3:::b\/(\w+)\/ by arn:aws:iam::999988887777:user\/\1$/,
    );
  });

  test("meet names that another statement has", () => {
    const others = allow(get(), get({ Effect: "Deny", Resource: "arn:aws:s3:::b/${aws:username}/*" }));
    const shared = allow(get({ Resource: "arn:aws:s3:::b/shared/*" }));
    expect(inside(shared, others)).toBe(
      "s3:GetObject on arn:aws:s3:::b/shared/ by arn:aws:iam::999988887777:user/shared",
    );
  });

  test("of a name go with the ARN that has it", () => {
    const staff = "arn:aws:iam::111122223333:user/staff/*";
    const others = get({ Effect: "Deny", Resource: "*", Condition: { ArnNotLike: { "aws:PrincipalArn": staff } } });
    const own = get({ Resource: "arn:aws:s3:::b/${aws:username}/*" });
    const wide = inside(allow(own, get({ Resource: "arn:aws:s3:::c/*" }), others), allow(own, others));
    expect(wide).toMatch(/^s3:GetObject on arn:aws:s3:::c\/\w* by arn:aws:iam::111122223333:user\/staff\//);
    const both = { ArnLike: { "aws:PrincipalArn": staff }, StringLike: { "aws:username": "a*" } };
    expect(inside(when(both), allow(get({ Action: "s3:PutObject" })))).toMatch(/user\/staff\/a\w*/);
  });

  test("that hold the id of the caller have its form", () => {
    const home = (rest: string): Policy => allow(get({ Resource: `arn:aws:s3:::b/home/${rest}` }));
    const own = home("${aws:userid}/*");
    for (const other of [home("${aws:userid}/a*"), home("a/*"), allow(get({ Resource: "arn:aws:s3:::c/*" }))])
      expect(inside(own, other)).toMatch(/^s3:GetObject on arn:aws:s3:::b\/home\/AIDA\w+\//);
    expect(inside(home("a/*"), own)).toMatch(/^s3:GetObject on arn:aws:s3:::b\/home\/a\//);
    expect(inside(home("${aws:userid}/a*"), own)).toBe("yes");
  });

  test("that would have to be aligned twice are not guessed at", () => {
    const left = allow(get({ Resource: "arn:aws:s3:::b/${s3:prefix}a${s3:prefix}" }));
    const right = allow(get({ Resource: "arn:aws:s3:::b/*a${s3:prefix}*" }));
    expect(["yes", "unknown: the variable ${s3:prefix}"]).toContain(inside(left, right));
  });
});

test("work has a limit, and beyond it there is no answer", () => {
  const letters = [..."abcdefghijklmnop"];
  const infixes = letters.map((letter) =>
    get({ Effect: "Deny", Condition: { StringNotLike: { "s3:prefix": `*${letter}*` } } }),
  );
  const answer = isInside(allow(get(), ...infixes), allow(get({ Action: "s3:PutObject" })), { steps: 2000 });
  expect(answer).toEqual({ answer: "unknown", construct: "the limit of 2000 steps" });
});

test("what is written in both needs no search", () => {
  const many = get({ Resource: "arn:aws:s3:::b/${aws:PrincipalTag/a}/${s3:a}/${s3:b}/${s3:c}/${s3:d}" });
  const [deny, other] = [
    get({ Effect: "Deny", Resource: "*", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
    get(),
  ];
  const renamed = { ...many, Sid: "Many", Action: ["s3:GetObject"] };
  expect(comparePolicies(allow(many, deny), allow(deny, renamed)).relation).toBe("equivalent");
  expect(isInside(allow(many, deny), allow(many, other)).answer).toBe("yes");
  // A Deny of the second alone may take away what both allow. That is found with some values of the variables; a proof is not.
  expect(isInside(allow(many), allow(many, deny)).answer).toBe("no");
  expect(isInside(allow(many), allow({ ...many, Action: ["s3:GetObject", "s3:PutObject"] })).answer).toBe("unknown");
  expect(isInside(allow(other), allow(other, deny)).answer).toBe("no");
});

describe("policies of resources", () => {
  const on = (...statements: readonly Written[]): Policy => policyOf(statements, "resource");

  test("naming an account delegates, naming its user grants", () => {
    const [user, account] = [on(to(aws(principals.user.arn))), on(to(aws(HOME)))];
    const answer = isInside(user, account);
    expect(answer.answer === "no" && answer.differences[0].grants).toBe("without identity policies");
    expect(isInside(user, account, { strengths: false }).answer).toBe("yes");
  });

  test("of different kinds are not compared", () => {
    const trust = policyOf({ Effect: "Allow", Principal: aws(ann), Action: "sts:AssumeRole" }, "trust");
    for (const other of [on(to("*")), allow(get())]) {
      const answers = [isInside(trust, other), isInside(other, trust)];
      expect(answers.map(({ answer }) => answer)).toEqual(["unknown", "unknown"]);
    }
  });

  test("everyone is more than an account, and a public one is found", () => {
    expect(comparePolicies(on(to("*")), on(to(aws(HOME)))).relation).toBe("wider");
    expect(checkPublic(on(to("*")))).toMatchObject({
      answer: "no",
      outside: [{ who: "everyone" }, { who: "any-account" }],
    });
    expect(checkPublic(on(to(aws(HOME))), { account: HOME })).toEqual({ answer: "yes", outside: [] });
    expect(checkPublic(on(to(aws(ABROAD))), { account: HOME })).toMatchObject({
      answer: "no",
      outside: [{ who: "account", name: ABROAD }],
    });
    expect(checkPublic(on(to("*")), { restrictPublicBuckets: true }).answer).toBe("yes");
  });

  const services = { Bool: { "aws:PrincipalIsAWSService": "true" } };
  /** Those that stand for all others in answers about policies that do not name them. */
  const madeUpAccounts = ["999988887777", "888877776666", "777766665555", "666655554444"];
  const ann = principals.user.arn;
  test.each<[string, Written, readonly Written[], (readonly Written[])?]>([
    ["services, by a condition on everyone", to("*", get({ Condition: services })), [to(aws(HOME))]],
    [
      "federated users, by the user who makes them",
      to(aws(ann), get({ Condition: { ArnNotEquals: { "aws:PrincipalArn": ann } } })),
      [to(aws(HOME), get({ Action: "s3:PutObject" }))],
    ],
    [
      "sessions of GetSessionToken, as the user beyond a boundary",
      to(aws(ann), get({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } })),
      [to("*", get({ Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }))],
    ],
    [
      "users of the name that a user of another account has",
      to("*", get({ Condition: { StringEquals: { "aws:username": "ann" } } })),
      [to(aws(`arn:aws:iam::${ABROAD}:user/ann`))],
    ],
    [
      "sessions by their name, of a role in a path that a Deny spares",
      to(aws(principals.roleSession.arn)),
      [to(aws(ann))],
      [
        {
          ...get({ Effect: "Deny" }),
          NotPrincipal: aws(HOME, principals.roleSession.roleArn, principals.roleSession.arn),
        },
      ],
    ],
    [
      "users that are named by what they are, of an account by its canonical id",
      to({ CanonicalUser: CANONICAL }, get({ Condition: { ArnEquals: { "aws:PrincipalArn": ann } } })),
      [to(aws(ann), get({ Action: "s3:PutObject" }))],
    ],
    [
      "sessions by their name, where ids of roles are known",
      to(aws("AROAREADERREADERREADE:monday")),
      [to(aws("AROAREADERREADERREADE"))],
    ],
    [
      "sessions by their name, of any role that a Deny does not name",
      to(aws(principals.roleSession.arn)),
      [to(aws(ann))],
      [to(aws(`arn:aws:iam::${HOME}:role/reader`), get({ Effect: "Deny" }))],
    ],
  ])("let in %s", (_, left, right, denies = []) => {
    expect(isInside(on(left, ...denies), on(...right)).answer).toBe("no");
  });

  const provider = `arn:aws:iam::${HOME}:oidc-provider/issuer.example`;
  const federated = `arn:aws:sts::${HOME}:federated-user/fay`;
  test.each<[string, unknown, unknown]>([
    ["a provider and a role", { Federated: provider }, aws(`arn:aws:iam::${HOME}:role/reader`)],
    ["a provider and the id of a role", { Federated: provider }, aws("AROAREADERREADERREADE")],
    ["a federated user and who asks for it", aws(ann), aws(federated)],
    ["a user and an id", aws(ann), aws("AIDAANNANNANNANNANNAN")],
    ["a user and the canonical id of the account", aws(ann), { CanonicalUser: "7".repeat(64) }],
    ["the id and the session of a role", aws("AROAREADERREADERREADE"), aws(principals.roleSession.arn)],
  ])("one caller can be named twice: by %s", (_, allowed, denied) => {
    const deny = get({ Effect: "Deny", Principal: denied });
    expect(isInside(on(to(allowed)), on(to(allowed), deny)).answer).toBe("no");
  });

  test("a role that lets in everyone does not let in whom a token names", () => {
    const trust = (Principal: unknown): Policy => policyOf({ Effect: "Allow", Principal, Action: "sts:*" }, "trust");
    const [web, everyone] = [trust({ Federated: provider }), trust("*")];
    expect(isInside(web, everyone).answer).toBe("no");
    expect(isInside(web, trust({ AWS: "*", Federated: provider })).answer).toBe("yes");
  });

  test.each<[string, Written, "no" | "unknown"]>([
    ["many account numbers", { StringNotEquals: { "aws:PrincipalAccount": madeUpAccounts } }, "no"],
    ["numbers below a limit", { NumericLessThan: { "aws:PrincipalAccount": "900000000000" } }, "unknown"],
    ["a part of an ARN", { StringNotLike: { "aws:PrincipalArn": "arn:*9999888877??:*" } }, "unknown"],
    ["a part of an id", { StringNotLike: { "aws:userid": "9999888877??:*" } }, "unknown"],
    ["names with numbers", { StringNotLike: { "aws:PrincipalArn": "*/ann2*" } }, "no"],
  ])("a condition on %s does not hide that all other accounts are let in", (_, condition, answer) => {
    const signed = { Null: { "aws:PrincipalAccount": "false" } };
    expect(checkPublic(on(to("*", get({ Condition: { ...signed, ...condition } })))).answer).toBe(answer);
  });

  test("a service that is named does not stand for all others", () => {
    const named = on(to({ Service: "service.amazonaws.com" }));
    expect(isInside(on(to("*", get({ Condition: services }))), named).answer).toBe("no");
    const byName = { StringEquals: { "aws:PrincipalServiceName": "service.amazonaws.com" } };
    expect(isInside(on(to("*", get({ Condition: byName }))), named).answer).toBe("yes");
  });

  test.each([
    ["trust", { Action: "sts:AssumeRoleWithWebIdentity" }, "an identity of accounts.google.com"],
    ["resource", { Action: "s3:GetObject", Resource: "*" }, "a session of arn:aws:iam::999988887777:role/x for an"],
  ] as const)("a provider lets in whoever it knows, by a %s policy", (kind, rest, by) => {
    const Principal = { Federated: "accounts.google.com" };
    const answer = checkPublic(policyOf({ Effect: "Allow", Principal, ...rest }, kind));
    expect(answer).toMatchObject({ answer: "no", outside: [{ who: "provider", name: "accounts.google.com" }] });
    expect(answer.answer === "no" && witnessText(answer.outside[0]?.witness ?? fail())).toContain(` by ${by}`);
    const wider = policyOf({ Effect: "Allow", Principal: { ...Principal, AWS: "*" }, ...rest }, kind);
    const anybody = kind === "trust" ? ["provider", "everyone", "any-account"] : ["everyone", "any-account"];
    expect(checkPublic(wider)).toMatchObject({ outside: anybody.map((who) => ({ who })) });
  });

  test("a condition that nobody outside meets makes it private", () => {
    // Who does not sign has no `aws:PrincipalIsAWSService`: such a Deny spares the anonymous.
    const spared = {
      StringNotEquals: { "aws:PrincipalAccount": HOME },
      Bool: { "aws:PrincipalIsAWSService": "false" },
    };
    const perimeter = (Condition: Written) =>
      checkPublic(on(to("*"), to("*", get({ Effect: "Deny", Condition }))), { account: HOME });
    expect(perimeter(spared)).toMatchObject({ answer: "no", outside: [{ who: "everyone" }] });
    const { Bool: BoolIfExists, ...rest } = spared;
    expect(perimeter({ ...rest, BoolIfExists }).answer).toBe("yes");
    expect(checkPublic(on(to("*", get({ Condition: services }))))).toMatchObject({
      answer: "yes",
      outside: [{ who: "service", name: undefined }],
    });
    const own = to("*", get({ Condition: { StringEquals: { "aws:PrincipalAccount": HOME } } }));
    expect(checkPublic(on(own), { account: HOME }).answer).toBe("yes");
    const organized = {
      StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
      StringLike: { "aws:userid": "AROAREADERREADERREADE:*" },
      Bool: { "aws:MultiFactorAuthPresent": "true" },
    };
    const member = checkPublic(on(to("*", get({ Condition: organized }))));
    const text = member.answer === "no" ? witnessText(member.outside[0]?.witness ?? fail()) : "";
    for (const said of ['aws:principalorgid "o-a1b2c3d4e5"', 'aws:userid "AROAREADERREADERREADE:', 'present "true"'])
      expect(text).toContain(said);
    const near = to("*", get({ Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }));
    const answer = checkPublic(on(near));
    expect(answer.answer === "no" && witnessText(answer.outside[0]?.witness ?? fail())).toContain(
      'aws:sourceip "203.0.113.0"',
    );
  });
});

function fail(): never {
  throw new Error("there is no witness");
}

describe("nothing outside", () => {
  const bounds = { buckets: ["my-bucket"], prefixes: ["reports/"] };

  test.each([readOnlyPolicy, writeOnlyPolicy, readWritePolicy])("the templates keep to their prefix, %#", (one) => {
    expect(checkAccess(template(one("my-bucket", { prefix: "reports/" })), bounds)).toEqual({ answer: "yes" });
    expect(checkAccess(template(one("my-bucket")), bounds).answer).toBe("no");
    expect(checkAccess(template(one("my-bucket")), { buckets: ["my-bucket"] })).toEqual({ answer: "yes" });
    expect(checkAccess(template(one("other-bucket")), { buckets: ["my-bucket"] }).answer).toBe("no");
  });

  test("actions and conditions", () => {
    expect(checkAccess(allow(get()), { actions: ["s3:Get*"], buckets: ["b"] }).answer).toBe("yes");
    expect(checkAccess(allow(get({ Action: "s3:*" })), { actions: ["s3:Get*"], buckets: ["b"] }).answer).toBe("no");
    const conditions = { Bool: { "aws:SecureTransport": "true" } };
    expect(checkAccess(allow(get()), { buckets: ["b"], conditions }).answer).toBe("no");
    expect(checkAccess(when(conditions), { buckets: ["b"], conditions }).answer).toBe("yes");
  });
});

describe("one caller, with open keys", () => {
  const ask = (...statements: readonly Written[]) =>
    accessOverUnknowns({
      layers: compileLayers({ ...noLayers, identity: [{ name: "p", policy: allow(...statements) }] }),
      principal: principals.user,
      resourceAccount: HOME,
    });

  test("always, never", () => {
    expect(ask(get())({ action: "s3:GetObject", resource: "arn:aws:s3:::b/a" }).answer).toBe("always");
    expect(ask(get())({ action: "s3:PutObject", resource: "arn:aws:s3:::b/a" }).answer).toBe("never");
    expect(ask(get())({ action: "s3:GetObject", resource: "arn:aws:s3:::b/*" }).answer).toBe("always");
  });

  test("depends, on which keys and statements", () => {
    const answer = ask(
      get({ Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }),
      get({ Action: "s3:PutObject" }),
    )({
      action: "s3:GetObject",
      resource: "arn:aws:s3:::b/a",
    });
    expect(answer).toMatchObject({
      answer: "depends",
      on: ["aws:sourceip"],
      statements: [{ policy: "p", statement: 0 }],
    });
  });

  test("its own name is known", () => {
    const home = get({ Resource: "arn:aws:s3:::b/${aws:username}/*" });
    expect(ask(home)({ action: "s3:GetObject", resource: "arn:aws:s3:::b/ann/x" }).answer).toBe("always");
    expect(ask(home)({ action: "s3:GetObject", resource: "arn:aws:s3:::b/bob/x" }).answer).toBe("never");
    expect(ask(home)({ action: "s3:GetObject", resource: "arn:aws:s3:::b/*" })).toMatchObject({
      answer: "depends",
      on: ["resource"],
    });
  });

  test("a restricted public policy grants nothing to anybody outside the account, and its denials count", () => {
    const everyone = to("*", get());
    const answer = (statements: readonly Written[], principal: Principal, restrictPublicBuckets: boolean) =>
      accessOverUnknowns({
        layers: compileLayers({
          ...noLayers,
          identity: principal.kind === "anonymous" ? [] : [{ name: "p", policy: allow(get()) }],
          resource: { kind: "resource", policy: { name: "b", policy: policyOf(statements, "resource") } },
        }),
        principal,
        resourceAccount: HOME,
        restrictPublicBuckets,
      })({ action: "s3:GetObject", resource: "arn:aws:s3:::b/a" }).answer;
    const outsider: Principal = { ...principals.user, accountId: ABROAD, arn: `arn:aws:iam::${ABROAD}:user/ann` };
    expect([false, true].map((restricted) => answer([everyone], principals.anonymous, restricted))).toEqual([
      "always",
      "never",
    ]);
    expect([false, true].map((restricted) => answer([everyone], outsider, restricted))).toEqual(["always", "never"]);
    expect(answer([everyone], principals.user, true)).toBe("always");
    expect(answer([to(aws(ABROAD), get())], outsider, true)).toBe("always");
    expect(answer([everyone, to("*", get({ Effect: "Deny" }))], principals.user, true)).toBe("never");
  });

  test("a key that the action never has is absent", () => {
    const onPrefix = get({ Action: "s3:*", Condition: { StringEquals: { "s3:prefix": "a" } } });
    const butPrefix = get({ Action: "s3:*", Condition: { StringNotEquals: { "S3:Prefix": "a" } } });
    const object = { action: "s3:GetObject", resource: "arn:aws:s3:::b/a" };
    expect(ask(onPrefix)(object).answer).toBe("never");
    expect(ask(butPrefix)(object)).toMatchObject({ answer: "always" });
    const both = ask({ ...onPrefix, Resource: "*" }, { ...butPrefix, Action: "s3:PutObject" });
    expect(both({ action: "s3:ListBucket", resource: "arn:aws:s3:::b" })).toMatchObject({
      answer: "depends",
      on: ["s3:prefix"],
    });
    expect(both(object).answer).toBe("never");
    expect(both({ action: "s3:PutObject", resource: "arn:aws:s3:::b/a" })).toMatchObject({ answer: "always" });
    expect(ask({ ...onPrefix, Condition: { Null: { "s3:prefix": "true" } } })(object).answer).toBe("always");
  });

  test.each([
    ["of any request", "s3:GetObject", "aws:Referer"],
    ["of another service", "s3:GetObject", "kms:ViaService"],
    ["of an identity provider", "s3:GetObject", "saml:sub"],
    ["of the action", "s3:GetObject", "s3:ExistingObjectTag/team"],
    ["of some action that the pattern means", "s3:Get*", "s3:prefix"],
    ["of an action that nobody knows", "s3:GetNothing", "s3:prefix"],
    ["of a service that nobody knows", "new:GetObject", "new:Key"],
  ])("a key %s is open", (_, action, key) => {
    const answer = ask(get({ Action: "*", Condition: { StringEquals: { [key]: "a" } } }))({
      action,
      resource: "arn:aws:s3:::b/a",
    });
    expect(answer).toMatchObject({ answer: "depends", on: expect.arrayContaining([key.toLowerCase()]) });
  });

  test("two keys of one moment agree", () => {
    const year = get({ Condition: { DateLessThan: { "aws:CurrentTime": "2026-01-01T00:00:00Z" } } });
    const never = get({ Effect: "Deny", Condition: { NumericLessThan: { "aws:EpochTime": "1767225600" } } });
    expect(ask(year, never)({ action: "s3:GetObject", resource: "arn:aws:s3:::b/a" }).answer).toBe("never");
  });
});

import { describe, expect, test } from "vitest";
import { parsePolicy } from "./parse.ts";
import type { PolicyKind } from "../model/policy.ts";

/**
 * A document with one fault. The marks `«` and `»` enclose the text that its diagnostic points at, and are removed
 * before it is read.
 */
type Case = readonly [marked: string, code: string, pointer: string];

function expectFault(kind: PolicyKind, [marked, code, pointer]: Case): void {
  const start = marked.indexOf("«");
  const end = marked.indexOf("»") - 1;
  const text = marked.replace("«", "").replace("»", "");
  const { policy, diagnostics } = parsePolicy(text, kind);
  expect(policy).toBeUndefined();
  expect(diagnostics).toEqual([expect.objectContaining({ code, severity: "error", pointer, span: { start, end } })]);
}

/** An identity policy with one statement that has these members besides its effect. */
const stated = (members: string): string => `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",${members}}]}`;
const granted = (members: string): string => stated(`"Action":"s3:*","Resource":"*",${members}`);
const when = (condition: string): string => granted(`"Condition":${condition}`);
const one = '{"Effect":"Allow","Action":"*","Resource":"*"}';

const ofDocuments: readonly Case[] = [
  ["«»", "invalid-json", ""],
  ['{"Statement":[«}»', "invalid-json", ""],
  [`{"Statement":[${one}],«"Statement"»:[]}`, "duplicate-key", ""],
  [`{"Version":"2012-10-17","Statement":{"Effect":"Deny",«"Effect"»:"Allow"}}`, "duplicate-key", ""],
  ["«[]»", "wrong-type", ""],
  [' «"{}"» ', "wrong-type", ""],
  ["«null»", "wrong-type", ""],
  ["«{}»", "missing-statement", ""],
  [`{"Statement":${one},«"statement"»:[]}`, "unknown-element", "/statement"],
  [`{«"version"»:"2012-10-17","Statement":${one}}`, "unknown-element", "/version"],
  [`{«"Sid"»:"a","Statement":${one}}`, "unknown-element", "/Sid"],
  [`{«"__proto__"»:{},"Statement":${one}}`, "unknown-element", "/__proto__"],
  [`{«"a/b~c"»:1,"Statement":${one}}`, "unknown-element", "/a~1b~0c"],
  [`{«""»:1,"Statement":${one}}`, "unknown-element", "/"],
  [`{"Version":«"2012-10-18"»,"Statement":${one}}`, "invalid-version", "/Version"],
  [`{"Version":«"2012-10-17 "»,"Statement":${one}}`, "invalid-version", "/Version"],
  [`{"Version":«20121017»,"Statement":${one}}`, "invalid-version", "/Version"],
  [`{"Version":«null»,"Statement":${one}}`, "invalid-version", "/Version"],
  ['{"Statement":«[]»}', "empty-list", "/Statement"],
  ['{"Statement":«"*"»}', "wrong-type", "/Statement"],
  [`{"Statement":[${one},«null»]}`, "wrong-type", "/Statement/1"],
  [`{"Statement":[«[${one}]»]}`, "wrong-type", "/Statement/0"],
];

const ofStatements: readonly Case[] = [
  ['{"Statement":«{"Action":"*","Resource":"*"}»}', "missing-effect", "/Statement"],
  [`{"Statement":[${one},«{"Action":"*","Resource":"*"}»]}`, "missing-effect", "/Statement/1"],
  ['{"Statement":{"Effect":«"allow"»,"Action":"*","Resource":"*"}}', "invalid-effect", "/Statement/Effect"],
  ['{"Statement":{"Effect":«"ALLOW"»,"Action":"*","Resource":"*"}}', "invalid-effect", "/Statement/Effect"],
  ['{"Statement":{"Effect":«["Allow"]»,"Action":"*","Resource":"*"}}', "invalid-effect", "/Statement/Effect"],
  ['{"Statement":{"Effect":«true»,"Action":"*","Resource":"*"}}', "invalid-effect", "/Statement/Effect"],
  [granted('«"effect"»:"Deny"'), "unknown-element", "/Statement/0/effect"],
  [granted('«"condition"»:{}'), "unknown-element", "/Statement/0/condition"],
  [granted('«"Resources"»:"*"'), "unknown-element", "/Statement/0/Resources"],
  [granted('«"Actions"»:"*"'), "unknown-element", "/Statement/0/Actions"],
  [granted('«"Conditions"»:{}'), "unknown-element", "/Statement/0/Conditions"],
  [granted('«"NotCondition"»:{}'), "unknown-element", "/Statement/0/NotCondition"],
  [granted('«"__proto__"»:{"Effect":"Deny"}'), "unknown-element", "/Statement/0/__proto__"],
  [granted('«"constructor"»:1'), "unknown-element", "/Statement/0/constructor"],
  [granted('"Sid":«7»'), "wrong-type", "/Statement/0/Sid"],
  [granted('"Sid":«"with space"»'), "invalid-sid", "/Statement/0/Sid"],
  [granted('"Sid":«"a-b"»'), "invalid-sid", "/Statement/0/Sid"],
  [granted('"Sid":«"é"»'), "invalid-sid", "/Statement/0/Sid"],
  [`{"Statement":[{"Sid":"a",${one.slice(1)},{"Sid":«"a"»,${one.slice(1)}]}`, "duplicate-sid", "/Statement/1/Sid"],
];

const ofLists: readonly Case[] = [
  ['{"Statement":«{"Effect":"Allow","Resource":"*"}»}', "missing-action", "/Statement"],
  ['{"Statement":«{"Effect":"Allow","Action":"*"}»}', "missing-resource", "/Statement"],
  [
    '{"Statement":«{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}»}',
    "conflicting-elements",
    "/Statement",
  ],
  [
    '{"Statement":[«{"Effect":"Allow","Action":"*","Resource":"*","NotResource":"*"}»]}',
    "conflicting-elements",
    "/Statement/0",
  ],
  [stated('"Resource":"*","Action":«[]»'), "empty-list", "/Statement/0/Action"],
  [stated('"Resource":"*","Action":«{}»'), "wrong-type", "/Statement/0/Action"],
  [stated('"Resource":"*","Action":«null»'), "wrong-type", "/Statement/0/Action"],
  [stated('"Resource":"*","Action":["s3:*",«1»]'), "wrong-type", "/Statement/0/Action/1"],
  [stated('"Resource":"*","NotAction":[«["s3:*"]»]'), "wrong-type", "/Statement/0/NotAction/0"],
  [stated('"Resource":"*","Action":«"s3"»'), "invalid-action", "/Statement/0/Action"],
  [stated('"Resource":"*","Action":["s3:*",«""»]'), "invalid-action", "/Statement/0/Action/1"],
  [stated('"Resource":"*","NotAction":«"s3:${aws:username}"»'), "invalid-action", "/Statement/0/NotAction"],
  [stated('"Action":"*","Resource":«[]»'), "empty-list", "/Statement/0/Resource"],
  [stated('"Action":"*","Resource":«true»'), "wrong-type", "/Statement/0/Resource"],
  [stated('"Action":"*","NotResource":["*",«null»]'), "wrong-type", "/Statement/0/NotResource/1"],
  [stated('"Action":"*","Resource":«"b/*"»'), "invalid-resource", "/Statement/0/Resource"],
  [stated('"Action":"*","Resource":«""»'), "invalid-resource", "/Statement/0/Resource"],
  [stated('"Action":"*","NotResource":["*",«"arn:aws:s3:::"»]'), "invalid-resource", "/Statement/0/NotResource/1"],
  [stated('"Action":"*","Resource":«"arn:aws:s3:::${aws:username"»'), "invalid-variable", "/Statement/0/Resource"],
  [stated('"Action":"*","Resource":["*",«"arn:aws:s3:::${}"»]'), "invalid-variable", "/Statement/0/Resource/1"],
];

const ofConditions: readonly Case[] = [
  [when("«[]»"), "wrong-type", "/Statement/0/Condition"],
  [when("«null»"), "wrong-type", "/Statement/0/Condition"],
  [when('{«"StringEqual"»:{"aws:a":"b"}}'), "unknown-operator", "/Statement/0/Condition/StringEqual"],
  [when('{«"stringequals"»:{"aws:a":"b"}}'), "unknown-operator", "/Statement/0/Condition/stringequals"],
  [when('{«"StringEqualsIfexists"»:{"aws:a":"b"}}'), "unknown-operator", "/Statement/0/Condition/StringEqualsIfexists"],
  [when('{«"ForAllValue:Bool"»:{"aws:a":"true"}}'), "unknown-operator", "/Statement/0/Condition/ForAllValue:Bool"],
  [when('{«"NullIfExists"»:{"aws:a":"true"}}'), "unknown-operator", "/Statement/0/Condition/NullIfExists"],
  [when('{«"ForAnyValue:Null"»:{"aws:a":"true"}}'), "unknown-operator", "/Statement/0/Condition/ForAnyValue:Null"],
  [when('{«"__proto__"»:{"aws:a":"b"}}'), "unknown-operator", "/Statement/0/Condition/__proto__"],
  [when('{«"constructor"»:{"aws:a":"b"}}'), "unknown-operator", "/Statement/0/Condition/constructor"],
  [when('{"Bool":{"aws:a":"true"},"StringLike":«"b"»}'), "wrong-type", "/Statement/0/Condition/StringLike"],
  [when('{"StringLike":«{}»}'), "empty-condition", "/Statement/0/Condition/StringLike"],
  [when('{"Bool":{«"secure"»:"true"}}'), "invalid-condition-key", "/Statement/0/Condition/Bool/secure"],
  [when('{"Bool":{«"aws:"»:"true"}}'), "invalid-condition-key", "/Statement/0/Condition/Bool/aws:"],
  [when('{"Bool":{«"__proto__"»:"true"}}'), "invalid-condition-key", "/Statement/0/Condition/Bool/__proto__"],
  [when('{"Bool":{«"a ws:x"»:"true"}}'), "invalid-condition-key", "/Statement/0/Condition/Bool/a ws:x"],
  [when('{"StringLike":{"aws:a":«[]»}}'), "empty-list", "/Statement/0/Condition/StringLike/aws:a"],
  [when('{"StringLike":{"aws:a/b":«null»}}'), "wrong-type", "/Statement/0/Condition/StringLike/aws:a~1b"],
  [when('{"StringLike":{"aws:a":«{}»}}'), "wrong-type", "/Statement/0/Condition/StringLike/aws:a"],
  [when('{"StringLike":{"aws:a":["b",«["c"]»]}}'), "wrong-type", "/Statement/0/Condition/StringLike/aws:a/1"],
  [
    when('{"StringLike":{"aws:a":["b",«"${"»]}}'),
    "invalid-condition-value",
    "/Statement/0/Condition/StringLike/aws:a/1",
  ],
  [when('{"NumericEquals":{"s3:x":«"ten"»}}'), "invalid-condition-value", "/Statement/0/Condition/NumericEquals/s3:x"],
  [when('{"NumericEquals":{"s3:x":«true»}}'), "invalid-condition-value", "/Statement/0/Condition/NumericEquals/s3:x"],
  [
    when('{"NumericEquals":{"s3:x":«"${aws:username}"»}}'),
    "invalid-condition-value",
    "/Statement/0/Condition/NumericEquals/s3:x",
  ],
  [
    when('{"DateEquals":{"aws:x":«"2026-02-30"»}}'),
    "invalid-condition-value",
    "/Statement/0/Condition/DateEquals/aws:x",
  ],
  [when('{"Bool":{"aws:x":«"yes"»}}'), "invalid-condition-value", "/Statement/0/Condition/Bool/aws:x"],
  [when('{"Null":{"aws:x":«1»}}'), "invalid-condition-value", "/Statement/0/Condition/Null/aws:x"],
  [when('{"BinaryEquals":{"aws:x":«"!"»}}'), "invalid-condition-value", "/Statement/0/Condition/BinaryEquals/aws:x"],
  [
    when('{"IpAddress":{"aws:x":«"10.0.0.0/33"»}}'),
    "invalid-condition-value",
    "/Statement/0/Condition/IpAddress/aws:x",
  ],
  [when('{"ArnLike":{"aws:x":["*",«"b"»]}}'), "invalid-condition-value", "/Statement/0/Condition/ArnLike/aws:x/1"],
];

const who = (principal: string): string =>
  `{"Version":"2012-10-17","Statement":{"Effect":"Allow",${principal},"Action":"*","Resource":"*"}}`;
const ofPrincipals: readonly Case[] = [
  [who('"Principal":«"111122223333"»'), "invalid-principal", "/Statement/Principal"],
  [who('"Principal":«"arn:aws:iam::111122223333:root"»'), "invalid-principal", "/Statement/Principal"],
  [who('"NotPrincipal":«"**"»'), "invalid-principal", "/Statement/NotPrincipal"],
  [who('"Principal":«["*"]»'), "wrong-type", "/Statement/Principal"],
  [who('"Principal":«null»'), "wrong-type", "/Statement/Principal"],
  [who('"Principal":«{}»'), "empty-principal", "/Statement/Principal"],
  [who('"Principal":{«"aws"»:"*"}'), "unknown-principal-type", "/Statement/Principal/aws"],
  [who('"Principal":{«"User"»:"*"}'), "unknown-principal-type", "/Statement/Principal/User"],
  [who('"Principal":{«"*"»:"*"}'), "unknown-principal-type", "/Statement/Principal/*"],
  [who('"Principal":{«"__proto__"»:"*"}'), "unknown-principal-type", "/Statement/Principal/__proto__"],
  [who('"Principal":{"AWS":«[]»}'), "empty-list", "/Statement/Principal/AWS"],
  [who('"Principal":{"AWS":«{"AWS":"*"}»}'), "wrong-type", "/Statement/Principal/AWS"],
  [who('"Principal":{"AWS":["*",«111122223333»]}'), "wrong-type", "/Statement/Principal/AWS/1"],
  [who('"Principal":{"AWS":["*",«"ann"»]}'), "invalid-principal", "/Statement/Principal/AWS/1"],
  [who('"NotPrincipal":{"Service":«"*"»}'), "invalid-principal", "/Statement/NotPrincipal/Service"],
  [
    '{"Statement":«{"Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"*","Resource":"*"}»}',
    "conflicting-elements",
    "/Statement",
  ],
];

describe("what is not in the language is refused, at its place:", () => {
  test.each([...ofDocuments, ...ofStatements, ...ofLists, ...ofConditions])("%s is %s", (...fault) => {
    expectFault("identity", fault);
  });

  test.each(ofPrincipals)("%s is %s", (...fault) => {
    expectFault("resource", fault);
  });
});

describe("a document", () => {
  test("with several faults has a diagnostic for each, in reading order of their statements", () => {
    const text = JSON.stringify({
      Version: "2013-10-17",
      Statement: [
        { Effect: "allow", Action: "s3", Resource: "b" },
        { Effect: "Deny", Action: "*", Resource: "*", Condition: { Nope: {}, Bool: { "a:b": ["x", "y"] } } },
      ],
    });
    expect(parsePolicy(text, "identity").diagnostics.map(({ code, pointer }) => `${code} ${pointer}`)).toEqual([
      "invalid-version /Version",
      "invalid-effect /Statement/0/Effect",
      "invalid-action /Statement/0/Action",
      "invalid-resource /Statement/0/Resource",
      "unknown-operator /Statement/1/Condition/Nope",
      "invalid-condition-value /Statement/1/Condition/Bool/a:b/0",
      "invalid-condition-value /Statement/1/Condition/Bool/a:b/1",
    ]);
  });

  test("of an unknown version is read on as the latest", () => {
    const text = '{"Version":"2013-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${"}}';
    expect(parsePolicy(text, "identity").diagnostics.map(({ code }) => code)).toEqual([
      "invalid-version",
      "invalid-variable",
    ]);
  });

  test.each([
    [granted('"effect":"Deny"'), "did you mean `Effect`?"],
    [granted('"Resuorce":"*"'), "did you mean `Resource`?"],
    [when('{"StringEqual":{"aws:a":"b"}}'), "did you mean `StringEquals`?"],
  ])("%s is helped", (text, help) => {
    expect(parsePolicy(text, "identity").diagnostics).toEqual([expect.objectContaining({ help })]);
  });

  test("longer than the limit is refused unread, one at the limit is read", () => {
    const limit = 400_000;
    const padded = (length: number): string => one.padEnd(length - '{"Statement":}'.length);
    const document = (length: number): string => `{"Statement":${padded(length)}}`;
    expect(parsePolicy(document(limit), "identity").diagnostics).toEqual([]);
    expect(parsePolicy(document(limit + 1), "identity").diagnostics).toEqual([
      expect.objectContaining({ code: "too-long", pointer: "", span: { start: 0, end: limit + 1 } }),
    ]);
  });

  test("of many small values is read to its end", () => {
    const many = (count: number, item: string): string => Array(count).fill(item).join(",");
    const codes = (text: string): readonly string[] => [
      ...new Set(parsePolicy(text, "identity").diagnostics.map(({ code }) => code)),
    ];
    const last = (text: string) => parsePolicy(text, "identity").diagnostics.at(-1)?.message;
    const actions = stated(`"Action":[${many(60_000, '"s3"')}],"Resource":"*"`);
    expect(codes(actions)).toEqual(["invalid-action", "more-errors"]);
    expect(last(actions)).toBe("59900 more errors are not listed");
    const empty = `{"Statement":[${many(90_000, "{}")}]}`;
    expect(codes(empty)).toEqual(["missing-effect", "missing-action", "missing-resource", "more-errors"]);
    expect(last(empty)).toBe("269900 more errors are not listed");
    expect(codes(stated(`"Action":"*","Resource":"arn:aws:s3:::${"*a".repeat(190_000)}"`))).toEqual([]);
    const elements = Array.from({ length: 25_000 }, (_, index) => `"Efect${index}":1`).join(",");
    expect(codes(`{"Statement":{${elements}}}`)).toContain("unknown-element");
  });

  test.each(["", "Sid1", "A", "0"])("may have the Sid %j in an identity policy", (sid) => {
    expect(parsePolicy(granted(`"Sid":"${sid}"`), "identity").policy?.statements[0]?.sid).toBe(sid);
  });

  test("may leave several Sids empty, and only those", () => {
    const empty = `{"Sid":"",${one.slice(1)}`;
    expect(parsePolicy(`{"Statement":[${empty},${empty}]}`, "identity").diagnostics).toEqual([]);
  });
});

describe("version 2008-10-17, written or by default,", () => {
  const text = (version: string): string =>
    `{${version}"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::\${aws:username}/\${",` +
    `"Condition":{"StringLike":{"aws:x":"\${aws:username}"}}}}`;

  test.each(['"Version":"2008-10-17",', ""])("has text where 2012-10-17 has variables (%j)", (version) => {
    const { policy } = parsePolicy(text(version), "identity");
    expect(policy?.version).toBe("2008-10-17");
    expect(policy?.statements[0]?.resource?.patterns[0]?.parts).toEqual([
      { kind: "literal", text: "arn:aws:s3:::${aws:username}/${" },
    ]);
    expect(policy?.statements[0]?.conditions[0]?.values[0]?.parts).toEqual([
      { kind: "literal", text: "${aws:username}" },
    ]);
  });

  test("differs from 2012-10-17, where an open variable is refused", () => {
    const { diagnostics } = parsePolicy(text('"Version":"2012-10-17",'), "identity");
    expect(diagnostics.map(({ code }) => code)).toEqual(["invalid-variable"]);
  });
});

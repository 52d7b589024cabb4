/** Each parameter of each operation of IAM that is here: too long, too short, with a bad character, and at its limits. */
import { describe, expect, test } from "vitest";
import { operationTables } from "../src/operations/table.ts";
import { parameters, type Shape, shapes } from "./iam-constraints.ts";
import { fieldName, type Parameter, parametersOf, requiredFields, sample as sampleOf } from "./iam-samples.ts";
import { useS3Gateway } from "./s3-gateway.ts";

const gateway = useS3Gateway();
const sample = (operation: string, name: string, shape: string) => sampleOf(gateway.accountId, operation, name, shape);

/** Markers are the gateway's own, and opaque; what is no marker of a listing is refused as a whole. */
const ownRule: readonly string[] = ["markerType"];

/** The same value, as long as is asked. */
function ofLength(value: string, shape: string, length: number): string {
  const missing = length - value.length;
  if (missing < 0) return value.slice(0, length);
  if (shape === "policyDocumentType") return value + " ".repeat(missing);
  if (shape === "pathType" || shape === "policyPathType") return `/${"p".repeat(length - 2)}/`;
  return value + (shape === "authenticationCodeType" ? "1" : "a").repeat(missing);
}

function violationsOf(operation: string, { name, shape }: Parameter): readonly string[] {
  const { type, min, max, pattern, enum: words } = shapes[shape] as Shape;
  const good = sample(operation, name, shape);
  if (words !== undefined) return ["Nonsense", ""];
  if (type === "boolean") return ["maybe", "TRUE ", "1"];
  if (type === "integer")
    return [
      ...(min === undefined ? [] : [String(min - 1)]),
      ...(max === undefined ? [] : [String(max + 1)]),
      "x",
      "1.5",
      "",
    ];
  if (ownRule.includes(shape)) return ["", "☃", "nonsense!"];
  return [
    ...(max === undefined ? [] : [ofLength(good, shape, max + 1)]),
    ...(min === undefined || min === 0 ? [] : [good.slice(0, min - 1)]),
    ...(pattern === undefined ? [] : [`${good}☃`]),
    ...(shape === "policyPathType" && name === "Path" ? ["/a!b/"] : []),
  ];
}

function limitsOf(operation: string, { name, shape }: Parameter): readonly string[] {
  const { type, min, max, enum: words } = shapes[shape] as Shape;
  const good = sample(operation, name, shape);
  if (words !== undefined) return words;
  if (type === "boolean") return ["true", "false"];
  if (type === "integer") return [min, max].flatMap((value) => (value === undefined ? [] : [String(value)]));
  if (ownRule.includes(shape)) return [];
  return [good, ...(max === undefined ? [] : [ofLength(good, shape, max)])];
}

async function ask(operation: string, parameter: Parameter, fields: readonly (readonly [string, string])[]) {
  const all = [
    ["Action", operation],
    ["Version", "2010-05-08"],
    ...requiredFields(gateway.accountId, operation, parameter.name),
    ...fields,
  ];
  const body = all.map(([name = "", value = ""]) => `${name}=${encodeURIComponent(value)}`).join("&");
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { status, code } = await gateway.send({ method: "POST", target: "/", body, headers, service: "iam" });
  return `${status} ${code ?? "done"}`;
}

const rows = Object.values(operationTables.IAM).flatMap((row) => ("notImplemented" in row ? [] : [row]));
const tested = rows.flatMap((row) =>
  parametersOf(row.name).flatMap((parameter) =>
    row.reads.includes(parameter.name) ? [{ operation: row.name, name: parameter.name, parameter }] : [],
  ),
);

/** Values that the reference has and nobody can send here, or that mean something else here. */
const exceptions: Readonly<Record<string, string>> = {
  "CreateVirtualMFADevice Path": "a serial number has 256 characters at most, path included",
  "UpdateAccessKey Status Expired": "a key is Active or Inactive; Expired is what a list may say",
};

describe.each(tested)("$operation $name", ({ operation, parameter }) => {
  if (parameter.shape === "Tag") {
    test("has keys and values within their limits", async () => {
      const tag = (key: string, value: string, at = 1) =>
        [[`Tags.member.${at}.Key`, key], [`Tags.member.${at}.Value`, value]] as const; // prettier-ignore
      for (const [key, value] of [
        ["", "v"],
        ["k".repeat(129), "v"],
        ["k☃", "v"],
        ["k", "v".repeat(257)],
        ["k", "☃"],
      ] as const)
        // prettier-ignore
        expect([key, value, await ask(operation, parameter, tag(key, value))]).toEqual([key, value, "400 ValidationError"]);
      const many = Array.from({ length: 51 }, (_, at) => tag(`k${at}`, "v", at + 1)).flat();
      expect(await ask(operation, parameter, many)).toBe("400 ValidationError");
      expect(await ask(operation, parameter, tag("k".repeat(128), "v".repeat(256)))).not.toMatch(/ValidationError|^5/);
    });
    return;
  }

  test("is refused outside its limits, as ValidationError", async () => {
    const violations = violationsOf(operation, parameter);
    const answers = await Promise.all(
      violations.map(async (value) => [value, await ask(operation, parameter, [[fieldName(parameter), value]])]),
    );
    expect(answers).toEqual(violations.map((value) => [value, "400 ValidationError"]));
    const { list } = parameter;
    if (list === undefined || list === Infinity) return;
    const good = sample(operation, parameter.name, parameter.shape);
    const many = Array.from({ length: list + 1 }, (_, at) => [fieldName(parameter, at + 1), good] as const);
    expect(await ask(operation, parameter, many)).toBe("400 ValidationError");
  });

  test("is no violation at its limits", async () => {
    for (const value of limitsOf(operation, parameter)) {
      const exception = `${operation} ${parameter.name}`;
      if (exceptions[exception] !== undefined || exceptions[`${exception} ${value}`] !== undefined) continue;
      const answer = await ask(operation, parameter, [[fieldName(parameter), value]]);
      expect([value, answer]).toEqual([value, expect.not.stringMatching(/ValidationError|^5/)]);
    }
  });

  if (parameter.required)
    test("is required", async () => {
      expect(await ask(operation, parameter, [])).toBe("400 ValidationError");
    });
});

test("every operation that reads parameters is in the table", () => {
  const without = rows.filter((row) => row.reads.length > 0 && parameters[row.name] === undefined);
  expect(without.map(({ name }) => name)).toEqual([]);
});

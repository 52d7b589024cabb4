import { describe, expect, it } from "vitest";
import { renderFindingsJson } from "./render-json.ts";
import { renderFindingsSarif } from "./render-sarif.ts";
import { renderFindingsText } from "./render-text.ts";
import { validatePolicy } from "./validate-policy.ts";

const text = `{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Action": ["s3:GetObject",\t"s3:Zebras"],
    "Resource": "arn:aws:s3:::docs/tenant1*"
  }
}
`;
const name = "policies/a b.json";
const findings = validatePolicy(text, { kind: "identity" });
const options = { name, text };

/** The same document with every line feed and space that is not needed left out. */
const minified = JSON.stringify(JSON.parse(text));

describe("as text", () => {
  it("has the line, the caret under the value, and the help", () => {
    expect(renderFindingsText(findings, options)).toBe(
      [
        "policies/a b.json:5:32: error[unknown-action]: `s3:Zebras` is not an action",
        '5 |     "Action": ["s3:GetObject", "s3:Zebras"],',
        "  |                                ^^^^^^^^^^^",
        "policies/a b.json:6:17: suggestion[prefix-sibling]: `tenant1*` also takes what begins with `tenant10`, `tenant1-old` and so on",
        '6 |     "Resource": "arn:aws:s3:::docs/tenant1*"',
        "  |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  = help: end it with a slash: `tenant1/`",
        "",
      ].join("\n"),
    );
  });

  it("is empty without findings", () => {
    expect(renderFindingsText([], options)).toBe("");
  });

  it("shows a window of a long line, with the caret under the value", () => {
    const long = minified.replace('"Statement"', `"Id": "${"x".repeat(300)}", "Statement"`);
    const found = validatePolicy(long, { kind: "identity" });
    const lines = renderFindingsText(found, { name, text: long }).split("\n");
    expect(lines.every((line) => line.length < 220)).toBe(true);
    expect(lines[1]).toContain("…");
    const caret = lines[2]?.indexOf("^") ?? -1;
    expect(lines[1]?.slice(caret)).toMatch(/^"Id"/);
  });

  it("marks the first line of what spans several", () => {
    const several = '{\n  "Statement": [\n  ]\n}';
    const found = validatePolicy(several, { kind: "identity" });
    expect(renderFindingsText(found, { name, text: several })).toContain(
      '2 |   "Statement": [\n  |                ^\n',
    );
  });

  it("keeps the last line and carriage returns in order", () => {
    const windows = '{\r\n  "Statement": 7}';
    const found = validatePolicy(windows, { kind: "identity" });
    expect(renderFindingsText(found, { name, text: windows })).toContain(
      '2 |   "Statement": 7}\n  |                ^\n',
    );
  });

  it("lets no control or direction character through", () => {
    const hostile = '{"\\u001b[2J\\u202e": 1, "a\u202eb": 2}';
    const shown = renderFindingsText(validatePolicy(hostile, { kind: "identity" }), {
      name: "a\nb\u001b",
      text: hostile,
    });
    expect(shown).toContain("·[2J·");
    expect(shown.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });
});

describe("as JSON", () => {
  it("has place, code, severity and page", () => {
    expect(JSON.parse(renderFindingsJson(findings, options))).toMatchObject({
      name,
      findings: [
        {
          code: "unknown-action",
          severity: "error",
          pointer: "/Statement/Action/1",
          startLine: 5,
          startColumn: 32,
          endLine: 5,
          endColumn: 43,
          page: expect.stringMatching(/^https:/),
        },
        { code: "prefix-sibling", severity: "suggestion", help: "end it with a slash: `tenant1/`" },
      ],
    });
  });
});

describe("as SARIF 2.1.0", () => {
  const log = JSON.parse(renderFindingsSarif([{ ...options, findings }]));
  const [run] = log.runs;

  it("names its version and tool", () => {
    expect(log.version).toBe("2.1.0");
    expect(run.tool.driver.name).toBe("s3-credentials validate-policy");
    expect(run.columnKind).toBe("utf16CodeUnits");
  });

  it("has a rule for each code, which the results refer to", () => {
    for (const result of run.results) {
      const rule = run.tool.driver.rules[result.ruleIndex];
      expect(rule.id).toBe(result.ruleId);
      expect(rule.shortDescription.text).not.toBe("");
      expect(rule.helpUri).toMatch(/^https:/);
    }
  });

  it("gives level, message and place of each finding", () => {
    expect(run.results).toMatchObject([
      {
        ruleId: "unknown-action",
        level: "error",
        message: { text: "`s3:Zebras` is not an action" },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "policies/a%20b.json" },
              region: { startLine: 5, startColumn: 32, endLine: 5, endColumn: 43, charLength: 11 },
            },
            logicalLocations: [{ fullyQualifiedName: "/Statement/Action/1" }],
          },
        ],
      },
      { ruleId: "prefix-sibling", level: "note", properties: { severity: "suggestion" } },
    ]);
  });

  it("is a run without results when there are no findings", () => {
    const empty = JSON.parse(renderFindingsSarif([{ ...options, findings: [] }]));
    expect(empty.runs[0].results).toEqual([]);
  });
});

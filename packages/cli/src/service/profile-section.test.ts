import { describe, expect, test } from "vitest";
import { type ProfileChange, refusal, replaceKeys } from "./profile-section.ts";

const settings = { aws_access_key_id: "AKIANEW", aws_secret_access_key: "new" };
const change: ProfileChange = { profile: "default", user: "u", settings, endpoint: undefined, force: false };
const written = `# written by s3-credentials: key AKIANEW of user u
aws_access_key_id=AKIANEW
aws_secret_access_key=new
`;

describe("replaceKeys", () => {
  test("other settings, comments, nested blocks and other sections stay byte for byte", () => {
    const text = `# top\n[other]\naws_access_key_id = AKIAOTHER  \n\taws = odd\n\n[ default ]\n; mine\nregion = eu-west-1\naws_access_key_id = OLD\naws_secret_access_key = OLD\n    more of it\naws_session_token = OLD\noutput=json\ns3 =\n    aws_access_key_id = nested\n    max_bandwidth = 5MB/s\n\n[last]\nx=\u00e9\u00ff\n`;
    expect(replaceKeys(text, change)).toBe(
      `# top\n[other]\naws_access_key_id = AKIAOTHER  \n\taws = odd\n\n[ default ]\n${written}; mine\nregion = eu-west-1\noutput=json\ns3 =\n    aws_access_key_id = nested\n    max_bandwidth = 5MB/s\n\n[last]\nx=\u00e9\u00ff\n`,
    );
  });

  test("written twice, it is there once", () => {
    const once = replaceKeys("[default]\nregion=x\n", change);
    expect(once).toBe(`[default]\n${written}region=x\n`);
    expect(replaceKeys(once, change)).toBe(once);
  });

  test.each(["", "[a]\nx=1\n", "[a]\nx=1", "[a]\r\nx=1\r\n"])("a new section goes to the end: %j", (text) => {
    const result = replaceKeys(text, change);
    expect(result.startsWith(text)).toBe(true);
    expect(result.replaceAll("\r", "").endsWith(`[default]\n${written}`)).toBe(true);
    if (text.includes("\r")) expect(result).not.toMatch(/[^\r]\n/);
  });

  test("a region somebody chose stays, an endpoint of other keys does not", () => {
    const place = { region: "us-east-1", endpoint_url: "http://127.0.0.1:8014" };
    const text = "[default]\nregion=here\nendpoint_url=https://old.example\n";
    expect(replaceKeys(text, { ...change, settings: { ...settings, ...place } })).toBe(
      `[default]\n${written}endpoint_url=http://127.0.0.1:8014\nregion=here\n`,
    );
    expect(replaceKeys(text, change)).toBe(`[default]\n${written}region=here\n`);
  });

  test("indented keys are keys, as for the AWS CLI", () => {
    expect(
      replaceKeys("[default]\n  aws_access_key_id = OLD\n  aws_secret_access_key = OLD\n  region = x\n", change),
    ).toBe(`[default]\n${written}  region = x\n`);
  });

  test("--force takes other sources of credentials away too", () => {
    const text = "[default]\nrole_arn = r\nsource_profile = s\nregion = x\n";
    expect(replaceKeys(text, { ...change, force: true })).toBe(`[default]\n${written}region = x\n`);
  });
});

describe("refusal", () => {
  const of = (text: string, more: Partial<ProfileChange> = {}) => refusal(text, ["default"], { ...change, ...more });
  const temporary = "[default]\n# written by s3-credentials: temporary key ASIA1\naws_access_key_id=ASIA1\n";

  test.each([
    ["", undefined],
    ["[other]\naws_access_key_id=X\n", undefined],
    ["[default]\nregion=x\n", undefined],
    ["[default]\ns3 =\n  aws_access_key_id = nested\n", undefined],
    [temporary, undefined],
    [replaceKeys("", change), undefined],
    ["[default]\naws_access_key_id=X\n", "has the access key X"],
    ["[default]\nAWS_ACCESS_KEY_ID: X\n", "has the access key X"],
    [replaceKeys("", { ...change, user: "another" }), "is not one this tool wrote for user u"],
    [temporary.replace("id=ASIA1", "id=ASIA2"), "has the access key ASIA2"],
    ["[default]\ncredential_process = x\n", "gets its credentials from credential_process"],
    ["[default]\nendpoint_url=https://old.example\n", "is for https://old.example"],
  ])("%j: %s", (text, why) => {
    const found = of(text);
    if (why === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(why);
    expect(of(text, { force: true })).toBeUndefined();
  });

  test("permanent keys do not give way to temporary ones", () => {
    expect(of(replaceKeys("", change), { user: undefined })).toContain("which this tool did not write there");
  });
});

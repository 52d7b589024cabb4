import { isObject, type Json, type JsonObject, parseJson } from "../formats/json.ts";
import { parseIni } from "../formats/ini.ts";
import { CommandError } from "../command-line/failures.ts";

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/**
 * The credentials in the text of an `--auth` file: the JSON that `create`, `aws sts …` or
 * `aws iam create-access-key` prints, or INI, the first section with an `aws_access_key_id`. Anything else is an error: falling back to ambient credentials would act as somebody else.
 * No message repeats the content.
 */
export function parseAuthFile(text: string, name: string): Keys {
  const content = text.replace(/^\uFEFF/, "").trim();
  const fail = (why: string): CommandError =>
    new CommandError(
      `${name} ${why}; it must be JSON with AccessKeyId and SecretAccessKey, or INI with aws_access_key_id and aws_secret_access_key`,
    );
  if (content === "") throw fail("is empty");
  if (content.startsWith("{")) {
    const value = readJson(content);
    if (value === undefined) throw fail("is not valid JSON");
    const keys = keysObject(value);
    return keysOf((field) => keys?.get(field), jsonNames, fail);
  }
  const sections = parseIni(content);
  if (sections === undefined) throw fail("is neither JSON nor INI");
  const section = [...sections.values()].find((entries) => entries.has(iniNames.id));
  if (section === undefined) throw fail("has no section with aws_access_key_id");
  return keysOf((field) => section.get(field), iniNames, fail);
}

const jsonNames = { id: "AccessKeyId", secret: "SecretAccessKey", token: "SessionToken" } as const;
const iniNames = { id: "aws_access_key_id", secret: "aws_secret_access_key", token: "aws_session_token" } as const;

/** What `aws sts` prints has the keys under `Credentials`, what `aws iam create-access-key` prints under `AccessKey`. */
function keysObject(value: Json): JsonObject | undefined {
  if (!isObject(value)) return undefined;
  const inner = value.has(jsonNames.id) ? undefined : (value.get("Credentials") ?? value.get("AccessKey"));
  return isObject(inner) ? inner : value;
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function keysOf(
  field: (name: string) => Json | undefined,
  names: typeof jsonNames | typeof iniNames,
  fail: (why: string) => CommandError,
): Keys {
  const accessKeyId = field(names.id);
  const secretAccessKey = field(names.secret);
  const sessionToken = field(names.token);
  if (typeof accessKeyId !== "string" || accessKeyId === "") throw fail(`has no ${names.id}`);
  if (typeof secretAccessKey !== "string" || secretAccessKey === "") throw fail(`has no ${names.secret}`);
  if (sessionToken === undefined || sessionToken === null || sessionToken === "")
    return { accessKeyId, secretAccessKey };
  if (typeof sessionToken !== "string") throw fail(`has a ${names.token} that is not text`);
  return { accessKeyId, secretAccessKey, sessionToken };
}

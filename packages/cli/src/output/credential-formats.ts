import { jsonObject, type JsonObject, textField } from "../formats/json.ts";
import { dumps } from "../formats/python-json.ts";
import { dotenvQuoted, powershellQuoted, sectionName, shellQuoted } from "./quoting.ts";

type Format = (credentials: JsonObject) => string;

/** The forms credentials are printed in, each as its readers want it. */
export const credentialFormats = {
  json: (credentials) => dumps(credentials, 4),
  ini: (credentials) => profileSection("default", credentials),
  env: (credentials) => variables(credentials, (name, value) => `export ${name}=${shellQuoted(value)}`),
  dotenv: (credentials) => variables(credentials, (name, value) => `${name}=${dotenvQuoted(name, value)}`),
  powershell: (credentials) => variables(credentials, (name, value) => `$Env:${name} = ${powershellQuoted(value)}`),
  "credential-process": (credentials) => dumps(processForm(credentials), 4),
  profile: (credentials) => profileSection(textField(credentials, "UserName") || "s3-credentials", credentials),
} as const satisfies Record<string, Format>;

export type CredentialFormat = keyof typeof credentialFormats;

export const credentialFormatNames = Object.keys(credentialFormats);

/** With a line break at its end. An unknown name is `json`: the parser lets only known ones through. */
export function formatCredentials(credentials: JsonObject, format: string | undefined): string {
  const chosen = credentialFormatNames.includes(format ?? "") ? (format as CredentialFormat) : "json";
  return `${credentialFormats[chosen](credentials)}\n`;
}

/** Name and value of the environment variables every AWS tool reads. */
export function environmentOf(credentials: JsonObject): Readonly<Record<string, string>> {
  const token = textField(credentials, "SessionToken");
  return {
    AWS_ACCESS_KEY_ID: textField(credentials, "AccessKeyId"),
    AWS_SECRET_ACCESS_KEY: textField(credentials, "SecretAccessKey"),
    ...(token === "" ? {} : { AWS_SESSION_TOKEN: token }),
  };
}

function variables(credentials: JsonObject, line: (name: string, value: string) => string): string {
  return Object.entries(environmentOf(credentials))
    .map(([name, value]) => line(name, value))
    .join("\n");
}

/** A section of the shared credentials file. https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
export function profileSection(name: string, credentials: JsonObject): string {
  const entries = Object.entries(environmentOf(credentials));
  return [`[${sectionName(name)}]`, ...entries.map(([variable, value]) => `${variable.toLowerCase()}=${value}`)].join(
    "\n",
  );
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html */
export function processForm(credentials: JsonObject): JsonObject {
  const text = (name: string): string | undefined => textField(credentials, name) || undefined;
  return jsonObject({
    Version: 1,
    AccessKeyId: text("AccessKeyId"),
    SecretAccessKey: text("SecretAccessKey"),
    SessionToken: text("SessionToken"),
    Expiration: text("Expiration")?.replace(" ", "T"),
  });
}

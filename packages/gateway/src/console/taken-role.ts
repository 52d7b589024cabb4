import type { XmlNode } from "@s3-credentials/protocol";
import type { ConsoleRole } from "../ports/console-session-store.ts";

/** With its path: `team/reader`. */
export function isRoleName(text: string): boolean {
  return /^[\w+=,.@/-]{1,512}$/.test(text);
}

export interface TakenRole extends Pick<ConsoleRole, "accessKeyId" | "sessionToken" | "expiresAt"> {
  readonly assumed: { readonly principalId: string; readonly arn: string };
}

/** Of the answer of AssumeRole and AssumeRoleWithWebIdentity. */
export function takenRole(children: readonly XmlNode[]): TakenRole | undefined {
  const text = (parent: string, child: string): string => {
    const element = children.find(({ name }) => name === parent);
    const node = element?.content.find((item) => typeof item === "object" && item.name === child);
    return typeof node === "object" ? node.content.map(String).join("") : "";
  };
  const accessKeyId = text("Credentials", "AccessKeyId");
  const sessionToken = text("Credentials", "SessionToken");
  const expiresAt = Date.parse(text("Credentials", "Expiration"));
  if (accessKeyId === "" || Number.isNaN(expiresAt)) return undefined;
  const assumed = { principalId: text("AssumedRoleUser", "AssumedRoleId"), arn: text("AssumedRoleUser", "Arn") };
  return { accessKeyId, sessionToken, expiresAt, assumed };
}

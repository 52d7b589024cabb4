import { isRecord, fieldsOf } from "@s3-credentials/policy";
import { send, sendOnce, useCsrfToken } from "./call.ts";

/** Who acts in the page, as `GET /session` describes it. */
export interface Session {
  readonly accountId: string;
  readonly alias: string;
  readonly userName: string;
  readonly userArn: string;
  readonly isRoot: boolean;
  /** Has a password, as far as the session says: neither root nor a broker's. */
  readonly isUser: boolean;
  /** Milliseconds since 1970 by the clock of this computer, which may differ from the gateway's. */
  readonly expires: number;
  /** How long it lasts without a request, in milliseconds. */
  readonly idle: number;
  readonly role: RoleInUse | undefined;
  /** Where clients reach S3: `https://s3.example.com`. */
  readonly s3Origin: string;
  readonly consoleOrigin: string;
  readonly region: string;
  readonly version: string;
  /** The page comes over plain HTTP that other machines can reach. */
  readonly insecure: boolean;
}

export interface RoleInUse {
  readonly accountId: string;
  readonly arn: string;
  readonly roleName: string;
  readonly displayName: string;
  readonly color: string;
  readonly expires: number;
}

export interface RoleChoice {
  readonly account: string;
  readonly roleName: string;
  readonly displayName: string;
  readonly color: string;
}

const json = { "content-type": "application/json" };
const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Reads the token for later calls too: it changes when a role is taken or left. */
async function readSession(response: Response): Promise<Session> {
  const read = fieldsOf(await response.json());
  const [account, user, role] = [fieldsOf(read["account"]), fieldsOf(read["user"]), read["role"]];
  useCsrfToken(text(read["csrf"]));
  const asked = Date.parse(response.headers.get("date") ?? "") || Date.now();
  const left = (name: string, of = read): number => Date.parse(text(of[name])) - asked;
  return {
    accountId: text(account["id"]),
    alias: text(account["alias"]),
    userName: text(user["name"]),
    userArn: text(user["arn"]),
    isRoot: user["kind"] === "root",
    isUser: user["kind"] === "user",
    expires: Date.now() + left("expiresAt"),
    idle: left("idleExpiresAt"),
    role: isRecord(role)
      ? {
          accountId: text(role["account"]),
          arn: text(role["arn"]),
          roleName: text(role["name"]),
          displayName: text(role["displayName"]),
          color: text(role["color"]),
          expires: Date.now() + left("expiresAt", role),
        }
      : undefined,
    s3Origin: text(read["s3Origin"]),
    consoleOrigin: text(read["consoleOrigin"]),
    region: text(read["region"]),
    version: text(read["version"]),
    insecure: read["insecure"] === true,
  };
}

/**
 * The console's cookie is hidden from scripts. One that is not was set by a page of another port of this host, to sign this browser in as
 * somebody else.
 */
function deleteForeignCookie(): void {
  const { port, protocol } = location;
  const number = port || (protocol === "https:" ? "443" : "80");
  for (const name of [`s3c-${number}`, `__Host-s3c-${number}`]) {
    const isVisible = document.cookie.split("; ").some((one) => one.startsWith(`${name}=`));
    if (isVisible) document.cookie = `${name}=; Path=/; Max-Age=0${name.startsWith("_") ? "; Secure" : ""}`;
  }
}

export async function loadSession(): Promise<Session> {
  deleteForeignCookie();
  return readSession(await send("/session", { method: "GET" }));
}

/** The session as it is now, without asking anybody to sign in. */
export async function reloadSession(): Promise<Session> {
  return readSession(await sendOnce("/session", { method: "GET" }));
}

/** A step of signing in again; what comes next. */
export async function signInStep(path: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const response = await sendOnce(path, { method: "POST", headers: json, body: JSON.stringify(fields) });
  return text(fieldsOf(await response.json())["next"]);
}

export const isSameActor = (one: Session, other: Session): boolean =>
  one.userArn === other.userArn && one.role?.arn === other.role?.arn;

/** `sent`: how, because the dialog that signs in again takes the role again without asking. */
export async function switchRole(choice: RoleChoice, sent: typeof send = send): Promise<Session> {
  const { account, roleName, displayName, color } = choice;
  const body = JSON.stringify({ account, role: roleName, displayName, color });
  return readSession(await sent("/session/role", { method: "POST", headers: json, body }));
}

export async function switchBack(): Promise<Session> {
  return readSession(await send("/session/role", { method: "DELETE" }));
}

export async function signOut(): Promise<void> {
  await send("/session", { method: "DELETE" });
  location.assign("/signin");
}

export async function signOutOthers(): Promise<void> {
  await send("/session/others", { method: "DELETE" });
}

export async function signOutEverywhere(): Promise<void> {
  await signOutOthers();
  await signOut();
}

export interface LinkRequest {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string;
  readonly seconds: number;
}

/** A link to one object, for whoever has it, until it expires. */
export async function makeLink(request: LinkRequest): Promise<string> {
  const response = await send("/links", { method: "POST", headers: json, body: JSON.stringify(request) });
  const answer: unknown = await response.json();
  return isRecord(answer) ? text(answer["url"]) : "";
}

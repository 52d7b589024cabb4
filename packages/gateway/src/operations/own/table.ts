import type { OwnOperationName } from "../../ports/operation-name.ts";
import type { JsonOperation } from "../operation.ts";
import { describeKeyring, rotateKeyring } from "./keyring.ts";
import { listSessions, revokeSessions } from "./sessions.ts";

export const ownOperations: Readonly<Record<OwnOperationName, JsonOperation>> = {
  DescribeKeyring: describeKeyring,
  ListSessions: listSessions,
  RevokeSessions: revokeSessions,
  RotateKeyring: rotateKeyring,
};

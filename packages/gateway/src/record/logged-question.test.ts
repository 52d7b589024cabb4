import { expect, test } from "vitest";
import { globalKeys, s3Keys, s3OperationKeys } from "../authz/request-context.ts";
import { loggedQuestion } from "./logged-question.ts";

/** What policies can ask of a request, and events do not have. */
const notLogged = [
  // The event has the account of the resource beside them, and its organization is nobody else's to know.
  "aws:resourceaccount",
  "s3:resourceaccount",
  "aws:resourceorgid",
  "aws:resourceorgpaths",
  // The same in all requests to the gateway.
  "aws:viaawsservice",
  "aws:calledvia",
  "aws:calledviafirst",
  "aws:calledvialast",
  "aws:sourcevpc",
  "aws:sourcevpce",
  "aws:vpcsourceip",
  // Of services, whose decisions no event has.
  "aws:sourceaccount",
  "aws:sourcearn",
  "aws:sourceorgid",
  "aws:sourceorgpaths",
  // Of the caller: `ownKeys` has them, but for a code that came with the request.
  "aws:multifactorauthage",
  "aws:multifactorauthpresent",
  "aws:principalisawsservice",
  // `ownKeys` has those that the caller may know.
  "aws:resourcetag/",
  "s3:buckettag/",
  "s3:existingobjecttag/",
  "s3:requestobjecttag/",
];

test("an event has what policies can ask of a request", () => {
  const asked: string[] = [];
  const context = (key: string) => {
    asked.push(key);
    return undefined;
  };
  loggedQuestion({ principal: { kind: "anonymous" }, action: "a", resource: "b", resourceAccount: "c", context }, []);
  const keys = Object.keys({ ...globalKeys, ...s3Keys, ...s3OperationKeys });
  expect(keys.filter((key) => !asked.includes(key)).toSorted()).toEqual(notLogged.toSorted());
});

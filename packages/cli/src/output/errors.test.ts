import { expect, test } from "vitest";
import { describeError, withoutSecrets } from "./errors.ts";
import { CommandError } from "../command-line/failures.ts";

test("a service's failure is one line: what, why, what to do", () => {
  const error = Object.assign(new Error("User: arn:x is not authorized\n  to perform: iam:CreateUser."), {
    name: "AccessDenied",
    $metadata: { httpStatusCode: 403 },
  });
  expect(describeError(error)).toBe(
    "User: arn:x is not authorized to perform: iam:CreateUser (AccessDenied, HTTP 403); use credentials that may do this",
  );
});

test("an encoded message is for whoever may decode it, not for people", () => {
  const message = "User: arn:x is not authorized to perform: a:B Encoded authorization failure message: Ab_-9";
  expect(describeError(new Error(message))).toBe("User: arn:x is not authorized to perform: a:B");
});

test("a refused connection is reported with its own reason, although its outer error has no message", () => {
  const inner = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  expect(describeError(new AggregateError([inner], ""))).toBe(
    "connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED); check that the service runs at that endpoint",
  );
});

test("a certificate of an unknown signer says what to do", () => {
  const unknown = Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  expect(describeError(unknown)).toBe(
    "self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT); set AWS_CA_BUNDLE to the file with the certificate of its signer",
  );
});

test("https:// where there is no certificate says what to do", () => {
  const error = Object.assign(new Error("write EPROTO 80:error:0A00010B:SSL routines::wrong version number"), {
    code: "EPROTO",
  });
  expect(describeError(error)).toMatch(/; the service does not speak TLS there.*begins with http:\/\/$/);
});

test("an answer without any reason, as of a proxy, says where to look", () => {
  for (const message of ["Unknown", "UnknownError", ""])
    expect(describeError({ name: "Error", message, $metadata: { httpStatusCode: 502 } })).toBe(
      "the service gave no reason (HTTP 502); check the endpoint, or try again later",
    );
});

test("a full disk says what to do", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  expect(describeError(full)).toBe(
    "ENOSPC: no space left on device, write (ENOSPC); free space, then run the command again",
  );
});

test("control characters of a message never reach the terminal", () => {
  expect(describeError(new CommandError("a\u001b[31mb\r\nc"))).toBe("a [31mb c");
});

test("secrets are taken out of lines", () => {
  expect(withoutSecrets("bad key topsecretkey here", ["topsecretkey"])).toBe("bad key [secret] here");
});

test("a code that is the name of a property of every object has no advice", () => {
  for (const code of ["constructor", "toString", "__proto__"])
    expect(describeError({ Code: code, message: "No." })).toBe(`No (${code})`);
});

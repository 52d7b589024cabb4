import type { RequestLine } from "../ports/request-log.ts";

/** What each field of a request's line is; the reference page comes from here. In the order of the line. */
export const logFields = {
  level: "30; 40 and 50 are lines of other kinds: warnings, and faults with `err`",
  time: "when the request had been answered, ISO 8601 in UTC",
  requestId: "as the answer and the event have it",
  traceId: "of the request's trace, where traces are collected",
  remote: "the client's address; behind a trusted proxy the one that the proxy names",
  method: "of HTTP",
  service: "`s3`, `iam`, `sts` …; `signin`: a sign-in to the console",
  operation: "by AWS's name; absent when the request was refused before it was known",
  bucket: "that the request names",
  key: "that the request names, decoded",
  status: "of HTTP",
  code: "of the error; `slow-client` and `fault`: the answer was broken off",
  ms: "from the head of the request to the end of the answer",
  received: "bytes of the request's body that were read",
  sent: "bytes of the answer's body that were written",
  principal: "the caller's ARN, or `anonymous`; absent when it was not authenticated",
  accessKeyId: "the id of the key that signed, when the signature held",
  upstream: "`name` of the engine that keeps the bucket, and the `requestId` of its last answer",
  decision:
    "`allowed`, `reason`, `layer`, the `statement` that decided, and what was asked: `s3-credentials explain --log` reads it",
  msg: "`request`",
} as const satisfies Readonly<Record<keyof RequestLine | "level" | "time" | "msg", string>>;

import type { ErrorRow } from "./error-row.ts";

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const commonErrors = {
  AccessDenied: { status: 403, message: "You do not have sufficient access to perform this action." },
  ExpiredToken: { status: 403, message: "The security token included in the request is expired" },
  InvalidAction: { status: 400, message: "The action or operation requested is invalid." },
  InvalidClientTokenId: { status: 403, message: "The security token included in the request is invalid." },
  InvalidURI: { status: 400, message: "The target of the request is not valid." },
  MalformedQueryString: { status: 404, message: "The query string contains a syntax error." },
  MissingAction: { status: 400, message: "The request is missing an action or a required parameter." },
  MissingAuthenticationToken: { status: 403, message: "Request is missing Authentication Token" },
  NotImplemented: { status: 501, message: "The operation is not implemented." },
  RequestTimeTooSkewed: { status: 403, message: "Signature expired: the request is outside of the allowed time." },
  ServiceFailure: {
    status: 500,
    message: "The request processing has failed because of an unknown error, exception or failure.",
  },
  ServiceUnavailable: { status: 503, message: "The request has failed due to a temporary failure of the server." },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
  },
  ValidationError: { status: 400, message: "The input fails to satisfy the constraints specified by an AWS service." },
  // What parsing a signature may answer for S3's sake stands here too: one parser serves all services.
  AuthorizationHeaderMalformed: { status: 400, message: "The authorization header that you provided is not valid." },
  AuthorizationQueryParametersError: {
    status: 400,
    message: "The authorization query parameters that you provided are not valid.",
  },
  InvalidArgument: { status: 400, message: "Invalid Argument" },
  InvalidRequest: { status: 400, message: "Invalid Request" },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */
export const iamErrors = {
  ...commonErrors,
  DeleteConflict: {
    status: 409,
    message:
      "The request was rejected because it attempted to delete a resource that has attached subordinate entities.",
  },
  EntityAlreadyExists: {
    status: 409,
    message: "The request was rejected because it attempted to create a resource that already exists.",
  },
  InvalidInput: {
    status: 400,
    message: "The request was rejected because an invalid or out-of-range value was supplied for an input parameter.",
  },
  LimitExceeded: {
    status: 409,
    message: "The request was rejected because it attempted to create resources beyond the current account limits.",
  },
  MalformedPolicyDocument: {
    status: 400,
    message: "The request was rejected because the policy document was malformed.",
  },
  NoSuchEntity: {
    status: 404,
    message: "The request was rejected because it referenced a resource entity that does not exist.",
  },
  PasswordPolicyViolation: {
    status: 400,
    message:
      "The request was rejected because the provided password did not meet the requirements imposed by the account password policy.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors */
export const stsErrors = {
  ...commonErrors,
  MalformedPolicyDocument: {
    status: 400,
    message: "The request was rejected because the policy document was malformed.",
  },
  NoSuchEntity: {
    status: 404,
    message: "The request was rejected because it referenced a resource entity that does not exist.",
  },
  PackedPolicyTooLarge: {
    status: 400,
    message:
      "The request was rejected because the total packed size of the session policies and session tags combined was too large.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type IamErrorCode = keyof typeof iamErrors;
export type StsErrorCode = keyof typeof stsErrors;

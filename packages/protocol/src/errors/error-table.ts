/** Every error code that the gateway answers, by service. */

export interface ErrorRow {
  readonly status: number;
  /** Default text, for the client. */
  readonly message: string;
  /** Of S3: elements that the answer always has beside code, message and ids. It may have others, which depend on what was wrong. */
  readonly details?: readonly string[];
}

/** One parser reads the signatures of all services, so its errors are in every table, although only S3 documents them. */
const signatureErrors = {
  AuthorizationHeaderMalformed: { status: 400, message: "The authorization header that you provided is not valid." },
  AuthorizationQueryParametersError: {
    status: 400,
    message: "The authorization query parameters that you provided are not valid.",
  },
  InvalidArgument: { status: 400, message: "Invalid Argument" },
  InvalidRequest: { status: 400, message: "Invalid Request" },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList */
export const s3Errors = {
  ...signatureErrors,
  AccessControlListNotSupported: { status: 400, message: "The bucket does not allow ACLs" },
  AccessDenied: { status: 403, message: "Access Denied" },
  AllAccessDisabled: { status: 403, message: "All access to this Amazon S3 resource has been disabled." },
  AccessForbidden: { status: 403, message: "Access forbidden" },
  BadDigest: {
    status: 400,
    message: "The Content-MD5 or checksum value that you specified did not match what the server received.",
  },
  BadRequest: { status: 400, message: "Bad Request" },
  BucketAlreadyExists: {
    status: 409,
    message:
      "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
    details: ["BucketName"],
  },
  BucketAlreadyOwnedByYou: {
    status: 409,
    message: "Your previous request to create the named bucket succeeded and you already own it.",
    details: ["BucketName"],
  },
  BucketNotEmpty: { status: 409, message: "The bucket you tried to delete is not empty.", details: ["BucketName"] },
  ConditionalRequestConflict: {
    status: 409,
    message: "The conditional request cannot succeed due to a conflicting operation against this resource.",
  },
  EntityTooLarge: {
    status: 400,
    message: "Your proposed upload exceeds the maximum allowed size.",
    details: ["ProposedSize", "MaxSizeAllowed"],
  },
  EntityTooSmall: {
    status: 400,
    message: "Your proposed upload is smaller than the minimum allowed size",
    details: ["ProposedSize", "MinSizeAllowed"],
  },
  ExpiredToken: { status: 400, message: "The provided token has expired." },
  IllegalLocationConstraintException: {
    status: 400,
    message:
      "The specified location constraint is incompatible for the region specific endpoint this request was sent to.",
  },
  IllegalVersioningConfigurationException: {
    status: 400,
    message: "The versioning configuration specified in the request is invalid.",
  },
  IncompleteBody: {
    status: 400,
    message: "You did not provide the number of bytes specified by the Content-Length HTTP header.",
  },
  IncorrectNumberOfFilesInPostRequest: {
    status: 400,
    message: "POST requires exactly one file upload per request.",
  },
  InsufficientStorage: {
    status: 507,
    message: "There is not enough free space on the disk of the gateway. Delete objects, then try again.",
  },
  InternalError: { status: 500, message: "We encountered an internal error. Please try again." },
  InvalidAccessKeyId: {
    status: 403,
    message: "The AWS Access Key Id you provided does not exist in our records.",
    details: ["AWSAccessKeyId"],
  },
  InvalidBucketAclWithObjectOwnership: {
    status: 400,
    message: "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
  },
  InvalidBucketAclWithBlockPublicAccessError: {
    status: 400,
    message: "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
  },
  InvalidBucketName: { status: 400, message: "The specified bucket is not valid.", details: ["BucketName"] },
  InvalidBucketState: {
    status: 409,
    message: "The request is not valid with the current state of the bucket.",
    details: ["BucketName"],
  },
  InvalidBucketOwnerAWSAccountID: {
    status: 400,
    message: "The value of the expected bucket owner parameter must be an AWS account ID.",
  },
  InvalidChunkSizeError: {
    status: 400,
    message: "Only the last chunk is allowed to have a size less than 8192 bytes",
    details: ["Chunk", "BadChunkSize"],
  },
  InvalidDigest: { status: 400, message: "The Content-MD5 you specified is not valid.", details: ["Content-MD5"] },
  InvalidPart: {
    status: 400,
    message:
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    details: ["UploadId", "PartNumber"],
  },
  InvalidPartNumber: {
    status: 416,
    message: "The requested partnumber is not satisfiable",
    details: ["PartNumberRequested", "ActualPartCount"],
  },
  InvalidPartOrder: {
    status: 400,
    message: "The list of parts was not in ascending order. Parts must be ordered by part number.",
    details: ["UploadId"],
  },
  InvalidPolicyDocument: {
    status: 400,
    message: "The content of the form does not meet the conditions specified in the policy document.",
  },
  InvalidRange: {
    status: 416,
    message: "The requested range is not satisfiable",
    details: ["RangeRequested", "ActualObjectSize"],
  },
  InvalidStorageClass: {
    status: 400,
    message: "The storage class you specified is not valid",
    details: ["StorageClassRequested"],
  },
  InvalidTargetBucketForLogging: {
    status: 400,
    message:
      "The target bucket for logging does not exist, is not owned by you, or does not have the appropriate grants for the log-delivery group.",
  },
  InvalidTag: { status: 400, message: "The tag provided was not a valid tag." },
  InvalidToken: { status: 400, message: "The provided token is malformed or otherwise invalid." },
  InvalidURI: { status: 400, message: "Couldn't parse the specified URI." },
  KeyTooLongError: { status: 400, message: "Your key is too long", details: ["Size", "MaxSizeAllowed"] },
  MalformedACLError: {
    status: 400,
    message: "The XML you provided was not well-formed or did not validate against our published schema",
  },
  MalformedPOSTRequest: {
    status: 400,
    message: "The body of your POST request is not well-formed multipart/form-data.",
  },
  MalformedPolicy: { status: 400, message: "Policies must be valid JSON and the first byte must be '{'" },
  MalformedTrailerError: {
    status: 400,
    message: "The request contained trailing data that was not well-formed or did not conform to our published schema.",
  },
  MalformedXML: {
    status: 400,
    message: "The XML you provided was not well-formed or did not validate against our published schema",
  },
  MaxPostPreDataLengthExceeded: {
    status: 400,
    message: "Your POST request fields preceding the upload file were too large.",
  },
  MetadataTooLarge: {
    status: 400,
    message: "Your metadata headers exceed the maximum allowed metadata size",
    details: ["Size", "MaxSizeAllowed"],
  },
  MethodNotAllowed: {
    status: 405,
    message: "The specified method is not allowed against this resource.",
    details: ["Method", "ResourceType"],
  },
  MissingContentLength: { status: 411, message: "You must provide the Content-Length HTTP header." },
  MissingRequestBodyError: { status: 400, message: "Request Body is empty" },
  MissingSecurityHeader: { status: 400, message: "Your request is missing a required header." },
  NoSuchBucket: { status: 404, message: "The specified bucket does not exist", details: ["BucketName"] },
  NoSuchBucketPolicy: { status: 404, message: "The bucket policy does not exist", details: ["BucketName"] },
  NoSuchCORSConfiguration: { status: 404, message: "The CORS configuration does not exist", details: ["BucketName"] },
  NoSuchConfiguration: { status: 404, message: "The specified configuration does not exist.", details: ["BucketName"] },
  NoSuchKey: { status: 404, message: "The specified key does not exist.", details: ["Key"] },
  NoSuchLifecycleConfiguration: {
    status: 404,
    message: "The lifecycle configuration does not exist",
    details: ["BucketName"],
  },
  NoSuchObjectLockConfiguration: {
    status: 404,
    message: "The specified object does not have a ObjectLock configuration",
    details: ["Key"],
  },
  NoSuchPublicAccessBlockConfiguration: { status: 404, message: "The public access block configuration was not found" },
  NoSuchTagSet: { status: 404, message: "The TagSet does not exist" },
  NoSuchUpload: {
    status: 404,
    message:
      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    details: ["UploadId"],
  },
  NoSuchVersion: { status: 404, message: "The specified version does not exist.", details: ["Key", "VersionId"] },
  NoSuchWebsiteConfiguration: {
    status: 404,
    message: "The specified bucket does not have a website configuration",
    details: ["BucketName"],
  },
  NotImplemented: {
    status: 501,
    message: "A header or operation you provided implies functionality that is not implemented.",
  },
  ObjectLockConfigurationNotFoundError: {
    status: 404,
    message: "Object Lock configuration does not exist for this bucket",
    details: ["BucketName"],
  },
  OperationAborted: {
    status: 409,
    message: "A conflicting conditional operation is currently in progress against this resource. Please try again.",
  },
  OwnershipControlsNotFoundError: {
    status: 404,
    message: "The bucket ownership controls were not found",
    details: ["BucketName"],
  },
  PreconditionFailed: {
    status: 412,
    message: "At least one of the pre-conditions you specified did not hold",
    details: ["Condition"],
  },
  // Ceph's, https://docs.ceph.com/en/latest/radosgw/s3/: AWS has no quotas of what is stored. Clients do not try it again by themselves.
  QuotaExceeded: {
    status: 403,
    message: "The quota of this bucket, or of the account that owns it, has no room for what this request would add.",
  },
  ReplicationConfigurationNotFoundError: {
    status: 404,
    message: "The replication configuration was not found",
    details: ["BucketName"],
  },
  RequestHeaderSectionTooLarge: {
    status: 400,
    message: "The request header and query parameters used to make the request exceed the maximum allowed size.",
  },
  RequestTimeTooSkewed: {
    status: 403,
    message: "The difference between the request time and the server's time is too large.",
    details: ["RequestTime", "ServerTime", "MaxAllowedSkewMilliseconds"],
  },
  RequestTimeout: {
    status: 400,
    message: "Your socket connection to the server was not read from or written to within the timeout period.",
  },
  "KMS.NotFoundException": { status: 400, message: "The key does not exist." },
  InvalidEncryptionAlgorithmError: {
    status: 400,
    message: "The encryption request that you specified is not valid. The valid value is AES256.",
  },
  ServerSideEncryptionConfigurationNotFoundError: {
    status: 404,
    message: "The server side encryption configuration was not found",
    details: ["BucketName"],
  },
  ServiceUnavailable: { status: 503, message: "Service is unable to handle request." },
  SignatureDoesNotMatch: {
    status: 403,
    message:
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
    details: ["AWSAccessKeyId", "StringToSign", "SignatureProvided", "StringToSignBytes"],
  },
  SlowDown: { status: 503, message: "Please reduce your request rate." },
  XAmzContentSHA256Mismatch: {
    status: 400,
    message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    details: ["ClientComputedContentSHA256", "S3ComputedContentSHA256"],
  },
  TooManyConfigurations: {
    status: 400,
    message: "You are attempting to create a new configuration but have already reached the 1,000-configuration limit.",
  },
  UnexpectedContent: { status: 400, message: "This request contains unsupported content." },
  UnresolvableGrantByEmailAddress: {
    status: 400,
    message:
      "The email address you provided does not match any account on record. Name accounts by their canonical user id.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type S3ErrorCode = keyof typeof s3Errors;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html */
const commonErrors = {
  AccessDenied: { status: 403, message: "You do not have sufficient access to perform this action." },
  ExpiredToken: { status: 403, message: "The security token included in the request is expired" },
  IncompleteSignature: { status: 400, message: "The request signature does not conform to AWS standards." },
  InvalidAction: { status: 400, message: "The action or operation requested is invalid." },
  InvalidClientTokenId: { status: 403, message: "The security token included in the request is invalid." },
  InvalidURI: { status: 400, message: "The target of the request is not valid." },
  MalformedQueryString: { status: 404, message: "The query string contains a syntax error." },
  MissingAction: { status: 400, message: "The request is missing an action or a required parameter." },
  MissingAuthenticationToken: { status: 403, message: "Request is missing Authentication Token" },
  NotImplemented: { status: 501, message: "The operation is not implemented." },
  RequestExpired: { status: 400, message: "Signature expired: the request is outside of the allowed time." },
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
  Throttling: { status: 400, message: "Rate exceeded" },
  ValidationError: { status: 400, message: "The input fails to satisfy the constraints specified by an AWS service." },
  ...signatureErrors,
} as const satisfies Readonly<Record<string, ErrorRow>>;

const policyErrors = {
  MalformedPolicyDocument: {
    status: 400,
    message: "The request was rejected because the policy document was malformed.",
  },
  NoSuchEntity: {
    status: 404,
    message: "The request was rejected because it referenced a resource entity that does not exist.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html */
export const iamErrors = {
  ...commonErrors,
  ...policyErrors,
  DeleteConflict: {
    status: 409,
    message:
      "The request was rejected because it attempted to delete a resource that has attached subordinate entities.",
  },
  EntityAlreadyExists: {
    status: 409,
    message: "The request was rejected because it attempted to create a resource that already exists.",
  },
  InvalidAuthenticationCode: {
    status: 403,
    message: "The request was rejected because the authentication code was not recognized.",
  },
  InvalidInput: {
    status: 400,
    message: "The request was rejected because an invalid or out-of-range value was supplied for an input parameter.",
  },
  InvalidUserType: {
    status: 400,
    message: "The request was rejected because the type of user for the transaction was incorrect.",
  },
  LimitExceeded: {
    status: 409,
    message: "The request was rejected because it attempted to create resources beyond the current account limits.",
  },
  ReportExpired: {
    status: 410,
    message:
      "The request was rejected because the most recent credential report has expired. To generate a new credential report, use GenerateCredentialReport.",
  },
  ReportInProgress: {
    status: 404,
    message: "The request was rejected because the credential report is still being generated.",
  },
  ReportNotPresent: {
    status: 410,
    message:
      "The request was rejected because the credential report does not exist. To generate a credential report, use GenerateCredentialReport.",
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
  ...policyErrors,
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html#API_AssumeRoleWithWebIdentity_Errors
  ExpiredTokenException: { status: 400, message: "The web identity token that was passed is expired." },
  IDPCommunicationError: {
    status: 400,
    message: "The identity provider that was asked to verify the incoming identity token could not be reached.",
  },
  IDPRejectedClaim: { status: 403, message: "A claim of the identity token cannot be used." },
  InvalidIdentityToken: { status: 400, message: "The web identity token that was passed could not be validated." },
  InvalidAuthorizationMessageException: {
    status: 400,
    message: "The message is not one of this account's encoded authorization messages, or it has expired.",
  },
  PackedPolicyTooLarge: {
    status: 400,
    message:
      "The request was rejected because the total packed size of the session policies and session tags combined was too large.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** Codes of S3 by the names that IAM and STS have for them. */
export const queryNames = { RequestTimeTooSkewed: "RequestExpired" } as const;

/** Of the JSON services, whose clients report every mistake of theirs with 400, and take the code from the body. */
const clientError = 400;

/**
 * The common errors as the JSON services name them.
 * https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html
 */
export const jsonNames = {
  AccessDenied: "AccessDeniedException",
  ExpiredToken: "ExpiredTokenException",
  InvalidAction: "UnknownOperationException",
  InvalidClientTokenId: "UnrecognizedClientException",
  MissingAuthenticationToken: "MissingAuthenticationTokenException",
  RequestTimeTooSkewed: "InvalidSignatureException",
  ServiceFailure: "ServiceException",
  ServiceUnavailable: "TooManyRequestsException",
  SignatureDoesNotMatch: "InvalidSignatureException",
  Throttling: "ThrottlingException",
  ValidationError: "ValidationException",
} as const satisfies Readonly<Partial<Record<keyof typeof commonErrors | keyof typeof queryNames, string>>>;

const jsonErrors = {
  AccessDeniedException: { status: clientError, message: "You don't have permissions to access this resource." },
  ExpiredTokenException: { status: clientError, message: commonErrors.ExpiredToken.message },
  IncompleteSignature: commonErrors.IncompleteSignature,
  InvalidSignatureException: { status: clientError, message: commonErrors.SignatureDoesNotMatch.message },
  MissingAuthenticationTokenException: {
    status: clientError,
    message: commonErrors.MissingAuthenticationToken.message,
  },
  NotImplemented: commonErrors.NotImplemented,
  SerializationException: { status: clientError, message: "The request could not be read." },
  ServiceException: { status: 500, message: commonErrors.ServiceFailure.message },
  ThrottlingException: { status: clientError, message: commonErrors.Throttling.message },
  TooManyRequestsException: { status: 503, message: commonErrors.ServiceUnavailable.message },
  UnknownOperationException: { status: clientError, message: commonErrors.InvalidAction.message },
  UnrecognizedClientException: { status: clientError, message: commonErrors.InvalidClientTokenId.message },
  ValidationException: { status: clientError, message: commonErrors.ValidationError.message },
  InvalidURI: commonErrors.InvalidURI,
  ...signatureErrors,
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html */
export const organizationsErrors = {
  ...jsonErrors,
  AccountAlreadyClosedException: {
    status: clientError,
    message: "You attempted to close an account that is already closed.",
  },
  AccountNotFoundException: {
    status: clientError,
    message: "We can't find an AWS account with the AccountId that you specified.",
  },
  ChildNotFoundException: {
    status: clientError,
    message: "We can't find an organizational unit (OU) or AWS account with the ChildId that you specified.",
  },
  ConstraintViolationException: {
    status: clientError,
    message: "Performing this operation violates a minimum or maximum value limit.",
  },
  CreateAccountStatusNotFoundException: {
    status: clientError,
    message: "We can't find a create account request with the CreateAccountRequestId that you specified.",
  },
  DestinationParentNotFoundException: {
    status: clientError,
    message: "We can't find the destination container (a root or OU) with the ParentId that you specified.",
  },
  DuplicateAccountException: {
    status: clientError,
    message: "That account is already present in the specified destination.",
  },
  DuplicatePolicyAttachmentException: {
    status: clientError,
    message: "The selected policy is already attached to the specified target.",
  },
  DuplicatePolicyException: { status: clientError, message: "A policy with the same name already exists." },
  MalformedPolicyDocumentException: {
    status: clientError,
    message: "The provided policy document doesn't meet the requirements of the specified policy type.",
  },
  ParentNotFoundException: {
    status: clientError,
    message: "We can't find a root or OU with the ParentId that you specified.",
  },
  PolicyInUseException: {
    status: clientError,
    message:
      "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.",
  },
  PolicyNotAttachedException: {
    status: clientError,
    message: "The policy isn't attached to the specified target in the specified root.",
  },
  PolicyNotFoundException: {
    status: clientError,
    message: "We can't find a policy with the PolicyId that you specified.",
  },
  PolicyTypeAlreadyEnabledException: {
    status: clientError,
    message: "The specified policy type is already enabled in the specified root.",
  },
  PolicyTypeNotAvailableForOrganizationException: {
    status: clientError,
    message:
      "You can't use the specified policy type here: this organization has service control policies and resource control policies only.",
  },
  PolicyTypeNotEnabledException: {
    status: clientError,
    message:
      "The specified policy type isn't currently enabled in this root. You can't attach policies of the specified type to entities in a root until you enable that type in the root.",
  },
  RootNotFoundException: { status: clientError, message: "We can't find a root with the RootId that you specified." },
  SourceParentNotFoundException: {
    status: clientError,
    message: "We can't find a source root or OU with the ParentId that you specified.",
  },
  TargetNotFoundException: {
    status: clientError,
    message: "We can't find a root, OU, account, or policy with the TargetId that you specified.",
  },
  InvalidInputException: {
    status: clientError,
    message:
      "The requested operation failed because you provided invalid values for one or more of the request parameters.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html */
export const cloudtrailErrors = {
  ...jsonErrors,
  EventNotFoundException: { status: clientError, message: "No event of this account has that request id." },
  InvalidEventCategoryException: { status: clientError, message: "The event category is not one of those recorded." },
  InvalidLookupAttributesException: { status: clientError, message: "A lookup attribute is not valid." },
  InvalidMaxResultsException: { status: clientError, message: "MaxResults is not valid." },
  InvalidNextTokenException: { status: clientError, message: "The token is not one that an earlier answer gave." },
  InvalidTimeRangeException: { status: clientError, message: "The start of the time range is after its end." },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type CloudtrailErrorCode = keyof typeof cloudtrailErrors;
/** https://docs.aws.amazon.com/accounts/latest/reference/CommonErrors.html */
export const accountErrors = {
  ...jsonErrors,
  ResourceNotFoundException: {
    status: 404,
    message: "The operation failed because it specified a resource that can't be found.",
  },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type AccountErrorCode = keyof typeof accountErrors;
/** https://docs.aws.amazon.com/access-analyzer/latest/APIReference/CommonErrors.html, and the pages of its operations */
export const accessAnalyzerErrors = {
  ...jsonErrors,
  AccessDeniedException: { status: 403, message: jsonErrors.AccessDeniedException.message },
  ConflictException: { status: 409, message: "A conflict exception error." },
  InvalidParameterException: { status: clientError, message: "The specified parameter is invalid." },
  ResourceNotFoundException: { status: 404, message: "The specified resource could not be found." },
  ServiceQuotaExceededException: { status: 402, message: "The request would exceed a quota." },
  ThrottlingException: { status: 429, message: "Throttling limit exceeded error." },
  UnprocessableEntityException: { status: 422, message: "The specified entity could not be processed." },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type AccessAnalyzerErrorCode = keyof typeof accessAnalyzerErrors;
/** The gateway's own service. */
export const ownErrors = {
  ...jsonErrors,
  LimitExceededException: { status: clientError, message: "The request is beyond a limit." },
  ResourceNotFoundException: { status: clientError, message: "What the request names does not exist." },
} as const satisfies Readonly<Record<string, ErrorRow>>;

export type OwnErrorCode = keyof typeof ownErrors;
export type OrganizationsErrorCode = keyof typeof organizationsErrors;
export type IamErrorCode = keyof typeof iamErrors;
export type StsErrorCode = keyof typeof stsErrors;

/** A code of any service's table. */
export type ErrorCode =
  | S3ErrorCode
  | IamErrorCode
  | StsErrorCode
  | OrganizationsErrorCode
  | CloudtrailErrorCode
  | AccountErrorCode
  | AccessAnalyzerErrorCode
  | OwnErrorCode;

/** A code that every service has, if by a name of its own, for answers before the service of a request is known. */
export type CommonErrorCode = (S3ErrorCode & IamErrorCode & StsErrorCode) | keyof typeof queryNames;

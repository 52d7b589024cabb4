export type * from "./sigv4/request-auth.ts";
export { BodyFault } from "./sigv4/body-fault.ts";
export { bodyPlanOf, headerOf, storedContentEncoding } from "./sigv4/body-plan.ts";
export { presignQuery, signRequest, chunkSignature, trailerSignature, type SigningKeys } from "./sigv4/sign-request.ts";
export { type Form, formBoundary, type FormFile, maxFormFieldBytes, readForm } from "./form/form-reader.ts";
export {
  checkPostPolicy,
  isPolicySigned,
  type LengthRange,
  parsePostAuth,
  parsePostPolicy,
} from "./form/post-policy.ts";
export { parseAuth } from "./sigv4/parse-auth.ts";
export { hasHighBytes, headerText, headerValue, trimBlanks } from "./sigv4/header-value.ts";
export { verifiedBody } from "./sigv4/verified-body.ts";
export { checkClaims, verifyRequest } from "./sigv4/verify-request.ts";
export { checkExpiryV2, isSignedByV2, verifyRequestV2 } from "./sigv2/verify-request-v2.ts";
export { signature, signingKey } from "./sigv4/signing-key.ts";
export {
  checksumAlgorithms,
  checksumLength,
  compositeChecksum,
  createChecksum,
  isChecksumAlgorithm,
  isChecksumValue,
  type Checksum,
} from "./checksum/create-checksum.ts";
export { loadChecksums } from "./checksum/xxhash.ts";
export {
  combineChecksums,
  isCombinable,
  type CombinableAlgorithm,
  type PartChecksum,
} from "./checksum/combine-checksums.ts";
export {
  child,
  children,
  readXml,
  textOf,
  type XmlElement,
  type XmlFault,
  type XmlLimits,
  XmlReader,
} from "./xml/read-xml.ts";
export { element, renderXml, xmlPieces, type XmlContent, type XmlNode } from "./xml/write-xml.ts";
export { decodeComponent, decodeForm, decodeQuery, formPairs } from "./uri/decode.ts";
export { uriEncode, urlEncodeKey } from "./uri/encode.ts";
export {
  type ErrorCode,
  iamErrors,
  cloudtrailErrors,
  accessAnalyzerErrors,
  accountErrors,
  organizationsErrors,
  ownErrors,
  type S3ErrorCode,
  s3Errors,
  stsErrors,
} from "./errors/error-table.ts";
export { hostId } from "./errors/host-id.ts";
export {
  describeError,
  queryNamespaces,
  renderJsonError,
  renderQueryError,
  renderS3Error,
} from "./errors/render-error.ts";

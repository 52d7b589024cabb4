import { type Refusal, refuse } from "../operation.ts";
import { type Field, integer, optional, text, withDefault } from "../query/fields.ts";

/**
 * The parameters IAM operations share, with IAM's own limits.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
const name = (max: number) => text({ pattern: /^[\w+=,.@-]+$/, shown: "[\\w+=,.@-]+", max });

export const userName = name(64);
/** Of a user who is there, for the operations whose documentation has more characters than a name can have. */
export const existingUserName = name(128);
export const roleName = name(64);
export const groupName = name(128);
export const policyName = name(128);
export const mfaDeviceName = name(226);
export const maxSerialNumber = 256;
export const mfaSerialNumber = text({
  pattern: /^[\w+=/:,.@-]+$/,
  shown: "[\\w+=/:,.@-]+",
  min: 9,
  max: maxSerialNumber,
});
export const newPath = text({
  pattern: /^\/(?:[\u0021-\u007e]+\/)?$/,
  shown: "(\\u002F)|(\\u002F[\\u0021-\\u007F]+\\u002F)",
  max: 512,
});
export const path = withDefault(newPath, "/");
export const policyPath = withDefault(
  text({
    pattern: /^(?:\/[A-Za-z0-9.,+@=_-]+)*\/$/,
    shown: "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
    max: 512,
  }),
  "/",
);
export const pathPrefix = withDefault(
  text({ pattern: /^\/[\u0021-\u007e]*$/, shown: "\\u002F[\\u0021-\\u007F]*", max: 512 }),
  "/",
);
export const accessKeyId = text({ pattern: /^\w+$/, shown: "[\\w]+", min: 16, max: 128 });
export const policyArn = text({
  pattern: /^arn:[\u0021-\u007e]+$/,
  shown: "arn:[\\u0021-\\u007F]+",
  min: 20,
  max: 2048,
});
export const policyVersionId = text({ pattern: /^v[1-9]\d*$/, shown: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?", max: 64 });
export const documentRule = {
  pattern: /^[\u0009\u000a\u000d\u0020-\u00ff]+$/,
  shown: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
  max: 131_072,
} as const;
export const policyDocument = text(documentRule);
/** Only characters that XML has: with another one, no client could read GetAccountAuthorizationDetails of the account. */
export const description = text({
  pattern: /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u,
  shown: "[\\u0009\\u000A\\u000D\\u0020-\\uD7FF\\uE000-\\uFFFD\\u{10000}-\\u{10FFFF}]*",
  min: 0,
  max: 1000,
});
export const roleDescription = text({
  pattern: /^[\u0009\u000a\u000d\u0020-\u007e\u00a1-\u00ff]*$/,
  shown: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
  min: 0,
  max: 1000,
});
export const maxSessionDuration = integer(3600, 43_200);

export const invalidMarker = (): Refusal => refuse("ValidationError", "Invalid Marker.");

/** The place that a marker of `pageElements` names. A marker that no page can have had is refused. */
const marker: Field<string> = {
  read(parameters, name) {
    const value = parameters.get(name) ?? "";
    const place = Buffer.from(value, "base64").toString("latin1");
    return value.length <= 4096 && /^[\x20-\x7e]+$/.test(place) && Buffer.from(place).toString("base64") === value
      ? place
      : invalidMarker();
  },
};

const place: Field<number> = {
  read(parameters, name) {
    const at = marker.read(parameters, name);
    if (typeof at !== "string") return at;
    return /^\d{1,6}$/.test(at) ? Number(at) : invalidMarker();
  },
};

const MaxItems = withDefault(integer(1, 1000), 100);

/** `Marker` is opaque to clients and `MaxItems` is 100 when absent. */
export const pageFields = { Marker: optional(marker), MaxItems } as const;

/** The same for a list that is not ordered by name, see `pageFrom`. */
export const placedPageFields = { Marker: withDefault(place, 0), MaxItems } as const;

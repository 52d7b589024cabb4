/** Policies for one bucket or prefix. */
export {
  publicBucketPolicy,
  readOnlyPolicy,
  readWritePolicy,
  type TemplateOptions,
  writeOnlyPolicy,
} from "./templates/bucket-policies.ts";
export { checkBucketName, checkPrefix, type PrefixCheck } from "./templates/check-names.ts";

import { accountId } from "./notification-files.ts";

/** The forms of a configuration of notifications: the member that names a target, the service of its ARN, and what the events are of. */
const forms = [
  { name: "Queue", service: "sqs", group: "Created" },
  { name: "Topic", service: "sns", group: "Removed" },
] as const;

const configurations = forms.map(
  ({ name, service, group }) =>
    `<${name}Configuration><Id>${name}</Id><${name}>arn:aws:${service}:us-east-1:${accountId}:one</${name}><Event>s3:Object${group}:*</Event><Filter><S3Key><FilterRule><Name>prefix</Name><Value>of-${name}</Value></FilterRule></S3Key></Filter></${name}Configuration>`,
);

/** A configuration with everything that is read, for a gateway with the targets `one` and `two`. */
export const notifications = `<NotificationConfiguration>${configurations.join("")}</NotificationConfiguration>`;

/** What stands in it, and another value in its place; for a header, a value that is not the default. */
export const notificationValues: Readonly<Record<string, string | readonly [string, string]>> = {
  "x-amz-skip-destination-validation": "perhaps",
  ...Object.fromEntries(
    forms.flatMap(({ name, service, group }) => {
      const form = `/${name}Configuration`;
      const target = `${service}:us-east-1:${accountId}:one`;
      const filter = `<Name>prefix</Name><Value>of-${name}`;
      return [
        [`${form}/Id`, [`<Id>${name}`, "<Id>other"]],
        [`${form}/${name}`, [target, target.replace(/one$/, "two")]],
        [`${form}/Event`, [`s3:Object${group}:*`, "s3:ObjectTagging:*"]],
        [`${form}/Filter/S3Key/FilterRule/Name`, [filter, filter.replace("prefix", "suffix")]],
        [`${form}/Filter/S3Key/FilterRule/Value`, [filter, `${filter}-other`]],
      ] as const;
    }),
  ),
};

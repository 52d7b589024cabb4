import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import RadioGroup from "@cloudscape-design/components/radio-group";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { getSetting, putSetting } from "../api/bucket-settings.ts";
import { routingRulesShape } from "../api/setting-shapes.ts";
import { Arn } from "../shell/facts.tsx";
import { JsonField } from "./json-field.tsx";
import { type SettingEdit, SettingSection } from "./setting-section.tsx";

/** As the AWS CLI has it. */
interface Website {
  readonly IndexDocument?: { readonly Suffix: string };
  readonly ErrorDocument?: { readonly Key: string };
  readonly RedirectAllRequestsTo?: { readonly HostName: string; readonly Protocol?: string };
  readonly RoutingRules?: unknown;
}

const kinds = [
  { value: "off", label: "No website" },
  { value: "site", label: "A website of what is in the bucket" },
  { value: "redirect", label: "Lead every request to another host" },
] as const;

const kindOf = (website: Website | null): string =>
  website === null ? "off" : website.RedirectAllRequestsTo === undefined ? "site" : "redirect";

const begun: Readonly<Record<string, Website>> = {
  site: { IndexDocument: { Suffix: "index.html" } },
  redirect: { RedirectAllRequestsTo: { HostName: "" } },
};

export function BucketWebsite({ bucket }: { readonly bucket: string }): ReactNode {
  const key = ["website", bucket];
  return (
    <SettingSection<Website | null>
      setting={{
        words: `the website of ${bucket}`,
        key,
        read: async () => ((await getSetting(bucket, "website"))?.value ?? null) as Website | null,
        write: (website) => putSetting(bucket, "website", website ?? undefined),
      }}
      title="Website"
      description="Browsers get index and error documents. They see what everybody may read: a website gives no right."
      refresh={[["website address", bucket]]}
      isWhole={(website) => website === null || (website.RedirectAllRequestsTo ?? { HostName: "-" }).HostName !== ""}
    >
      {(edit) => (
        <>
          {edit.stored === null ? null : <Address bucket={bucket} />}
          <RadioGroup
            ariaLabel="Website"
            value={kindOf(edit.value)}
            items={kinds.map((one) => ({ ...one }))}
            onChange={({ detail: { value } }) =>
              edit.change(value === kindOf(edit.stored) ? edit.stored : (begun[value] ?? null))
            }
          />
          {edit.value === null ? null : <WebsiteFields edit={edit} website={edit.value} />}
        </>
      )}
    </SettingSection>
  );
}

function Address({ bucket }: { readonly bucket: string }): ReactNode {
  const query = useQuery({
    queryKey: ["website address", bucket],
    queryFn: async () => (await getSetting(bucket, "website"))?.headers.get("x-s3-credentials-website-url") ?? "",
  });
  if (query.data === undefined) return null;
  return query.data === "" ? (
    <span>This gateway serves no websites: it was started without --website-port.</span>
  ) : (
    <Arn arn={query.data} what="the address" />
  );
}

function WebsiteFields(props: { readonly edit: SettingEdit<Website | null>; readonly website: Website }): ReactNode {
  const { edit, website } = props;
  const { RedirectAllRequestsTo: redirect, RoutingRules, ErrorDocument, IndexDocument, ...rest } = website;
  if (redirect !== undefined)
    return (
      <FormField label="Host" description="With a port where it has one: www.example.com">
        <Input
          value={redirect.HostName}
          spellcheck={false}
          onChange={({ detail }) =>
            edit.change({ ...website, RedirectAllRequestsTo: { ...redirect, HostName: detail.value.trim() } })
          }
        />
      </FormField>
    );
  const change = (index: string, error: string, rules: unknown): void =>
    edit.change({
      ...rest,
      IndexDocument: { Suffix: index },
      ...(error === "" ? {} : { ErrorDocument: { Key: error } }),
      ...(rules === undefined ? {} : { RoutingRules: rules }),
    });
  const index = IndexDocument?.Suffix ?? "";
  const error = ErrorDocument?.Key ?? "";
  return (
    <>
      <div className="two-fields">
        <FormField label="Index document" description="What a folder shows.">
          <Input
            value={index}
            spellcheck={false}
            onChange={({ detail }) => change(detail.value, error, RoutingRules)}
          />
        </FormField>
        <FormField label="Error document" description="The key of what is shown for an error. Empty: none.">
          <Input
            value={error}
            spellcheck={false}
            onChange={({ detail }) => change(index, detail.value, RoutingRules)}
          />
        </FormField>
      </div>
      <JsonField
        key={edit.round}
        label="Redirects, as JSON"
        description='A list of rules, each with Condition and Redirect: [{"Condition":{"KeyPrefixEquals":"old/"},"Redirect":{"ReplaceKeyPrefixWith":"new/"}}]'
        value={RoutingRules}
        shape={routingRulesShape}
        onChange={(rules) => change(index, error, rules)}
        onProblem={edit.setProblem}
      />
    </>
  );
}

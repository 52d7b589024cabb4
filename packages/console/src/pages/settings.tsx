import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import Container from "@cloudscape-design/components/container";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { orNone } from "../api/call.ts";
import { iam } from "../api/iam/iam.ts";
import { childOf, memberTexts, textOf } from "../api/tree.ts";
import { getAccountQuota } from "../api/quota.ts";
import { Usage } from "../bucket/bucket-quota.tsx";
import { useAction } from "../shell/action.ts";
import { Arn, Facts } from "../shell/facts.tsx";
import { Failure } from "../shell/failure.tsx";
import { Page } from "../shell/page.tsx";
import { useSession } from "../shell/session-context.tsx";

const flags = {
  RequireUppercaseCharacters: "An upper case letter",
  RequireLowercaseCharacters: "A lower case letter",
  RequireNumbers: "A digit",
  RequireSymbols: "A sign, such as ! or -",
  AllowUsersToChangePassword: "Users may change their own password",
} as const;
const numbers = {
  MinimumPasswordLength: "Shortest length",
  MaxPasswordAge: "Days until a new password is due",
  PasswordReusePrevention: "Earlier passwords that cannot be used again",
} as const;

/** Every member as text; empty when it is not set. What the form does not show is sent back as it was. */
type Rules = Readonly<Record<string, string>>;

async function readRules(): Promise<Rules | null> {
  const answer = await orNone(iam("GetAccountPasswordPolicy"), "NoSuchEntity");
  if (answer === undefined) return null;
  const policy = childOf(answer, "PasswordPolicy");
  const names = [...Object.keys(flags), ...Object.keys(numbers), "HardExpiry"];
  return Object.fromEntries(names.map((name) => [name, textOf(policy, name)]));
}

export function Component(): ReactNode {
  const { accountId, s3Origin, consoleOrigin, region, version } = useSession();
  const alias = useQuery({
    queryKey: ["alias"],
    queryFn: async () => memberTexts(await iam("ListAccountAliases"), "AccountAliases")[0] ?? "",
  });
  const rules = useQuery({ queryKey: ["password-policy"], queryFn: readRules });
  return (
    <Page title="Settings" narrow description={`Of the account ${accountId}.`}>
      <Container header={<Header variant="h2">Addresses</Header>}>
        <Facts
          items={[
            ["S3, IAM and STS", <Arn key="s3" arn={s3Origin} what="the address" />],
            ["This console", <Arn key="console" arn={consoleOrigin} what="the address" />],
            ["Region and version", `${region}, ${version}`],
          ]}
        />
        <p className="soft">
          Links to objects begin with the address of S3.{" "}
          <a className="plain-link" href={s3Origin} target="_blank" rel="noreferrer">
            Try it
          </a>
          : S3 answers AccessDenied, because nobody signed that. When your browser does not reach it, start the gateway
          with --s3-origin and the address that it does reach.
        </p>
      </Container>
      {alias.error === null ? null : <Failure error={alias.error} task="read the account's alias" />}
      {alias.data === undefined ? null : <Alias key={alias.data} stored={alias.data} />}
      <Container header={<Header variant="h2">Signing in</Header>}>
        <Facts
          items={[
            ["Tries in 15 minutes", "10 for one user from one address, 60 for one network"],
            ["A session ends", "After one hour without a request, and after 12 hours"],
            ["The root user", "Signs in by a link of s3-credentials console --root, for one hour"],
          ]}
        />
      </Container>
      <Limits />
      {rules.error === null ? null : <Failure error={rules.error} task="read the password policy" />}
      {rules.data === undefined ? null : <PasswordPolicy key={JSON.stringify(rules.data)} stored={rules.data} />}
    </Page>
  );
}

function Alias({ stored }: { readonly stored: string }): ReactNode {
  const [name, setName] = useState(stored);
  const refresh = [["alias"], ["session"]];
  const put = (next: string, before: string): Promise<unknown> =>
    next === ""
      ? iam("DeleteAccountAlias", { AccountAlias: before })
      : iam("CreateAccountAlias", { AccountAlias: next });
  const save = useAction(() => put(name, stored), {
    task: "save the alias",
    quiet: true,
    refresh,
    done: () => ({ type: "success", header: "The alias is saved" }),
    undo: () => put(stored, name),
  });
  return (
    <Container header={<Header variant="h2">Alias of the account</Header>}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== stored) save.run();
        }}
      >
        <SpaceBetween size="m">
          {save.error === undefined ? null : <Failure isAnswer error={save.error} task="save the alias" />}
          <div className="adder">
            <FormField label="Alias" description="A name of the account beside its twelve digits.">
              <Input value={name} autoComplete={false} onChange={({ detail }) => setName(detail.value.trim())} />
            </FormField>
            <Button loading={save.busy} disabled={name === stored}>
              Save alias
            </Button>
          </div>
        </SpaceBetween>
      </form>
    </Container>
  );
}

const defaults: Rules = { MinimumPasswordLength: "8", AllowUsersToChangePassword: "true" };

function PasswordPolicy({ stored }: { readonly stored: Rules | null }): ReactNode {
  const [rules, setRules] = useState<Rules>(stored ?? defaults);
  const refresh = [["password-policy"]];
  const put = (next: Rules): Promise<unknown> =>
    iam("UpdateAccountPasswordPolicy", Object.fromEntries(Object.entries(next).filter(([, value]) => value !== "")));
  const save = useAction(() => put(rules), {
    task: "save the password policy",
    quiet: true,
    refresh,
    done: () => ({ type: "success", header: "The password policy is saved" }),
    undo: () => (stored === null ? iam("DeleteAccountPasswordPolicy") : put(stored)),
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={
            stored === null
              ? "There is none: a password has 8 characters at least, with three of: upper case, lower case, digits, signs."
              : "It holds whenever a password is set."
          }
        >
          Password policy
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.run();
        }}
      >
        <SpaceBetween size="m">
          {save.error === undefined ? null : <Failure isAnswer error={save.error} task="save the password policy" />}
          {Object.entries(numbers).map(([name, label]) => (
            <FormField key={name} label={label}>
              <Input
                type="number"
                inputMode="numeric"
                value={rules[name] ?? ""}
                onChange={({ detail }) => setRules({ ...rules, [name]: detail.value })}
              />
            </FormField>
          ))}
          {Object.entries(flags).map(([name, label]) => (
            <Checkbox
              key={name}
              checked={rules[name] === "true"}
              onChange={({ detail }) => setRules({ ...rules, [name]: String(detail.checked) })}
            >
              {label}
            </Checkbox>
          ))}
          <Button loading={save.busy}>Save password policy</Button>
        </SpaceBetween>
      </form>
    </Container>
  );
}

/** What the operator of the gateway allows this account. */
function Limits(): ReactNode {
  const { data, error } = useQuery({ queryKey: ["account-quota"], queryFn: getAccountQuota });
  if (error !== null) return <Failure error={error} task="read the limits of the account" />;
  if (data === undefined) return null;
  const rate = data.rate === undefined ? "No limit" : `${data.rate} of one user, role or root`;
  return (
    <Container header={<Header variant="h2">Limits</Header>}>
      <SpaceBetween size="m">
        <p className="soft">
          All buckets of the account together, versions and parts of uploads too. The operator of the gateway sets these
          limits.
        </p>
        <Usage quota={data} />
        <Facts items={[["Requests a second", rate]]} />
      </SpaceBetween>
    </Container>
  );
}

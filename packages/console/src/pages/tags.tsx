import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { listTags, saveTags, type Tag, type TaggedKind } from "../api/iam/iam-tags.ts";
import { useAction } from "../shell/action.ts";
import { Failure } from "../shell/failure.tsx";
import { Buttons } from "../shell/page.tsx";

const maxTags = 50;

/** Whose tags they are, and what policies can ask for. */
export interface Tagged {
  /** Of the query that lists them. */
  readonly id: readonly string[];
  readonly list: () => Promise<readonly Tag[]>;
  readonly save: (before: readonly Tag[], after: readonly Tag[]) => Promise<void>;
  readonly use: string;
}

/** A user, a role or a policy. `name`: the ARN of a policy. */
export const taggedIn = (kind: TaggedKind, name: string): Tagged => ({
  id: [kind, name],
  list: () => listTags(kind, name),
  save: (before, after) => saveTags(kind, name, before, after),
  use: "Policies can ask for them: aws:PrincipalTag, aws:ResourceTag.",
});

export function Tags({ of }: { readonly of: Tagged }): ReactNode {
  const query = useQuery({ queryKey: ["tags", ...of.id], queryFn: of.list });
  if (query.error !== null)
    return <Failure error={query.error} task="read the tags" retry={() => void query.refetch()} />;
  if (query.data === undefined) return null;
  return <TagForm key={JSON.stringify(query.data)} of={of} stored={query.data} />;
}

function TagForm({ of, stored }: { readonly of: Tagged; readonly stored: readonly Tag[] }): ReactNode {
  const [tags, setTags] = useState(stored);
  const save = useAction(() => of.save(stored, tags), {
    task: "save the tags",
    quiet: true,
    refresh: [["tags", ...of.id]],
    done: () => ({ type: "success", header: "The tags are saved" }),
    undo: () => of.save(tags, stored),
  });
  const changed = JSON.stringify(tags) !== JSON.stringify(stored);
  return (
    <Container
      header={
        <Header variant="h2" description={`Names and values of your own. ${of.use}`}>
          Tags
        </Header>
      }
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed && areTags(tags)) save.run();
        }}
      >
        <SpaceBetween size="m">
          {save.error === undefined ? null : <Failure isAnswer error={save.error} task="save the tags" />}
          <TagRows tags={tags} onChange={setTags} />
          <Buttons>
            <AddTag tags={tags} onChange={setTags} />
            <Button variant="primary" loading={save.busy} disabled={!changed || !areTags(tags)}>
              Save tags
            </Button>
          </Buttons>
        </SpaceBetween>
      </form>
    </Container>
  );
}

interface TagsInput {
  readonly tags: readonly Tag[];
  readonly onChange: (tags: readonly Tag[]) => void;
}

const isDoubled = (tags: readonly Tag[]): boolean =>
  new Set(tags.map(({ key }) => key.toLowerCase())).size < tags.length;

/** Each has a key of its own. */
export const areTags = (tags: readonly Tag[]): boolean => !isDoubled(tags) && tags.every(({ key }) => key !== "");

export function TagRows({ tags, onChange }: TagsInput): ReactNode {
  const change = (at: number, fields: Partial<Tag>): void =>
    onChange(tags.map((tag, index) => (index === at ? { ...tag, ...fields } : tag)));
  return (
    <>
      {tags.length === 0 ? (
        <p className="soft">
          There are no tags yet: <code>team</code> could be one, so that one policy serves every team.
        </p>
      ) : null}
      {tags.map((tag, at) => (
        <div className="tag-row" key={at}>
          <Input
            value={tag.key}
            ariaLabel={`Key of tag ${at + 1}`}
            placeholder="team"
            autoComplete={false}
            invalid={tag.key === ""}
            onChange={({ detail }) => change(at, { key: detail.value })}
          />
          <Input
            value={tag.value}
            ariaLabel={`Value of tag ${at + 1}`}
            placeholder="research"
            autoComplete={false}
            onChange={({ detail }) => change(at, { value: detail.value })}
          />
          <Button
            formAction="none"
            ariaLabel={`Remove tag ${at + 1}`}
            onClick={() => onChange(tags.filter((_, index) => index !== at))}
          >
            Remove
          </Button>
        </div>
      ))}
      {isDoubled(tags) ? (
        <p className="soft" role="alert">
          Two tags have the same key, or differ by upper and lower case alone: change or remove one of them.
        </p>
      ) : null}
    </>
  );
}

export function AddTag({ tags, onChange }: TagsInput): ReactNode {
  return (
    <Button
      formAction="none"
      disabled={tags.length >= maxTags}
      onClick={() => onChange([...tags, { key: "", value: "" }])}
    >
      Add a tag
    </Button>
  );
}

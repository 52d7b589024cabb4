import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Failure } from "../shell/failure.tsx";
import { countOf, showName } from "../shell/format.ts";
import { lifecycleEffect } from "./lifecycle-effect.ts";
import type { LifecycleRule } from "./lifecycle-rule.ts";

const maxNamed = 5;

/** What the rules delete as soon as they are saved. */
export function LifecycleConsequence(props: {
  readonly bucket: string;
  readonly rules: readonly LifecycleRule[];
}): ReactNode {
  const { bucket, rules } = props;
  const [now] = useState(() => Date.now());
  const query = useQuery({
    queryKey: ["lifecycle effect", bucket, rules, now],
    queryFn: ({ signal }) => lifecycleEffect({ bucket, prefix: "", signal }, rules, now),
    gcTime: 0,
  });
  if (query.error !== null) return <Failure error={query.error} task="look at what the rules would delete" />;
  if (query.data === undefined) return <StatusIndicator type="loading">Looking at what is there</StatusIndicator>;
  const { objects, versions, asksForTags, isWhole } = query.data;
  const named = objects.slice(0, maxNamed).map(showName).join(", ");
  const rest = objects.length - maxNamed;
  return (
    <>
      <p>
        {objects.length + versions === 0
          ? `No object or version ${isWhole ? "" : "of the first thousand "}is old enough to be deleted yet.`
          : `Soon after it is saved, ${countOf(objects.length, "object")} and ${countOf(versions, "older version")} ${isWhole ? "" : "of the first thousand versions "}will be deleted${asksForTags ? ", where they have the tags" : ""}.`}
        {named === "" ? "" : ` Among them: ${named}${rest > 0 ? ` and ${rest} more` : ""}.`}
      </p>
      <p>
        Where the bucket keeps versions, a deleted object can be brought back until its versions are deleted too.
        Nothing brings back a deleted version.
      </p>
    </>
  );
}

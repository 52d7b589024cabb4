import {
  accessData,
  accessMap,
  accessMapCsv,
  type AccessMapQuestion,
  type AccessMapRow,
  layerFor,
  parseArn,
  type PrincipalPolicies,
  resourceOf,
} from "@s3-credentials/policy";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { downloadText } from "../../shell/download.ts";
import { countOf } from "../../shell/format.ts";
import { Buttons } from "../../shell/page.tsx";
import { useAccountId, useSession } from "../../shell/session-context.tsx";
import { narrowWindow, useMedia } from "../../shell/use-media.ts";
import { AccessDialog, type AccessInQuestion } from "../access-dialog.tsx";
import { AccessFailure } from "../access-failure.tsx";
import { accountAccessKey } from "../account-key.ts";
import { useAccountAccess } from "../account.ts";
import { type BucketAccess, readBucketAccess } from "../bucket-access.ts";
import { useControlsNote } from "../control-policies.ts";
import { useInSlices } from "../in-slices.ts";
import { whoOf } from "../who.ts";
import { AccessGrid, type OpenCell } from "./access-grid.tsx";
import { AccessList } from "./access-list.tsx";
import { MapForm } from "./map-form.tsx";
import { actionsOf, isAsked, mapParameters, type MapQuestion, readMapQuestion } from "./map-question.ts";

/** More are asked about when somebody wants them: each takes its time. */
const firstPrincipals = 100;

/** Who may do what in a bucket: everybody by actions, each cell decided over all requests. */
export function BucketAccessMap({ bucket }: { readonly bucket: string }): ReactNode {
  const [parameters, setParameters] = useSearchParams();
  const question = readMapQuestion(parameters);
  const accountId = useAccountId();
  const account = useAccountAccess();
  const access = useQuery({
    queryKey: [accountAccessKey, "bucket", accountId, bucket, question.keys],
    queryFn: () => readBucketAccess(bucket, accountId, question.keys),
    structuralSharing: false,
  });
  return (
    <div className="stack">
      <MapForm
        question={question}
        onChange={(changed) => setParameters(mapParameters({ ...question, ...changed }), { replace: true })}
      />
      {account.error === null && access.error === null ? (
        <Decided bucket={bucket} question={question} principals={account.data?.principals} access={access.data} />
      ) : (
        <AccessFailure account={account} resource={access} what={`the bucket ${bucket}`} />
      )}
    </div>
  );
}

function Decided(props: {
  readonly bucket: string;
  readonly question: MapQuestion;
  readonly principals: readonly PrincipalPolicies[] | undefined;
  readonly access: BucketAccess | undefined;
}): ReactNode {
  const { bucket, question, principals, access } = props;
  const { kind, name, keys } = question;
  const accountId = useAccountId();
  const { userArn } = useSession();
  const [all, setAll] = useState(false);
  const [asked, setAsked] = useState<AccessInQuestion>();
  const columns = actionsOf(question).join(",");
  const actions = useMemo(() => columns.split(",").filter((action) => action !== ""), [columns]);
  // In a small account the filter hides rows; in a large one it says who is asked about.
  const isLarge = !all && (principals?.length ?? 0) > firstPrincipals;
  const [partKind, partName] = isLarge ? [kind, name] : ["all" as const, ""];
  const chosen = useMemo(
    () =>
      principals?.filter((caller) =>
        isAsked({ kind: partKind, name: partName }, whoOf({ who: "", caller, isOutside: false })),
      ) ?? [],
    [principals, partKind, partName],
  );
  const count = isLarge ? Math.min(firstPrincipals, chosen.length) : chosen.length;
  const partition = parseArn(userArn)?.partition ?? "aws";
  const mapQuestion = useMemo(
    (): AccessMapQuestion => ({ bucket, keys, account: accountId, partition, actions, now: new Date() }),
    [bucket, keys, accountId, partition, actions],
  );
  const start = useMemo(() => {
    if (principals === undefined || access === undefined) return undefined;
    const layersFor = (action: string) => access.layersFor(action, resourceOf(action, mapQuestion));
    return () => accessMap(mapQuestion, chosen.slice(0, count), layersFor);
  }, [principals, access, mapQuestion, chosen, count]);
  const { items, isDone } = useInSlices(start);
  const rows = useMemo(() => items.filter((row) => isAsked({ kind, name }, whoOf(row))), [items, kind, name]);
  const open = useCallback<OpenCell>(
    ({ caller, cells, isOutside, ...row }, action) => {
      const cell = cells[actions.indexOf(action)];
      if (cell === undefined || access === undefined) return;
      const resource = resourceOf(action, mapQuestion);
      const { name: who } = whoOf({ caller, isOutside, ...row });
      setAsked({
        name: who,
        caller,
        action,
        resource,
        layer: layerFor(caller.principal, access.layersFor(action, resource), accountId),
        account: accountId,
        context: {},
        access: cell,
      });
    },
    [access, actions, mapQuestion, accountId],
  );
  const left = chosen.length - count;
  const note = useControlsNote();
  const narrow = useMedia(narrowWindow);
  const View = narrow ? AccessList : AccessGrid;
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={isDone ? `(${rows.length})` : ""}
          description="Each answer is about all requests. Choose one to see why."
          actions={<Export name={bucket} actions={actions} rows={rows} disabled={!isDone || left > 0} left={left} />}
        >
          Principals and actions
        </Header>
      }
    >
      <div className="stack">
        <div role="status" className="map-state">
          {isDone ? (
            <span className="soft">
              {left > 0 ? `Only the first ${count} of ${chosen.length} users and roles were asked about: ` : ""}
              {countOf(rows.length, "principal")}, {countOf(actions.length, "action")}. Root users are not in the map.
            </span>
          ) : (
            <StatusIndicator type="loading">Deciding</StatusIndicator>
          )}
        </div>
        {left > 0 && isDone ? (
          <div>
            <Button onClick={() => setAll(true)}>{`Ask about the other ${left} too`}</Button>
          </div>
        ) : null}
        {rows.length === 0 ? (
          isDone ? (
            <p className="soft">No principal has such a name.</p>
          ) : null
        ) : (
          <View label={`Access to ${bucket}`} actions={actions} rows={rows} onOpen={open} />
        )}
        {note === undefined ? null : <p className="soft">{note}</p>}
        {access?.notCounted.map((words) => (
          <p key={words} className="soft">
            {words}
          </p>
        ))}
      </div>
      {asked === undefined ? null : <AccessDialog asked={asked} onClose={() => setAsked(undefined)} />}
    </Container>
  );
}

/** The files that the command makes of the same map. */
function Export(props: {
  readonly name: string;
  readonly actions: readonly string[];
  readonly rows: readonly AccessMapRow[];
  readonly disabled: boolean;
  /** Users and roles that were not asked about: a file without them would read as if they had no access. */
  readonly left: number;
}): ReactNode {
  const { name, actions, rows, disabled, left } = props;
  const reason = left > 0 ? { disabledReason: `Ask about the other ${left} first: a file has everybody.` } : {};
  const csv = (): void => downloadText(`${name}-access.csv`, [...accessMapCsv(actions, rows)].join(""), "text/csv");
  const json = (): void => {
    const all = rows.map(({ who, cells }) => ({
      Principal: who,
      Access: Object.fromEntries(cells.map((cell, at) => [actions[at] ?? "", accessData(cell)])),
    }));
    downloadText(`${name}-access.json`, `${JSON.stringify(all, undefined, 2)}\n`, "application/json");
  };
  return (
    <Buttons>
      <Button iconName="download" disabled={disabled} {...reason} onClick={csv}>
        CSV
      </Button>
      <Button iconName="download" disabled={disabled} {...reason} onClick={json}>
        JSON
      </Button>
    </Buttons>
  );
}

import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { type ReactNode, useState } from "react";
import { makeLink } from "../api/session.ts";
import { useAction } from "../shell/action.ts";
import { FormDialog } from "../shell/dialogs.tsx";
import type { Entry } from "./entries.ts";
import { Secrets } from "./secrets.tsx";

const times = [
  { value: "300", label: "5 minutes" },
  { value: "3600", label: "1 hour" },
  { value: "28800", label: "8 hours" },
] as const;

/** A link to one object that works until it expires, for whoever has it. */
export function LinkDialog(props: {
  readonly bucket: string;
  readonly entry: Entry;
  readonly onClose: () => void;
}): ReactNode {
  const { bucket, entry, onClose } = props;
  const [seconds, setSeconds] = useState("3600");
  const make = useAction(
    () =>
      makeLink({
        bucket,
        key: entry.key,
        seconds: Number(seconds),
        ...(entry.version === undefined ? {} : { versionId: entry.version.versionId }),
      }),
    { task: "make the link", quiet: true },
  );
  return (
    <FormDialog
      title={`Link to ${entry.name}`}
      submit="Make the link"
      task="make the link"
      busy={make.busy}
      error={make.error}
      onSubmit={() => make.run()}
      onClose={onClose}
    >
      <FormField
        label="It works for"
        description="Whoever has the link can download the object until then, and at most until your session ends."
      >
        <Select
          selectedOption={times.find(({ value }) => value === seconds) ?? null}
          options={times}
          onChange={({ detail }) => {
            make.reset();
            setSeconds(detail.selectedOption.value ?? "3600");
          }}
        />
      </FormField>
      {make.value === undefined ? null : <Secrets items={[["Link", make.value]]} />}
    </FormDialog>
  );
}

import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { iam } from "../api/iam/iam.ts";
import {
  createMfaDevice,
  listMfaDevices,
  type MfaDevice,
  type NewMfaDevice,
  removeMfaDevice,
} from "../api/iam/mfa-devices.ts";
import { useAction } from "../shell/action.ts";
import { CopyButton } from "../shell/copy.tsx";
import { DeleteDialog, FormDialog } from "../shell/dialogs.tsx";
import { showTime } from "../shell/format.ts";
import { isName, NameField } from "../shell/name-field.tsx";
import { Buttons } from "../shell/page.tsx";
import { EmptyState, ResourceTable } from "../shell/resource-table.tsx";

const nameOf = (serialNumber: string): string => serialNumber.slice(serialNumber.indexOf(":mfa/") + ":mfa/".length);
const isCode = (text: string): boolean => /^\d{6}$/.test(text);

/** MFA devices of one user: authenticator apps that show a code for 30 seconds. */
export function UserMfa({ name }: { readonly name: string }): ReactNode {
  const refresh = [["mfa", name]];
  const query = useQuery({ queryKey: ["mfa", name], queryFn: () => listMfaDevices(name) });
  const [dialog, setDialog] = useState<"add" | { readonly resync: MfaDevice } | { readonly remove: MfaDevice }>();
  const close = (): void => setDialog(undefined);
  const remove = useAction(({ serialNumber }: MfaDevice) => removeMfaDevice(name, serialNumber), {
    task: "remove the MFA device",
    quiet: true,
    refresh,
    done: () => {
      close();
      return { type: "success", header: "The MFA device is removed" };
    },
  });
  const removing = typeof dialog === "object" && "remove" in dialog ? dialog.remove : undefined;
  const resyncing = typeof dialog === "object" && "resync" in dialog ? dialog.resync : undefined;
  return (
    <>
      <ResourceTable<MfaDevice>
        query={query}
        keyOf={({ serialNumber }) => serialNumber}
        task="list the MFA devices"
        noun="MFA devices"
        title="MFA devices"
        description="With one, signing in to the console needs a code of it too. Policies can ask for it: aws:MultiFactorAuthPresent."
        actions={<Button onClick={() => setDialog("add")}>Add MFA device</Button>}
        columns={[
          {
            id: "name",
            header: "Device",
            value: ({ serialNumber }) => serialNumber,
            cell: ({ serialNumber }) => <span title={serialNumber}>{nameOf(serialNumber)}</span>,
          },
          { id: "since", header: "Since", value: ({ enabled }) => enabled, cell: ({ enabled }) => showTime(enabled) },
          {
            id: "change",
            header: "Change",
            cell: (device) => (
              <Buttons>
                <Button
                  variant="inline-link"
                  ariaLabel={`Resynchronize ${nameOf(device.serialNumber)}`}
                  onClick={() => setDialog({ resync: device })}
                >
                  Resynchronize
                </Button>
                <Button
                  variant="inline-link"
                  ariaLabel={`Remove ${nameOf(device.serialNumber)}`}
                  onClick={() => setDialog({ remove: device })}
                >
                  Remove
                </Button>
              </Buttons>
            ),
          },
        ]}
        empty={
          <EmptyState title="No MFA devices" action={<Button onClick={() => setDialog("add")}>Add MFA device</Button>}>
            A stolen password alone opens nothing when a code of an authenticator app is needed too.
          </EmptyState>
        }
      />
      {dialog === "add" ? <AddDialog name={name} onClose={close} /> : null}
      {resyncing === undefined ? null : <ResyncDialog name={name} device={resyncing} onClose={close} />}
      {removing === undefined ? null : (
        <DeleteDialog
          title={`Remove the MFA device ${nameOf(removing.serialNumber)}`}
          submit="Remove"
          word={nameOf(removing.serialNumber)}
          task="remove the MFA device"
          busy={remove.busy}
          error={remove.error}
          onDelete={() => remove.run(removing)}
          onClose={close}
        >
          Its codes no longer count. Without another device, the password alone signs {name} in.
        </DeleteDialog>
      )}
    </>
  );
}

function AddDialog({ name, onClose }: { readonly name: string; readonly onClose: () => void }): ReactNode {
  const [deviceName, setDeviceName] = useState(name);
  const [made, setMade] = useState<NewMfaDevice>();
  const [codes, setCodes] = useState<Codes>(["", ""]);
  const create = useAction(() => createMfaDevice(deviceName), {
    task: "make an MFA device",
    quiet: true,
    done: (device) => setMade(device),
  });
  const enable = useAction(
    (serialNumber: string) =>
      iam("EnableMFADevice", {
        UserName: name,
        SerialNumber: serialNumber,
        AuthenticationCode1: codes[0],
        AuthenticationCode2: codes[1],
      }),
    {
      task: "enable the MFA device",
      quiet: true,
      refresh: [["mfa", name]],
      done: () => {
        onClose();
        return { type: "success", header: `${name} now needs a code of ${deviceName} to sign in` };
      },
    },
  );
  const discard = useAction((serialNumber: string) => iam("DeleteVirtualMFADevice", { SerialNumber: serialNumber }), {
    task: "delete the unused MFA device",
  });
  const cancel = (): void => {
    if (made !== undefined) discard.run(made.serialNumber);
    onClose();
  };
  if (made === undefined)
    return (
      <FormDialog
        title={`Add an MFA device of ${name}`}
        submit="Next"
        task="make an MFA device"
        busy={create.busy}
        error={create.error}
        disabled={!isName(deviceName, 226)}
        onSubmit={() => create.run()}
        onClose={onClose}
      >
        <NameField
          label="Device name"
          description="No other device of the account has it."
          value={deviceName}
          max={226}
          onChange={setDeviceName}
        />
      </FormDialog>
    );
  return (
    <FormDialog
      title={`Add an MFA device of ${name}`}
      submit="Enable MFA device"
      task="enable the MFA device"
      busy={enable.busy}
      error={enable.error}
      disabled={!codes.every(isCode)}
      onSubmit={() => enable.run(made.serialNumber)}
      onClose={cancel}
    >
      <div className="mfa-secret">
        <img src={`data:image/png;base64,${made.qrCode}`} alt="QR code of the device" width="200" height="200" />
        <div>
          <p>Scan the code with an authenticator app, or give the app this key:</p>
          <p className="arn">
            <code>{made.secret}</code> <CopyButton text={made.secret} what="the key of the device" />
          </p>
          <p className="soft">Both are shown here only. Whoever has them has the codes.</p>
        </div>
      </div>
      <CodeFields codes={codes} onChange={setCodes} />
    </FormDialog>
  );
}

function ResyncDialog(props: {
  readonly name: string;
  readonly device: MfaDevice;
  readonly onClose: () => void;
}): ReactNode {
  const { name, device, onClose } = props;
  const [codes, setCodes] = useState<Codes>(["", ""]);
  const resync = useAction(
    () =>
      iam("ResyncMFADevice", {
        UserName: name,
        SerialNumber: device.serialNumber,
        AuthenticationCode1: codes[0],
        AuthenticationCode2: codes[1],
      }),
    {
      task: "resynchronize the MFA device",
      quiet: true,
      done: () => {
        onClose();
        return { type: "success", header: "The MFA device counts again" };
      },
    },
  );
  return (
    <FormDialog
      title={`Resynchronize ${nameOf(device.serialNumber)}`}
      submit="Resynchronize"
      task="resynchronize the MFA device"
      busy={resync.busy}
      error={resync.error}
      disabled={!codes.every(isCode)}
      onSubmit={() => resync.run()}
      onClose={onClose}
    >
      <CodeFields codes={codes} onChange={setCodes} />
    </FormDialog>
  );
}

type Codes = readonly [string, string];

function CodeFields({
  codes,
  onChange,
}: {
  readonly codes: Codes;
  readonly onChange: (codes: Codes) => void;
}): ReactNode {
  const [one, two] = codes;
  const digits = (text: string): string => text.replace(/\D/g, "").slice(0, 6);
  return (
    <div className="two-fields">
      <FormField label="First code" description="As the app shows it now.">
        <Input
          value={one}
          inputMode="numeric"
          autoComplete="one-time-code"
          onChange={({ detail }) => onChange([digits(detail.value), two])}
        />
      </FormField>
      <FormField label="Second code" description="The one that follows it.">
        <Input
          value={two}
          inputMode="numeric"
          autoComplete={false}
          onChange={({ detail }) => onChange([one, digits(detail.value)])}
        />
      </FormField>
    </div>
  );
}

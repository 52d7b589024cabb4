import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { Fragment, type ReactNode, useState } from "react";
import { CopyButton } from "../shell/copy.tsx";
import { downloadText } from "../shell/download.ts";
import { Buttons } from "../shell/page.tsx";

export interface SecretFile {
  readonly label: string;
  readonly name: string;
  readonly text: string;
}

/** Words that are shown once, each with a button that copies it. */
export function Secrets(props: {
  readonly items: readonly (readonly [label: string, value: string])[];
  readonly onTaken?: () => void;
}): ReactNode {
  const { items, onTaken } = props;
  return (
    <dl className="secret">
      {items.map(([label, value]) => (
        <Fragment key={label}>
          <dt>{label}</dt>
          <dd>
            <code>{value}</code>
            <CopyButton
              text={value}
              what={label.toLowerCase()}
              {...(onTaken === undefined ? {} : { onCopied: onTaken })}
            />
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}

/** Shows a secret once. It asks before it closes when nothing was copied or downloaded. */
export function SecretDialog(props: {
  readonly title: string;
  readonly items: readonly (readonly [label: string, value: string])[];
  readonly files: readonly SecretFile[];
  readonly children?: ReactNode;
  readonly onClose: () => void;
}): ReactNode {
  const { title, items, files, children, onClose } = props;
  const [taken, setTaken] = useState(false);
  const [asking, setAsking] = useState(false);
  const close = (): void => {
    if (taken || asking) onClose();
    else setAsking(true);
  };
  return (
    <Modal
      visible
      size="large"
      header={title}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <Buttons>
            {files.map(({ label, name, text }) => (
              <Button
                formAction="none"
                key={name}
                iconName="download"
                onClick={() => {
                  downloadText(name, text);
                  setTaken(true);
                }}
              >
                {label}
              </Button>
            ))}
            <Button formAction="none" variant="primary" onClick={close}>
              {asking && !taken ? "Close without copying" : "Done"}
            </Button>
          </Buttons>
        </Box>
      }
    >
      <SpaceBetween size="m">
        {asking && !taken ? (
          <Alert type="warning" statusIconAriaLabel="Warning" header="You have not copied it">
            Nobody can see the secret again after this dialog is closed.
          </Alert>
        ) : (
          <Alert type="info" statusIconAriaLabel="Note">
            The secret is shown here once. Nobody can see it again, you neither.
          </Alert>
        )}
        {children}
        <Secrets items={items} onTaken={() => setTaken(true)} />
      </SpaceBetween>
    </Modal>
  );
}

/** The two forms that other tools read. */
export function keyFiles(name: string, id: string, secret: string): readonly SecretFile[] {
  return [
    { label: ".csv", name: `${name}_accessKeys.csv`, text: `Access key ID,Secret access key\r\n${id},${secret}\r\n` },
    {
      label: "AWS credentials file",
      name: `${name}.ini`,
      text: `[${name}]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    },
  ];
}

import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import type { AuditEvent } from "../api/events.ts";
import { CopyButton } from "../shell/copy.tsx";
import { Facts } from "../shell/facts.tsx";
import { showJson, showName } from "../shell/format.ts";
import { LinkButton } from "../shell/link-button.tsx";
import { Buttons } from "../shell/page.tsx";
import { eventFacts } from "./event-facts.tsx";

/** One event: what happened, what decided, and the record of it. */
export function EventDetails({
  event,
  onClose,
}: {
  readonly event: AuditEvent;
  readonly onClose: () => void;
}): ReactNode {
  const { action, error, message, requestId, decision, record } = event;
  return (
    <Modal
      visible
      size="large"
      header={action}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Buttons>
            <Button variant="link" onClick={onClose}>
              Close
            </Button>
            <LinkButton variant="primary" to={`/events/${encodeURIComponent(requestId)}`} disabled={requestId === ""}>
              Explain
            </LinkButton>
          </Buttons>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Facts items={[...eventFacts(event), ["Result", error === "" ? "Done" : error], ["What decided", decision]]} />
        {message === "" ? null : <p className="error-words">{showName(message)}</p>}
        <p className="error-facts">
          <span>
            Request <code>{requestId}</code> <CopyButton text={requestId} what="the request id" />
          </span>
        </p>
        <ExpandableSection headerText="The record of the event" defaultExpanded>
          <pre className="code-block" tabIndex={0} aria-label="Record of the event">
            {showJson(record)}
          </pre>
        </ExpandableSection>
      </SpaceBetween>
    </Modal>
  );
}

import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { useAction } from "../shell/action.ts";
import { droppedFiles } from "./dropped-files.ts";
import type { NamedFile } from "./uploads.tsx";

/** Files or a folder, chosen. */
export function UploadButton({ onFiles }: { readonly onFiles: (files: readonly NamedFile[]) => void }): ReactNode {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement | null): void => {
    if (input?.files) onFiles([...input.files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
    if (input !== null) input.value = "";
  };
  return (
    <>
      <ButtonDropdown
        variant="primary"
        items={[
          { id: "files", text: "Files" },
          { id: "folder", text: "A folder" },
        ]}
        onItemClick={({ detail }) => (detail.id === "files" ? files : folder).current?.click()}
      >
        Upload
      </ButtonDropdown>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        onChange={() => take(files.current)}
      />
      <input
        ref={(input) => {
          folder.current = input;
          input?.setAttribute("webkitdirectory", "");
        }}
        type="file"
        hidden
        aria-label="Folder to upload"
        onChange={() => take(folder.current)}
      />
    </>
  );
}

/** Files and folders, dropped on what is in it. */
export function DropPlace(props: {
  readonly onFiles: (files: readonly NamedFile[]) => void;
  readonly children: ReactNode;
}): ReactNode {
  const { onFiles, children } = props;
  const [over, setOver] = useState(false);
  const read = useAction((files: Promise<readonly NamedFile[]>) => files.then(onFiles), {
    task: "read what was dropped",
  });
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    read.run(droppedFiles(event.dataTransfer));
  };
  return (
    <div
      role="group"
      aria-label="Objects"
      className={over ? "drop drop-over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      {children}
    </div>
  );
}

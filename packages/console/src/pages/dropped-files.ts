import type { NamedFile } from "./uploads.tsx";

/** The files that were dropped, and those in the folders that were. The browser gives them away only while the drop is handled. */
export function droppedFiles(dropped: DataTransfer): Promise<readonly NamedFile[]> {
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  return filesIn(entries);
}

async function filesIn(entries: readonly FileSystemEntry[]): Promise<readonly NamedFile[]> {
  const files: NamedFile[] = [];
  const waiting = entries.toReversed();
  for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) {
    if (isFile(entry)) files.push(await fileOf(entry));
    else if (isFolder(entry)) waiting.push(...(await childrenOf(entry)).toReversed());
  }
  return files;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function fileOf(entry: FileSystemFileEntry): Promise<NamedFile> {
  return new Promise((done, fail) => {
    entry.file((file) => done({ file, name: entry.fullPath.replace(/^\//, "") }), fail);
  });
}

/** The browser gives at most a hundred at a time, and none at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const children: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return children;
    children.push(...some);
  }
}

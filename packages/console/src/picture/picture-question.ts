/** What a picture is about, as its address has it. */
export interface PictureQuestion {
  /** The ARN of a user or a role. */
  readonly principal: string;
  readonly bucket: string;
  readonly action: string;
  /** Of an object; actions on the bucket itself leave it out. */
  readonly key: string;
}

const first = { action: "s3:GetObject", key: "example.txt" } as const;

export function readPictureQuestion(search: URLSearchParams): PictureQuestion {
  return {
    principal: search.get("principal") ?? "",
    bucket: search.get("bucket") ?? "",
    action: search.get("action") ?? first.action,
    key: search.get("key") ?? first.key,
  };
}

export function pictureSearch({ principal, bucket, action, key }: PictureQuestion): Record<string, string> {
  return { principal, bucket, action, key };
}

export function picturePath(question: PictureQuestion): string {
  return `/picture?${new URLSearchParams(pictureSearch(question))}`;
}

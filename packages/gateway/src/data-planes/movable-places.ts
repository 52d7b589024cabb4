import type { MovingPlaces } from "../ports/bucket-moves.ts";
import type { DataPlane } from "../ports/data-plane.ts";
import type { WriteRefusal } from "../ports/object-write.ts";
import { PlaceMoving } from "../ports/store-error.ts";

/**
 * Writes to buckets that may be moved to another place while they are used.
 * INVARIANT: a write is acknowledged only if the place was open after it: so it was whole before the place was closed, and what copies the
 * bucket finds it, because its key was noted before it was acknowledged.
 */
export function movablePlaces(plane: DataPlane, places: MovingPlaces): DataPlane {
  const mustBeOpen = async (place: string): Promise<void> => {
    if ((await places.stateOf(place)) === "closed") throw new PlaceMoving();
  };
  const written = async <Outcome extends { readonly kind: string } | undefined | void>(
    place: string,
    key: string,
    write: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    await mustBeOpen(place);
    const outcome = await write();
    if ((await places.stateOf(place)) === "noted") await places.noteKey(place, key);
    await mustBeOpen(place);
    return outcome;
  };
  /** What is not copied: uploads in progress. */
  const begun = async <Outcome extends WriteRefusal | object | boolean>(
    place: string,
    write: () => Promise<Outcome>,
  ): Promise<Outcome> => {
    await mustBeOpen(place);
    const outcome = await write();
    await mustBeOpen(place);
    return outcome;
  };
  /** Of the bucket itself. */
  const settled = async <Outcome>(place: string, change: () => Promise<Outcome>): Promise<Outcome> => {
    if ((await places.stateOf(place)) !== "open") throw new PlaceMoving();
    return change();
  };
  return {
    ...plane,
    put: (grant, target, ...rest) => written(target.bucketId, target.key, () => plane.put(grant, target, ...rest)),
    copy: (grant, source, target, ...rest) =>
      written(target.bucketId, target.key, () => plane.copy(grant, source, target, ...rest)),
    change: (grant, place, version, ...rest) =>
      written(place, version.key, () => plane.change(grant, place, version, ...rest)),
    delete: (grant, target) => written(target.bucketId, target.key, () => plane.delete(grant, target)),
    completeUpload: (grant, target, ...rest) =>
      written(target.bucketId, target.key, () => plane.completeUpload(grant, target, ...rest)),
    createUpload: (grant, place, upload) => begun(place, () => plane.createUpload(grant, place, upload)),
    putPart: (grant, place, ...rest) => begun(place, () => plane.putPart(grant, place, ...rest)),
    copyPart: (grant, source, place, ...rest) => begun(place, () => plane.copyPart(grant, source, place, ...rest)),
    closeBucket: (grant, place) => settled(place, () => plane.closeBucket(grant, place)),
    setVersioning: (grant, place, versioning) => settled(place, () => plane.setVersioning(grant, place, versioning)),
  };
}

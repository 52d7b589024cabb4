import { onDemand } from "../shell/on-demand.tsx";

// Deciding takes the policy engine, which is loaded when a tab that decides is opened.
export const BucketAccessMap = onDemand(async () => (await import("./map/access-map.tsx")).BucketAccessMap);
export const CanOf = onDemand(async () => (await import("./can/can-of.tsx")).CanOf);
export const CanOfNewUser = onDemand(async () => (await import("./can/can-of-new-user.tsx")).CanOfNewUser);

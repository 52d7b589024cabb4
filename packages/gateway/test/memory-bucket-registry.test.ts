import { bucketRegistryContract } from "./bucket-registry-contract.ts";
import { memoryBucketRegistry } from "./memory-bucket-registry.ts";

bucketRegistryContract(async () => memoryBucketRegistry());

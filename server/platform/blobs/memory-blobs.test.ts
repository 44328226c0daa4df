import { blobsSuite } from "../../testing/blobs-suite.ts";
import { createMemoryBlobs } from "./memory-blobs.ts";

blobsSuite("Blobs in memory", async () => createMemoryBlobs());

import { postgresTestDatabase, testPostgresUrl } from "../../testing/metadata.ts";
import { metadataSuite } from "../../testing/metadata-suite.ts";

const skip = testPostgresUrl === undefined && "LONGSHORE_TEST_POSTGRES names no PostgreSQL server (a postgres:// URL)";

metadataSuite("PostgreSQL", () => postgresTestDatabase(testPostgresUrl ?? ""), { skip });

import type { RepositoryDeps } from "../deps.ts";
import type { DocumentChecks } from "./template.ts";

/** What the functions of this folder work with. */
export interface TemplateDeps extends RepositoryDeps, DocumentChecks {}

import { writeFileSync } from "node:fs";
import { parityPage } from "./page.ts";

// `npm run parity`: brings the table of docs/parity.md up to what the operations declare.
const { path, expected } = parityPage();
writeFileSync(path, expected);

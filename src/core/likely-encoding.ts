/** Guesses the encoding of bytes that are not UTF-8, so that an error can say from what to convert them. */

interface Candidate {
  /** As `TextDecoder` calls it. */
  encoding: string;
  name: string;
  /** How much a character outside ASCII speaks for this encoding, 0 to 1: common letters of its languages count 1. */
  weight(character: string): number;
  /** Mean weight from which on it is taken. */
  enough: number;
}

const kana = /[\u3040-\u30ff、。]/u;
const han = /[\u4e00-\u9fa5]/u;
/** Any double-byte encoding makes rare Han characters of anything, so in Japanese they count by half. */
const japanese = (character: string) => (kana.test(character) ? 1 : han.test(character) ? 0.5 : 0);
const russian = (character: string) => Number(/[а-яё]/u.test(character));

/** The first one that is likely enough is named. They go from the strictest to the one that fits nearly everything. */
const candidates: readonly Candidate[] = [
  { encoding: 'shift_jis', name: 'Shift_JIS', weight: japanese, enough: 0.6 },
  { encoding: 'euc-jp', name: 'EUC-JP', weight: japanese, enough: 0.6 },
  { encoding: 'windows-1251', name: 'Windows-1251', weight: russian, enough: 0.7 },
  { encoding: 'koi8-r', name: 'KOI8-R', weight: russian, enough: 0.7 },
  {
    encoding: 'euc-kr',
    name: 'EUC-KR',
    weight: (character) => Number(/[\uac00-\ud7a3]/u.test(character)),
    enough: 0.9,
  },
  { encoding: 'gb18030', name: 'GB18030', weight: (character) => Number(han.test(character)), enough: 0.9 },
];

/** Western texts have their foreign letters between ASCII letters (`M\xfcnchen`), others have runs of them. */
function isMostlySingle(bytes: Uint8Array): boolean {
  let [single, all] = [0, 0];
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] as number) < 0x80) continue;
    all++;
    if ((bytes[i - 1] ?? 0) < 0x80 && (bytes[i + 1] ?? 0) < 0x80) single++;
  }
  return single * 2 >= all;
}

/** Mean weight of the foreign characters; 0 where the bytes are not valid in the encoding. */
function likelihood(bytes: Uint8Array, { encoding, weight }: Candidate): number {
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return 0;
  }
  const foreign = [...text].filter((character) => character > '\u007f');
  return foreign.reduce((sum, character) => sum + weight(character), 0) / Math.max(1, foreign.length);
}

/** The likely name of the encoding of some lines that are no UTF-8. */
export function likelyEncoding(bytes: Uint8Array): string {
  if (!isMostlySingle(bytes)) {
    const likely = candidates.find((candidate) => likelihood(bytes, candidate) >= candidate.enough);
    if (likely) return likely.name;
  }
  // The two differ in 0x80 to 0x9f, where ISO-8859-1 has no letters.
  return bytes.some((byte) => byte >= 0x80 && byte < 0xa0) ? 'Windows-1252' : 'Windows-1252 or ISO-8859-1 (Latin-1)';
}

/** GPT-2's alphabet: every byte as a printable character, so that byte sequences can be vocabulary strings. */

/** Byte → character. Printable Latin-1 stands for itself; the other 68 bytes follow from U+0100 on, in order. */
export const characters: readonly string[] = (() => {
  let next = 0x100;
  const isPrintable = (byte: number) =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
})();

const bytes = new Map(characters.map((character, byte) => [character, byte]));

/** UTF-8 of a text, written in the alphabet. Lone surrogates become U+FFFD. */
export function spell(text: string): string {
  let spelled = '';
  for (const byte of Buffer.from(text, 'utf8')) spelled += characters[byte];
  return spelled;
}

/** Bytes of a vocabulary string; characters outside the alphabet stand for their own UTF-8. */
export function unspell(token: string): Uint8Array {
  const result: number[] = [];
  for (const character of token) {
    const byte = bytes.get(character);
    if (byte === undefined) result.push(...Buffer.from(character, 'utf8'));
    else result.push(byte);
  }
  return Uint8Array.from(result);
}

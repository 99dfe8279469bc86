/** How wide a text is in Inter, without a browser: advance widths of printable ASCII, in thousandths of the size. */

export type Weight = 400 | 600;

const regular = [
  281, 288, 466, 633, 642, 982, 644, 300, 365, 365, 501, 662, 288, 460, 288, 360, 631, 407, 610, 618, 646, 593, 620,
  566, 619, 620, 288, 302, 662, 662, 662, 511, 966, 690, 654, 730, 722, 601, 590, 746, 743, 269, 571, 672, 565, 903,
  753, 765, 639, 765, 644, 642, 646, 744, 690, 985, 682, 679, 629, 365, 360, 365, 471, 456, 323, 562, 612, 571, 612,
  583, 370, 613, 591, 242, 242, 549, 242, 876, 591, 600, 612, 612, 376, 528, 327, 591, 562, 818, 546, 562, 552, 426,
  333, 426, 662,
];
const semiBold = [
  252, 321, 523, 644, 650, 1004, 663, 326, 373, 373, 540, 673, 319, 465, 319, 379, 660, 423, 623, 636, 666, 612, 640,
  576, 640, 640, 319, 329, 673, 673, 673, 543, 999, 728, 659, 737, 722, 605, 588, 749, 746, 277, 580, 703, 565, 922,
  759, 769, 645, 773, 652, 650, 660, 736, 728, 1020, 720, 713, 652, 373, 379, 373, 481, 469, 351, 574, 624, 583, 624,
  591, 389, 625, 612, 262, 262, 569, 262, 900, 612, 609, 624, 624, 397, 549, 353, 612, 587, 839, 569, 588, 566, 455,
  359, 455, 673,
];
const widths: Readonly<Record<Weight, readonly number[]>> = { 400: regular, 600: semiBold };
const others: Readonly<Record<string, number>> = { '×': 673, '–': 500, '−': 673, '…': 956, '·': 319, '±': 673 };

/** Pages without Inter show another font: most are narrower, the widest that is common (DejaVu Sans) is a tenth wider, its bold a fifth. */
const room: Readonly<Record<Weight, number>> = { 400: 1.1, 600: 1.22 };

/** Pixels that a text may take. Characters that are not listed count as wide as a Chinese one. */
export function textWidth(text: string, size: number, weight: Weight = 400): number {
  let sum = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    sum += widths[weight][code - 32] ?? others[character] ?? 1000;
  }
  return (room[weight] * sum * size) / 1000;
}

/** The text, or as much of its beginning and end as there is room for: names of sweeps differ at their ends. */
export function fitText(text: string, width: number, size: number, weight: Weight = 400): string {
  if (textWidth(text, size, weight) <= width) return text;
  const letters = [...text];
  for (let kept = letters.length - 1; kept >= 2; kept--) {
    const head = Math.ceil(kept / 2);
    const cut = `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (kept - head)).join('')}`;
    if (textWidth(cut, size, weight) <= width) return cut;
  }
  return '…';
}

/** Lines of at most `width` pixels, broken between words. */
export function wrapText(text: string, width: number, size: number, weight: Weight = 400): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    const longer = line === undefined ? word : `${line} ${word}`;
    if (line !== undefined && textWidth(longer, size, weight) <= width) lines[lines.length - 1] = longer;
    else lines.push(fitText(word, width, size, weight));
  }
  return lines;
}

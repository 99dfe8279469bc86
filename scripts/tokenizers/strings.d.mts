export function testStrings(random: () => number, count: number): string[];

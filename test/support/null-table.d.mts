import type { Trial } from '../../src/core/index.ts';
import type { Report, VsBaseline } from '../../src/report/index.ts';

export interface Claim extends VsBaseline {
  policy_name: string;
  metric: string;
}

export function nullTable(
  random: () => number,
  about: { samples: number; policies: readonly string[]; effect?: number },
): Trial[];

export function claimsOf(report: Report): Record<'decisions' | 'anywhere' | 'uncorrected' | 'holm', Claim[]>;

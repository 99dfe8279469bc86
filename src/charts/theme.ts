/** Colours of charts. A colour says the family of a policy, never the policy: that stands beside it in words. */
import { type PolicyFamily, policyFamilies } from './chart-types.ts';

export interface Theme {
  background: string;
  text: string;
  /** Ticks, notes. */
  muted: string;
  grid: string;
  /** Lines of reference. */
  line: string;
  /** Where differences mean nothing. */
  band: string;
  family: Readonly<Record<PolicyFamily, string>>;
  /** From the worst to the best, and the text upon each. */
  heat: readonly string[];
  heatText: readonly string[];
}

export const light: Theme = {
  background: '#ffffff',
  text: '#1a2029',
  muted: '#57606c',
  grid: '#e6e8eb',
  line: '#8a929c',
  band: '#eceef1',
  family: {
    baseline: '#57606c',
    speculation: '#0969b0',
    pruning: '#a94f07',
    'early-exit': '#0a7350',
    'kv-cache': '#7a45b5',
    'elastic-batch': '#b3275a',
    other: '#3c434d',
  },
  heat: ['#f1f6fb', '#d9e8f5', '#b9d5ec', '#94bfe1', '#6ba6d4', '#2f76b3', '#1c5f99', '#114a7c', '#0a365e'],
  heatText: ['#1a2029', '#1a2029', '#1a2029', '#1a2029', '#11161d', '#ffffff', '#ffffff', '#ffffff', '#ffffff'],
};

export const dark: Theme = {
  background: '#12161c',
  text: '#e8ebef',
  muted: '#a7b0bb',
  grid: '#2a313a',
  line: '#717b87',
  band: '#222932',
  family: {
    baseline: '#b0b8c2',
    speculation: '#5cb3f0',
    pruning: '#f0a14a',
    'early-exit': '#3cc896',
    'kv-cache': '#c39df3',
    'elastic-batch': '#f58db0',
    other: '#d7dbe0',
  },
  heat: ['#1a2430', '#1a3046', '#1b3f60', '#1d507c', '#226398', '#4f9fd6', '#77b8e4', '#9dcff0', '#c5e4f8'],
  heatText: ['#e8ebef', '#e8ebef', '#e8ebef', '#ffffff', '#ffffff', '#0c1117', '#0c1117', '#0c1117', '#0c1117'],
};

const variable = (name: string) => `var(--chart-${name})`;
const names = light.heat.map((_, i) => i);

/** For a page that defines `cssVariables` of either theme: one drawing for both. */
export const variables: Theme = {
  background: 'none',
  text: variable('text'),
  muted: variable('muted'),
  grid: variable('grid'),
  line: variable('line'),
  band: variable('band'),
  family: Object.fromEntries(policyFamilies.map((name) => [name, variable(name)])) as Theme['family'],
  heat: names.map((i) => variable(`heat-${i}`)),
  heatText: names.map((i) => variable(`heat-text-${i}`)),
};

/** What `variables` names, with the colours of a theme. */
export function cssVariables({ family, heat, heatText, ...plain }: Theme): string {
  const all = [
    ...Object.entries(plain),
    ...Object.entries(family),
    ...heat.map((colour, i) => [`heat-${i}`, colour] as const),
    ...heatText.map((colour, i) => [`heat-text-${i}`, colour] as const),
  ];
  return all.map(([name, colour]) => `--chart-${name}:${colour}`).join(';');
}

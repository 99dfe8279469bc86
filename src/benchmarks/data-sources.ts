/** Where the data of benchmarks come from: what comes with ttcbench, and what a user brings. docs/data-sources.md says the same. */
export interface DataSource {
  name: string;
  about: string;
  licence: string;
  /** `shipped`: part of ttcbench. `made`: written by a generator from a seed. `loaded`: from a path of the user's. */
  from: 'shipped' | 'made' | 'loaded';
  source: string;
}

const ours = { licence: 'MIT', source: 'written for ttcbench' } as const;

export const dataSources: readonly DataSource[] = [
  { name: 'extract', about: '24 texts that are copied, edited or quoted', from: 'shipped', ...ours },
  { name: 'tiny-crm', about: '270 short questions that come with the model tiny8', from: 'shipped', ...ours },
  { name: 'crm-synth', about: 'CRM tasks over a made-up company', from: 'made', ...ours },
  { name: 'worf-synth', about: 'plans as graphs of steps', from: 'made', ...ours },
  {
    ...{ name: 'crmarena', about: 'CRMArena and CRMArena-Pro: rows and organisation', from: 'loaded' },
    ...{ licence: 'CC BY-NC 4.0', source: 'Salesforce AI Research, arXiv 2411.02305 and 2505.18878' },
  },
  {
    ...{ name: 'worfbench', about: 'WorfBench: official test rows', from: 'loaded' },
    ...{ licence: 'MIT (ZJUNLP); parts of other sources', source: 'zjunlp/WorFBench, arXiv 2410.07869' },
  },
  {
    name: './FILE.jsonl',
    about: 'prompts and references of your own',
    licence: 'your own',
    from: 'loaded',
    source: 'you',
  },
];

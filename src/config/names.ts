/** Names a user may write beyond those of the registries. */
import { isFile } from '../core/index.ts';

/** Benchmark → what it is; `standIn` is what runs where it has no data. */
export const knownBenchmarks: Readonly<Record<string, { about: string; standIn?: string }>> = {
  crmarena: { about: 'CRMArena, from a path of your own', standIn: 'crm-synth' },
  'crm-synth': { about: 'questions over records of a made-up organisation' },
  worfbench: { about: 'WorfBench workflow plans, from a path of your own', standIn: 'worf-synth' },
  'worf-synth': { about: 'made-up workflow plans' },
  extract: { about: '24 prompts that copy, edit or quote' },
  'tiny-crm': { about: 'the questions that come with the model tiny8' },
};

/** Variants of a composition; a module of the user's own stands alone. */
export const membersOf = (name: string): string[] =>
  isFile(name) ? [name] : name.split('+').map((member) => member.trim());

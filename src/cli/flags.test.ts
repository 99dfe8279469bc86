import { Command } from 'commander';
import { expect, it } from 'vitest';
import { namesOf } from '../assembly/registries.ts';
import { flagKeys } from '../config/settings.ts';
import { addRunFlags, groups } from './flags.ts';

it('every flag of a run stands under one heading', () => {
  const grouped = Object.values(groups).flat();
  expect(grouped.toSorted()).toEqual([...Object.keys(flagKeys), 'all', 'config', 'set', 'json'].toSorted());
});

it('the help fits into 80 columns, names whole and headings in order', async () => {
  const command = addRunFlags(new Command('run').configureHelp({ helpWidth: 80 }), await namesOf());
  const written: string[] = [];
  command.configureOutput({ writeOut: (text) => void written.push(text) }).outputHelp();
  const lines = written.join('').split('\n');
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => line.endsWith(':'))).toEqual([...Object.keys(groups), 'Options:']);
  const names = lines.slice(lines.findIndex((line) => line.startsWith('policies: '))).join('\n');
  for (const name of ['speculative_decoding_layers,', 'elastic_batch_sorted;', 'worf-synth,'])
    expect(names).toContain(name);
});

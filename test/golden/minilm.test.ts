import { checkGolden } from './golden-file.ts';

checkGolden(
  'minilm.jsonl',
  () => {},
  () => 'no encoder yet',
);

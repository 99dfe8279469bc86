import { describe, expect, it } from 'vitest';
import { processorName } from './processor.ts';

describe('processorName', () => {
  it('adds family and model where the system tells them', () => {
    const info = 'processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n';
    expect(processorName(info, 'AMD EPYC ')).toBe('AMD EPYC, family 25 model 17');
  });

  it('is the name alone elsewhere', () => {
    expect(processorName('', 'Apple M2')).toBe('Apple M2');
    expect(processorName('processor\t: 0\n', '')).toBe('unknown');
  });
});

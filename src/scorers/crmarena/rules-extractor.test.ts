import { describe, expect, it } from 'vitest';
import { extractByRules } from './rules-extractor.ts';

const agent = '005AA00000ZzZz1QAB';
const other = '005AA00000ZzZz2';

describe('the rules extractor', () => {
  it('finds record Ids by length, prefix and digits, each once', () => {
    const text = `Agent ${agent} (not ${other}); again ${agent}. Neither 999AA00000ZzZz1QAB nor representatively.`;
    expect(extractByRules('case_routing', text)).toEqual([agent, other]);
  });

  it('ignores words of 15 or 18 letters, and Ids inside longer runs', () => {
    expect(extractByRules('handle_time', `005characterization x${agent}`)).toEqual(['None']);
    expect(extractByRules('handle_time', 'responsibilities')).toEqual(['None']);
  });

  it.each([
    ['monthly_trend_analysis', 'It peaked in september, and MARCH.', ['September', 'March']],
    ['monthly_trend_analysis', 'It may be June', ['June']],
    ['monthly_trend_analysis', 'may', ['May']],
    ['monthly_trend_analysis', 'Decembers', ['None']],
    ['best_region_identification', 'Either west Virginia or TX, in short OR', ['WV', 'TX', 'OR']],
    ['best_region_identification', 'California (CA)', ['CA']],
    ['best_region_identification', 'XX or in me', ['None']],
    ['lead_qualification', 'budget is missing; so is the TIMELINE', ['Budget', 'Timeline']],
    ['lead_qualification', 'The lead is qualified.', ['None']],
    ['wrong_stage_rectification', 'Move it to negotiation.', ['Negotiation']],
    ['wrong_stage_rectification', 'unquoted', ['None']],
    ['quote_approval', '', ['None']],
  ])('%s: %j gives %j', (task, text, expected) => expect(extractByRules(task, text)).toEqual(expected));
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTemplate, JinjaError, type Limits, parseJson, textOf } from './index.ts';

const render = (source: string, variables = {}) => createTemplate(source).render(variables);

const createTemplateUnder = (source: string, limits: Partial<Limits>) => () =>
  createTemplate(source, limits).render({});

/** What is thrown, whatever it is. */
function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a template that would not end', () => {
  const bombs: Record<string, string> = {
    'loops in loops': '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
    'a macro that calls itself': '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}',
    'a macro that calls itself twice': '{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}',
    'a text repeated': '{{ "ab" * 1000000000 }}',
    'a text doubled': `{% set ns = namespace(t="ab") %}{% for i in range(99) %}{% set ns.t = ns.t + ns.t %}{% endfor %}`,
    'a text joined': `{% set ns = namespace(t="ab") %}{% for i in range(99) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}`,
    'a text replaced': `{% set ns = namespace(t="aa") %}{% for i in range(99) %}{% set ns.t = ns.t.replace("a", "aa") %}{% endfor %}`,
    'a wide column': '{{ "a".center(1000000000000) }}',
    'a wide field': '{{ "%1000000000000s" % "a" }}{{ "{:>1000000000000}".format(1) }}',
    'a list doubled': '{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}',
    'a list repeated': '{{ [1] * 1000000000000 }}',
    'a list that holds itself twice': `{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}`,
    'the same as JSON': `{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}`,
    'the same compared': `{% set ns = namespace(l=[1], k=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.k = [ns.k, ns.k] %}{% endfor %}{{ ns.l == ns.k }}`,
    'a loop in a loop of itself': '{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}',
    'a long text cut word by word': '{% set t = "a " * 1000000 %}{{ t.split(none, 9999999) | length }}',
    'a long text searched again and again': `{% set t = "a" * 1000000 %}{% for i in range(99999) %}{{ t.count("b") }}{% endfor %}`,
    'brackets in brackets': `{{ ${'['.repeat(100_000)}${']'.repeat(100_000)} }}`,
    'conditions in conditions': '{% if 1 %}'.repeat(100_000),
    'a sign before a sign': `{{ ${'-'.repeat(100_000)}1 }}`,
  };
  it.each(Object.entries(bombs))('ends: %s', (_, source) => {
    const small = createTemplateUnder(source, { steps: 300_000, characters: 20_000_000 });
    expect(thrown(small)).toEqual(expect.objectContaining({ name: 'JinjaError', kind: 'limit' }));
  });

  it('ends with the limits that prompts have', () => {
    expect(thrown(() => render(bombs['loops in loops'] as string))).toEqual(expect.objectContaining({ kind: 'limit' }));
  });

  it('leaves the next rendering its whole budget', () => {
    const loop = createTemplate('{% for i in range(1000) %}x{% endfor %}', { steps: 5_000 });
    for (let round = 0; round < 3; round++) expect(loop.render({})).toHaveLength(1_000);
  });
});

describe('what a template can reach', () => {
  it.each([
    '"".constructor',
    '""["constructor"]',
    'data.constructor',
    'data["__proto__"]',
    'data.__proto__',
    'list.constructor',
    'list["length"]',
    'list.push',
    'function.constructor',
    'function.call',
    'range.constructor',
    'namespace().constructor',
    'namespace().__proto__',
    '"" | attr("constructor")',
    'constructor',
    'globalThis',
    'process',
    '1 .constructor',
    'none | default(toString)',
  ])('is nothing of JavaScript: %s', (expression) => {
    const variables = { data: { a: 1 }, list: [1], function: () => 'x' };
    expect(['', 'None']).toContain(render(`{{ ${expression} }}`, variables));
  });

  it('does not change its data', () => {
    const data = { list: [1], dict: { a: 1 } };
    for (const change of [
      'list.append(2)',
      'list.pop()',
      'list.sort()',
      'dict.update({})',
      'dict.pop("a")',
      'dict.clear()',
    ])
      expect(thrown(() => render(`{{ ${change} }}`, data))).toEqual(expect.objectContaining({ kind: 'runtime' }));
    render('{% set dict = {} %}{% set list = [] %}{{ dict }}{{ list }}', data);
    expect(data).toEqual({ list: [1], dict: { a: 1 } });
  });
});

describe('properties', () => {
  it('text without braces is printed as it is, but for line breaks', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const plain = text.replaceAll('{', '');
        expect(render(plain)).toBe(plain.replace(/\r\n?/g, '\n').replace(/\n$/, ''));
      }),
    );
  });

  it('any text survives a variable, JSON and back, and a string in the source', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(render('{{ x }}', { x: text })).toBe(text);
        expect(JSON.parse(render('{{ x | tojson }}', { x: text }))).toBe(text);
        expect(JSON.parse(render('{{ x | tojson(ensure_ascii=true) }}', { x: text }))).toBe(text);
        expect(render('{{ x.split("a") | join("a") }}', { x: text })).toBe(text);
        expect(render('{{ x | reverse | reverse }}', { x: text })).toBe(text);
      }),
    );
  });

  it('JSON is read as JSON.parse reads it', () => {
    const plain = (value: unknown): unknown =>
      value instanceof Map
        ? Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]))
        : Array.isArray(value)
          ? value.map(plain)
          : value !== null && typeof value === 'object' && 'value' in value
            ? value.value
            : value;
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.stringify(plain(parseJson(text)))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
    expect(textOf(parseJson('{"b": 1.0, "0": 1, "b": [1e2]}'))).toBe("{'b': [100.0], '0': 1}");
    expect(() => parseJson('{"a": 1,}')).toThrow(SyntaxError);
  });

  it('no text is more than a template error', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{%',
      '%}',
      '{#',
      '#}',
      '-',
      '+',
      ' ',
      '\n',
      'if',
      'for',
      'in',
      'x',
      'is',
      'not',
      'set',
      '=',
      '.',
      '|',
      'map',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ':',
      ',',
      '"',
      "'",
      '1',
      '1.5',
      '~',
      '*',
      '/',
      '%',
      'endif',
      'endfor',
      'else',
      'macro',
      'call',
      'raw',
      'loop',
      'and',
      'tojson',
      'join',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const error = thrown(() => createTemplate(pieces.join(''), { steps: 100_000 }).render({ x: [{ a: 'b' }] }));
        expect(error === undefined || error instanceof JinjaError).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    const inside = fc.array(piece, { maxLength: 12 }).map((pieces) => `{{ x ${pieces.join(' ')} }}`);
    fc.assert(
      fc.property(inside, (source) => {
        const error = thrown(() => createTemplate(source, { steps: 100_000 }).render({ x: [{ a: 'b' }] }));
        expect(error === undefined || error instanceof JinjaError).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

import { describe, expect, it } from 'vitest';
import { capped, exactMatchOf, pointsHeld, rougeLOf } from './match-text.ts';

describe('exactMatchOf', () => {
  it.each([
    ['a  b\n c ', 'a b c', 1],
    ['A b', 'a b', 0],
    ['a b.', 'a b', 0],
    ['', '', 1],
  ])('%j against %j gives %d', (text, reference, score) => {
    expect(exactMatchOf(text, reference)).toBe(score);
  });
});

it('ROUGE-L counts the words in order', () => {
  expect(rougeLOf('the red box', 'the big red box')).toBeCloseTo((2 * 3) / 7, 12);
});

it('an answer that dumps the prompt finds no point after twice the length of its reference', () => {
  const reference = 'The sauna is closed.';
  const prompt = `${'The pool is open. '.repeat(5)}${reference}`;
  expect(pointsHeld(prompt, [reference])).toBe(1);
  expect(pointsHeld(capped(prompt, reference), [reference])).toBe(0);
});

it('points are counted wherever they stand, white space aside', () => {
  expect(pointsHeld('Sure:\nPlan:  gold\nCity: Bern', ['City: Bern', 'Plan: gold', 'Users: 6'])).toBeCloseTo(2 / 3, 12);
});

it('a point that only begins a longer number or word is not held', () => {
  expect(pointsHeld('price: 590', ['price: 59'])).toBe(0);
  expect(pointsHeld('unpaid', ['paid'])).toBe(0);
  expect(pointsHeld('price: 590, price: 59, paid', ['price: 59', 'paid'])).toBe(1);
});

it.each([
  ['東京は晴れ', '東京は晴れ', 1],
  ['東京は雨', '東京は晴れ', 0],
  ['!!!', '!!!', 1],
  ['', '東京', 0],
])('ROUGE-L reads what has no Latin letter in its own script: %j against %j', (text, reference, score) => {
  expect(rougeLOf(text, reference)).toBe(score);
});

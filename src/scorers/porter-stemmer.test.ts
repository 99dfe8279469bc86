import { describe, expect, it } from 'vitest';
import { stem } from './porter-stemmer.ts';

const pairs = (text: string) => text.split(', ').map((pair) => pair.split(' ') as [string, string]);

describe('the Porter stemmer', () => {
  it.each(
    pairs(
      'caresses caress, ponies poni, cats cat, feed feed, agreed agre, plastered plaster, bled bled, motoring motor, ' +
        'sing sing, conflated conflat, troubled troubl, sized size, hopping hop, tanned tan, falling fall, hissing hiss, ' +
        'fizzed fizz, failing fail, filing file, happy happi, relational relat, conditional condit, rational ration, ' +
        'valency valenc, digitizer digit, conformably conform, radically radic, differently differ, vilely vile, ' +
        'vietnamization vietnam, operator oper, feudalism feudal, decisiveness decis, hopefulness hope, ' +
        'callousness callous, formality formal, sensitivity sensit, sensibility sensibl, triplicate triplic, ' +
        'formative form, formalize formal, electricity electr, electrical electr, goodness good, revival reviv, ' +
        'allowance allow, inference infer, airliner airlin, gyroscopic gyroscop, adjustable adjust, ' +
        'defensible defens, irritant irrit, replacement replac, adjustment adjust, dependent depend, adoption adopt, ' +
        'homologous homolog, communism commun, activate activ, angularity angular, effective effect, ' +
        'bowdlerize bowdler, probate probat, rate rate, cease ceas, controlled control, rolling roll',
    ),
  )("turns the paper's %s into %s", (word, expected) => expect(stem(word)).toBe(expected));

  it.each(
    pairs(
      'skies sky, sky sky, dying die, lying lie, tying tie, news news, innings inning, proceed proceed, ' + // the pool
        'ties tie, died die, spied spi, ' + // four letters keep -ie
        'enjoy enjoy, say say, by by, bys by, ' + // y after a vowel, and a stem of one letter
        'generally gener, hopefully hope, ' + // -alli again, -fulli
        'archaeology archaeolog, psychology psycholog, apology apolog, ' + // -logi
        'owed owe, using use, as as, us us', // a vowel and a consonant count as a short syllable; two letters stay
    ),
  )("follows NLTK's extension: %s becomes %s", (word, expected) => expect(stem(word)).toBe(expected));

  it('lower-cases', () => expect(stem('HOPPING')).toBe('hop'));
});

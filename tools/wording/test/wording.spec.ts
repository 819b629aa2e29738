import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { findingsIn, findPhrases } from '../check.js';

describe('the check of wording', () => {
  it('finds no phrase in this repository', () => {
    expect(findingsIn(repository)).toEqual([]);
  });

  it.each([
    ["throw new Error('the relay is stopped until this is mended')", 'mended'],
    ['// The server is told what is stored.', 'is told'],
    ['/**\n * A row of which no record\n * can be made.\n */', 'of which no record * can be'],
    ['Whoever reads it gets a copy.', 'Whoever'],
    ['17x is no id of an order', 'is no id'],
    ['the namespace is there already', 'is there already'],
    ['nobody handles this type of message', 'nobody handles'],
  ])('finds a phrase in %j', (text, found) => {
    expect(findPhrases(text).map((finding) => finding.found)).toEqual([found]);
  });

  it('reports the line and the repair', () => {
    expect(findPhrases('one\ntwo\nthe slot is made anew\n')).toEqual([{ line: 3, found: 'anew', repair: 'again, from scratch' }]);
  });

  it.each([
    'there is no id of an order',
    'the user `nobody`',
    'the law was amended',
    'postgres://somebody:secret@host',
    'it is no longer valid',
    'one after the other, in turn',
  ])('accepts %j', (text) => {
    expect(findPhrases(text)).toEqual([]);
  });
});

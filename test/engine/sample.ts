import type { Example } from '../../src/engine/engine.ts';

/** Small talk of a support inbox, made of parts: enough to learn from, written for these tests. */
const topics: Readonly<Record<string, readonly string[]>> = {
  refund_request: ['refund', 'money back', 'return the jacket', 'reimburse me', 'charged twice', 'cancel the order'],
  complaint: ['terrible service', 'rude driver', 'broken on arrival', 'disappointed', 'never again', 'unacceptable'],
  delivery: ['where is my parcel', 'tracking number', 'courier', 'delivery date', 'not arrived yet', 'shipped'],
  rueckgabe: ['Rückgabe', 'zurückschicken', 'passt nicht', 'Umtausch', 'Retourenschein', 'falsche Größe'],
};
const openings = ['Hello,', 'Dear team,', 'Hi there,', 'Good morning,', 'Guten Tag,', ''];
const endings = ['Thanks!', 'Please help.', 'Regards, Kim', 'Waiting for your answer', 'Danke', 'It is urgent.'];

/** `each` examples a class, always the same ones. */
export function sample(each: number, labels: readonly string[] = Object.keys(topics)): Example[] {
  const examples: Example[] = [];
  for (const label of labels) {
    const words = topics[label] ?? [];
    for (let at = 0; at < each; at++) {
      const pick = (list: readonly string[], step: number) => list[(at * step + (at >> 2)) % list.length] ?? '';
      examples.push({
        subject: at % 3 === 0 ? pick(words, 1) : 'Question',
        body: [
          pick(openings, 5),
          pick(words, 1),
          'and',
          pick(words, 7),
          `order ${1000 + at * 37}.`,
          pick(endings, 11),
        ].join(' '),
        label,
      });
    }
  }
  return examples;
}

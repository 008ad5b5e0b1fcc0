import type { TokenCount } from '@/api/prompts';

type Encoder = TokenCount['encoders'][number];

export interface Chunk {
  tokens: number;
  /** The first words of a further chunk. */
  begins: string;
}

const SHOWN_CHARS = 40;

/** The chunks of the longest text that the prompt has over its steps and parts. */
export function chunksOf({ texts }: Pick<Encoder, 'texts'>): { chunks: Chunk[]; tokens: number } {
  const [longest] = texts.filter(({ field }) => field === 'prompt').sort((left, right) => right.tokens - left.tokens);
  if (!longest) return { chunks: [], tokens: 0 };
  const chunks = longest.chunks.map((tokens, index) => {
    const mark = index === 0 ? 0 : (longest.marks[index - 1] ?? longest.text.length);
    return { tokens, begins: longest.text.slice(mark).trimStart().slice(0, SHOWN_CHARS) };
  });
  return { chunks, tokens: longest.tokens };
}

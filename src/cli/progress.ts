/** Where progress is shown: stderr, as stdout is for what is asked for. */
type Screen = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

const width = 24;

/**
 * One line that is written anew while something goes on. Where nobody watches (no terminal) each stage is one plain line,
 * when it begins.
 */
export class ProgressLine {
  readonly #screen: Screen;
  #shown = '';
  #stage = '';

  constructor(screen: Screen = process.stderr) {
    this.#screen = screen;
  }

  /** `share` is 0 to 1. */
  show(stage: string, share: number): void {
    if (this.#screen.isTTY !== true) {
      if (stage !== this.#stage) this.#screen.write(`${stage}\n`);
    } else {
      const done = Math.round(Math.min(1, Math.max(0, share)) * width);
      const percent = `${Math.floor(share * 100)}%`.padStart(4);
      const line = `[${'='.repeat(done)}${' '.repeat(width - done)}]${percent} ${stage}`;
      // A line that wraps cannot be written over.
      const fits = line.slice(0, (this.#screen.columns ?? 80) - 1);
      if (fits !== this.#shown) this.#screen.write(`\r${fits}\x1b[K`);
      this.#shown = fits;
    }
    this.#stage = stage;
  }

  /** What comes next on the screen begins on a clean line. */
  clear(): void {
    if (this.#screen.isTTY === true && this.#shown !== '') this.#screen.write('\r\x1b[K');
    this.#shown = '';
    this.#stage = '';
  }
}

/** What a classifier reads. Both may be empty. */
export interface Mail {
  readonly subject: string;
  readonly body: string;
}

export interface Example extends Mail {
  readonly label: string;
}

export interface Scored {
  readonly label: string;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface Prediction extends Scored {
  /** The best three labels, the predicted one first. Their confidences sum to 1 at most. */
  readonly alternatives: readonly Scored[];
}

/** Anything that names a label for a mail. Safe to call at the same time for several mails. */
export interface Engine {
  /** What it can answer; it never answers anything else. */
  readonly labels: readonly string[];
  /** Names the trained state, so that a job can tell which model answered it. */
  readonly version: string;
  classify(mail: Mail): Prediction | Promise<Prediction>;
}

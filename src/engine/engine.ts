import type { Fault } from '../base/errors.ts';

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
  /** The confidence is no measurement but the model's own word. */
  readonly stated?: true;
  /** The version that answered, where an engine has others answer for it. */
  readonly by?: string;
}

/**
 * Anything that names a label for a mail. Safe to call at the same time for several mails. One that asks others rejects
 * with a NoAnswer where it got none; whatever else it throws is a bug.
 */
export interface Engine {
  /** What it can answer; it never answers anything else. */
  readonly labels: readonly string[];
  /** Names the trained state, so that a job can tell which model answered it. */
  readonly version: string;
  classify(mail: Mail): Prediction | Promise<Prediction>;
  /** Why nothing can be asked at present, with the time to come back; null, or not there at all: it can. */
  away?(): Fault | null;
}

/** Whoever was to be asked did not answer, or not so that it could be taken. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  readonly fault: Fault;
  /** False: nobody was asked about this mail, so that it is no try of this mail's. */
  readonly asked: boolean;
  constructor(fault: Fault, asked = true) {
    super(fault.message);
    this.fault = fault;
    this.asked = asked;
  }
}

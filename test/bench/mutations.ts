import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One guard taken out of the source, and the tests that are likely to see it first. */
export interface Mutation {
  /** What the guard stands for, as docs/guards.md says it. */
  readonly guard: string;
  /** What is done instead. */
  readonly instead: string;
  readonly edits: readonly Edit[];
  /** Test files, from the checkout. */
  readonly tests: readonly string[];
}

export interface Edit {
  readonly file: string;
  /** Stands exactly once in the file; if not, the mutation is out of date, which is an error. */
  readonly find: string;
  readonly put: string;
}

export function isOutdated(checkout: string, { file, find }: Edit): boolean {
  return readFileSync(join(checkout, file), 'utf8').split(find).length !== 2;
}

const guard = (name: string, instead: string, edits: Edit | readonly Edit[], ...tests: string[]): Mutation => ({
  guard: name,
  instead,
  edits: 'file' in edits ? [edits] : edits,
  tests: tests.map((test) => `test/${test}.test.ts`),
});

const edit = (file: string, find: string, put: string): Edit => ({ file: `src/${file}`, find, put });

export const mutations: readonly Mutation[] = [
  guard(
    'the fence of a move',
    'a message that was in the destination before is taken for our copy',
    edit('imap/look.ts', 'return fence.uidValidity === uidValidity && !line.gmail ? fence.uidNext : 1;', 'return 1;'),
    'imap/dovecot',
  ),
  guard(
    'a move is announced before it is sent',
    'recorded after the answer',
    [
      edit(
        'imap/moving.ts',
        '    await batch.record(\n      this.#index,\n      aims.flatMap(',
        '    const announce = () => batch.record(\n      this.#index,\n      aims.flatMap(',
      ),
      edit(
        'imap/moving.ts',
        '    for (const aim of aims) await this.#transfer(aim, by);\n',
        '    for (const aim of aims) await this.#transfer(aim, by);\n    await announce();\n',
      ),
    ],
    'imap/announced',
  ),
  guard(
    'a move waits until its announcement is on the disk',
    'it is sent meanwhile',
    edit(
      'imap/moving.ts',
      '    await batch.record(\n      this.#index,\n      aims.flatMap(',
      '    void batch.record(\n      this.#index,\n      aims.flatMap(',
    ),
    'imap/announced',
  ),
  guard(
    'a removal is announced before it is sent',
    'recorded after the answer',
    [
      edit(
        'imap/moving.ts',
        "    await batch.record(\n      this.#index,\n      removals.map(({ work, fence, copy }) => ({ work, progress: { step: 'removing'",
        "    const announce = () => batch.record(\n      this.#index,\n      removals.map(({ work, fence, copy }) => ({ work, progress: { step: 'removing'",
      ),
      edit(
        'imap/moving.ts',
        '    for (const work of works) work.refusal = refusal ?? work.refusal;',
        '    await announce();\n    for (const work of works) work.refusal = refusal ?? work.refusal;',
      ),
    ],
    'imap/announced',
  ),
  guard(
    '`false` of imapflow is no refusal where the connection is gone',
    'taken for a refusal',
    edit(
      'imap/line.ts',
      '  refusal(): Refusal {\n    if (!this.alive) throw this.#gone();\n',
      '  refusal(): Refusal {\n',
    ),
    'imap/announced',
  ),
  guard(
    'what a refusal left behind is looked at before it is believed',
    'a NO is a NO',
    edit(
      'imap/moving.ts',
      '    for (const work of works) {\n      if (refusal !== null) work.refusal = refusal;',
      '    if (refusal !== null) return this.#batch.refuse(works, refusal.words, false);\n    for (const work of works) {\n      if (refusal !== null) work.refusal = refusal;',
    ),
    'imap/announced',
  ),
  guard(
    'no EXPUNGE but of our UIDs',
    'a bare EXPUNGE on servers without UIDPLUS',
    edit('imap/apply.ts', "  if (!line.offers('UIDPLUS')) return markDeleted(line, uids);\n", ''),
    'pains/foreign-mail',
  ),
  guard(
    'CLOSE is never sent',
    '`mailboxClose()` before another folder is opened',
    edit(
      'imap/line.ts',
      '    const opened = await this.run(() => this.client.mailboxOpen(',
      '    if (this.client.mailbox !== false) await this.run(() => this.client.mailboxClose());\n    const opened = await this.run(() => this.client.mailboxOpen(',
    ),
    'pains/foreign-mail',
    'imap/dovecot',
  ),
  guard(
    'success is per message, not per command',
    'OK of a set is taken for OK of each message',
    edit(
      'imap/moving.ts',
      '      const copy = placed.get(work.uid);\n',
      '      const copy = placed.get(work.uid) ?? (refusal === null ? [...placed.values()][0] : undefined);\n',
    ),
    'imap/announced',
  ),
  guard(
    'only what was seen right before acting is acted on',
    'the set as it was decided',
    edit('imap/moving.ts', 'works: target.works.filter(isThere)', 'works: target.works'),
    'imap/vanishing',
  ),
  guard(
    'a source that a person marked \\Deleted is theirs',
    'acted on like any other',
    edit('imap/batch.ts', "has(marks, '\\\\Deleted') ? 'marked' : 'there'", "'there'"),
    'imap/dovecot',
  ),
  guard(
    'a person who moved a message before we acted wins',
    'it is sent all the same',
    edit(
      'triage/reconcile.ts',
      "    case 'planned':\n      return source === 'there' ? send : gone(personDid(source));",
      "    case 'planned':\n      return send;",
    ),
    'triage/reconcile',
  ),
  guard(
    'no source is removed before its copy was seen',
    'what was sent counts as copied',
    edit(
      'triage/reconcile.ts',
      "      if (copy === 'none') return gone(source === 'there' ? copyTaken : personDid(source));\n",
      "      if (copy === 'none') return { next: 'remove', fence: progress.fence, copy: progress.copy };\n",
    ),
    'triage/reconcile',
  ),
  guard(
    'what another job holds is not our copy',
    'claims are not asked for',
    edit(
      'imap/look.ts',
      'uids.length === 0 ? new Set() : ledger.claimed(folder, uidValidity, uids, new Set([one.job]));',
      'new Set<number>();',
    ),
    'imap/dovecot',
  ),
  guard(
    'COPY keeps flags, also where the server does not',
    'copies are left as they were made',
    edit('imap/moving.ts', '      await makeAlike(line, folders, fresh);\n', ''),
    'imap/imap4d',
  ),
  guard(
    'imap4d hits its last message for one that is gone: that one is spared',
    'its \\Deleted stays',
    edit('imap/apply.ts', "  if (marked) await store(line, 'remove', [stranger.uid], deleted, false);\n", ''),
    'imap/vanishing',
  ),
  guard(
    'the cursor moves in the commit of what was found',
    'it moves first',
    edit(
      'daemon/path.ts',
      '    const fresh = await recognise(lane, session, folder, scan.value);\n',
      '    const moved = { account: account.name, folder, cursor: { ...cursor, lastUid: scan.value.lastUid } };\n    await journal.commit(() => ({ cursor: moved }), lane.now());\n    const fresh = await recognise(lane, session, folder, scan.value);\n',
    ),
    'daemon/intake',
  ),
  guard(
    'a start of a parse is counted before it is made',
    'never before',
    edit(
      'daemon/path.ts',
      "(await lane.transitAll(batch, () => ({ type: 'parsing' }))) as Found[];",
      '[...batch] as Found[];',
    ),
    'daemon/suspects',
  ),
  guard(
    'a message in hand is not taken up again',
    'the next turn takes it again',
    edit('daemon/path.ts', "job.state === 'found' && !lane.asking.has(job.id)", "job.state === 'found'"),
    'pains/slow-job',
    'daemon/suspects',
  ),
  guard(
    'UIDVALIDITY: another one voids every UID',
    'the cursor is kept',
    edit('daemon/path.ts', 'if (scan.value.uidValidity !== cursor.uidValidity) {', 'if (false) {'),
    'daemon/trouble',
    'pains/uidvalidity',
  ),
  guard(
    "UIDVALIDITY: absence under another one is no person's move",
    'looked up all the same',
    edit('imap/watch.ts', '  if (expected === found) return;\n', '  return;\n'),
    'imap/dovecot',
  ),
  guard(
    'mail that was there before a new UIDVALIDITY is old',
    'it counts as new',
    edit(
      'triage/cursor.ts',
      'return row.identity.internalDate > syncedAt - limits.daemon.resyncMargin;',
      'return true;',
    ),
    'triage/pure',
    'daemon/trouble',
  ),
  guard(
    'what siftd moved into a watched folder is not sorted again',
    'it is new mail',
    edit(
      'daemon/recognise.ts',
      "if (ours.has(row.uid) || row.flags.includes('\\\\Deleted')) continue;",
      "if (row.flags.includes('\\\\Deleted')) continue;",
    ),
    'pains/rule-loop',
  ),
  guard(
    'what a person moved into a watched folder is theirs',
    'it is sorted again',
    edit('daemon/recognise.ts', 'if (left.value === null || resort)', 'if (true)'),
    'daemon/sorting',
  ),
  guard(
    'identity is more than a Message-ID',
    'Message-ID alone',
    edit(
      'mail/identity.ts',
      'return a.messageId === b.messageId && a.headerHash === b.headerHash && a.internalDate === b.internalDate;',
      'return a.messageId === b.messageId;',
    ),
    'mail/identity',
  ),
  guard(
    'a class below its threshold is left to a person',
    'it is routed',
    edit('triage/decide.ts', 'if (confidence < route.threshold) {', 'if (false) {'),
    'triage/pure',
    'triage/policy',
  ),
  guard(
    'the failed way is entered once',
    'a decision may follow a decision',
    edit('triage/step.ts', "event.plan.decision.way !== 'failed' || job.decision.way === 'failed'", 'false'),
    'triage/step',
  ),
  guard(
    'a process that is lost is submitted once more, not for ever',
    'for ever',
    [
      edit('daemon/path.ts', '  if (job.submission === 2) return giveUp(', '  if (false) return giveUp('),
      edit(
        'triage/step.ts',
        "if (job.state !== 'submitted' || job.submission === 2) return null;",
        "if (job.state !== 'submitted') return null;",
      ),
    ],
    'triage/step',
    'hostile-api/refusals',
  ),
  guard(
    'an answer for another external_ref is no answer',
    'it is believed',
    edit('api/wire.ts', "if (typeof theirRef === 'string' && theirRef !== externalRef) {", 'if (false) {'),
    'api/client',
  ),
  guard(
    'an unlikely confidence is no answer',
    'any number is',
    edit('api/wire.ts', '  confidence: z.number().min(0).max(1),\n', '  confidence: z.number(),\n'),
    'api/client',
  ),
  guard(
    'one Idempotency-Key for all tries of a submission',
    'a new one for each try',
    edit('daemon/path.ts', 'const key = job.key ?? randomUUID();', 'const key = randomUUID();'),
    'hostile-api/answers',
  ),
  guard(
    'the breaker half-opens with one request',
    'with all',
    edit(
      'triage/breaker.ts',
      "    case 'half-open':\n      return 0;\n",
      "    case 'half-open':\n      return 'any';\n",
    ),
    'triage/pure',
    'hostile-api/desk',
  ),
  guard(
    'what queued up before the breaker opened is not sent',
    'it is sent',
    edit('daemon/desk.ts', 'allowed === 0 || ', ''),
    'hostile-api/desk',
  ),
  guard(
    'polls and submissions probe in turn',
    'whoever is first',
    edit('daemon/desk.ts', "allowed === 1 && kind === 'poll'", "allowed === 1 && kind !== 'poll'"),
    'hostile-api/desk',
  ),
  guard(
    'Retry-After is obeyed for an hour at most',
    'for as long as it says',
    edit('base/ask.ts', 'Math.min(Math.max(0, wait), limits.api.retryAfterMax)', 'Math.max(0, wait)'),
    'api/client',
  ),
  guard(
    'redirects are not followed',
    'they are',
    edit('base/ask.ts', "redirect: 'manual'", "redirect: 'follow'"),
    'hostile-api/transport',
  ),
  guard(
    'an answer has a cap',
    'it has none',
    edit('base/ask.ts', '    if (size > most) return null;\n', ''),
    'hostile-api/transport',
  ),
  guard(
    'a 404 as a web page says nothing about a process',
    'the process is lost',
    edit('api/client.ts', ' && !isPage(reply.value)) return', ') return'),
    'api/client',
  ),
  guard(
    'a job is written only over what it was read from',
    'whoever comes last wins',
    edit('store/statements.ts', 'WHERE id = $id AND rev = $rev - 1', 'WHERE id = $id'),
    'store/store',
  ),
  guard(
    'the progress of actions belongs to the ledger alone',
    'a job that was read earlier takes it back',
    edit(
      'store/store.ts',
      "if (job.state === 'decided' && before.round !== row.round) {",
      "if (job.state === 'decided') {",
    ),
    'store/store',
  ),
  guard(
    'one process acts on a state folder',
    'the lock is not taken',
    edit('store/lock.ts', "    db.exec('BEGIN EXCLUSIVE');\n", ''),
    'store/store',
  ),
  guard(
    'a mail is announced before it is sent',
    'after it was',
    [
      edit(
        'daemon/postman.ts',
        "    const announced = await this.#write(posting, { type: 'sending' });\n",
        '    const announced: Posting | null = posting;\n',
      ),
      edit(
        'daemon/postman.ts',
        "    await this.#write(announced, { type: 'posted', posted, pause });\n",
        "    await this.#write(announced, { type: 'sending' });\n    await this.#write(announced, { type: 'posted', posted, pause });\n",
      ),
    ],
    'crash/sending',
  ),
  guard(
    'a mail that may have been sent is never sent again',
    'it is, like a webhook',
    edit('triage/posting.ts', "if (posting.kind === 'webhook') return", "if (posting.kind !== 'digest') return"),
    'crash/sending',
  ),
];

/**
 * Every cap on size, time or count, with its reason. Rooms take what they need from here and nowhere else, so
 * that a test can shorten a time and a reader can see at one place what siftd will not do.
 */
const second = 1000;
const minute = 60 * second;
const kib = 1024;
const mib = 1024 * kib;

export const limits = {
  imap: {
    /** An idle connection is broken and asked at least this often: some servers advertise IDLE and never speak. */
    pollInterval: 30 * second,
    /** How long the answer to that question may take. With the interval above, a dead socket shows within 60 s. */
    probeTimeout: 20 * second,
    /** Long waits of all accounts end at such beats: a process that wakes for each of a thousand alone takes half as much again. */
    beat: 1 * second,
    /** What a server said no longer ago than that need not be asked again: between two pieces of work nothing is. */
    moment: 1 * second,
    /**
     * Where a folder stood after our last move there is a fence for as long. What somebody else puts there meanwhile could be
     * taken for our copy after a crash: not for longer than a set takes that goes to many folders over a slow line.
     */
    fence: 10 * second,
    /** Messages of an answer that are taken in one turn of the event loop: each takes 1 ms before V8 has compiled its way, 0.1 ms then. */
    turn: 16,
    /** A command in flight: a slow SELECT or a large MOVE is not a dead socket. */
    commandTimeout: 5 * minute,
    connectTimeout: 30 * second,
    /** Reconnect: exponential backoff with full jitter between these. */
    backoffMin: 1 * second,
    backoffMax: 2 * minute,
    /** After a refused login: hammering locks accounts out. */
    authRetry: 10 * minute,
    /** Other programs have all connections that a mailbox may have (15 at Gmail), or too much is asked at once: that passes in minutes. */
    crowdedRetry: 2 * minute,
    /** A mailbox that was read too much is closed for an hour to a day: asking now and then finds the end of it. */
    throttledRetry: 10 * minute,
    /** Messages of one UID set: large enough that round trips do not count, small enough that a retry is cheap. */
    batch: 250,
    /** Up to this size a message is fetched whole; beyond it, header and text parts only. */
    wholeMessage: 256 * kib,
    /** A text part is fetched up to here: the body is capped far below it, and HTML carries markup around its text. */
    textPart: 512 * kib,
    /** The header block, fetched or hashed: RFC 5322 sets no limit, honest mail stays below 64 KiB. */
    headerBlock: 256 * kib,
    /** Text parts of one message that are fetched; each is a section of one command, and a hostile tree has thousands. */
    textParts: 16,
    /** Whole messages of one FETCH: they are held until they are taken, so that no command is open meanwhile. */
    fetchSet: 4 * mib,
    /** Folders that are searched for where a person put a message, after a crash: more would hold up everybody else's mail. */
    foldersSought: 200,
    /** LOGOUT is a courtesy: after this the socket ends without it. */
    logoutTimeout: 1 * second,
    /** A literal or a response that a hostile server announces: the connection dies beyond it. */
    literal: 8 * mib,
    response: 64 * mib,
  },
  heap: {
    /**
     * A heap that has grown by so much since it was last collected is collected again. V8 waits for 100 and more: sorting
     * 10,000 messages then takes twice the memory, and no less CPU.
     */
    growthPercent: 25,
  },
  parse: {
    /** One message in the worker: honest mail takes milliseconds, 20 MB of flat HTML took 7.5 s. */
    timeout: 20 * second,
    /** The worker's heap, in MiB, before it is ended and started anew. */
    heapMib: 256,
    /** Of it, for what is young: V8's own 48 would keep 20 MiB more of garbage in each worker, and be no faster by more than a tenth. */
    youngMib: 4,
    /**
     * Starts of a parse that ended with the whole process or the connection, before the message goes the `failed` way: a
     * kill looks the same, and hits one message so often only if that message does it. One that was seen to fail counts
     * twice.
     */
    deaths: 6,
    /** HTML beyond this many characters is cut before it is turned to text. */
    html: 1_000_000,
    /** Levels of HTML that are kept as such: deeper ones are only their content, as parsing them costs squared time. */
    depth: 100,
    /** Lists and quotations within each other: every level indents every line of its content once more. */
    indents: 8,
    /** Messages within messages within a message: a forward of a forward is mail, more is a game. */
    embedded: 2,
    /** The text for an image, and the class of an element. */
    attribute: 300,
    /** A file for `siftd preview`: no server accepts more, and its parser needs some times as much memory. */
    file: 64 * mib,
    /** Threads that parse: one keeps up with everything else that is done for a message, and each has a heap of its own. */
    workers: 1,
    /** Messages, and octets of them, that a thread is given together: they are held twice until it has answered. */
    set: 64,
    setOctets: 512 * kib,
    /** Milliseconds after which a thread says what it has found out so far. */
    silence: 10,
    /** After this a message is slow: its worker no longer counts, and another one starts for those that wait behind it. */
    slow: 500,
    /** Workers in all, slow ones too; each may take heapMib. */
    workersMost: 8,
  },
  message: {
    /** RFC 5322 2.1.1 limits a line to 998 octets; a longer Message-ID is a forgery or a fault. */
    messageId: 998,
    subject: 2_000,
    /** Who a message is from, as it is shown. */
    sender: 300,
    /** External metadata and thread ids travel with every request. */
    threadId: 998,
    /** Ids of References and In-Reply-To: a thread's root and the newest are kept, a hostile header may list thousands. */
    references: 100,
    /** Attachment names of a message without text, so that a thousand parts do not make a body. */
    attachmentNames: 20,
    /** One of these names; file systems end at 255. */
    attachmentName: 255,
    /** A plain part up to here may be no more than "see the HTML" or a list's footer beside the real text. */
    stub: 300,
  },
  api: {
    /** One HTTP request, from connect to the last byte of the answer. */
    requestTimeout: 60 * second,
    /** An answer is a small JSON document. */
    answerBytes: 1 * mib,
    /** However often a server says 429, it is asked once in this time. */
    gapMax: 10 * second,
    /** Answers, and milliseconds, after which it is decided whether to ask more, less or as much. */
    paceSample: 20,
    paceEpoch: 1 * second,
    /** After a 429: of what the server took, so much is asked, to see whether load is the reason. */
    paceTrial: 0.85,
    /** The share of a limit that is asked, how much beyond it is tried first, and the longest rest between two such tries. */
    paceNear: 0.95,
    paceStep: 0.02,
    paceStepMax: 0.05,
    paceRest: 30,
    /** What a late timer may be behind and is caught up with, in milliseconds. */
    paceSlack: 100,
    /** A share of 429s that may come of anything but load, and for how long that is believed. */
    paceNoise: 0.3,
    paceBelief: 1 * minute,
    /** Retry-After is obeyed up to here; a longer one would be a mistake or malice. */
    retryAfterMax: 60 * minute,
    /** Submission: backoff between tries of one message. */
    backoffMin: 1 * second,
    backoffMax: 5 * minute,
    /** Tries of one message at an API that answers nothing useful, before it goes the `failed` way. */
    attempts: 30,
    /** Failures in a row, without one answer between, that open the breaker. */
    breakerFaults: 10,
    /** The longest wait between two probes of an API that is down: a team notices five minutes, not thirty seconds. */
    breakerMax: 30 * second,
    /** How long a submission, which has to be fetched and parsed first, goes before polls as the next probe. */
    headStart: 5 * second,
    /** After 401 or 403 nothing is submitted for this long; then one request tries. */
    authRetry: 3 * minute,
    /** A process that was accepted less than this ago may not be known yet to every machine of the API: 404 is no loss. */
    unknownYet: 5 * second,
    /** Poll: the first and the longest wait between two GETs of one process. */
    pollMin: 500,
    pollMax: 10 * second,
    /** What a GET is worth, in milliseconds of delay: few enough for a vendor that counts them, and nobody waits for the mail. */
    pollPrice: 515,
    /** Ages that are told apart when latencies are learned: the finest, the last, and how many to a doubling. */
    latencyFinest: 250,
    latencyLongest: 15 * minute,
    latencyFineness: 8,
    /** Processes after which what is known of an age is forgotten by two thirds: many are needed to know it well. */
    latencyMemory: 500,
    /** Processes that the guess weighs which is made before any has ended; a new age is never more surprising than that. */
    latencyPrior: 3,
    /** When no more than this part of the processes would still run, waiting on finds hardly any more. */
    latencyLeft: 0.25,
    /** However old a process seems at the start, it is asked for this long: processing takes up to two minutes. */
    grace: 2 * minute,
    /** Seconds that a GET asks the server to hold its answer (RFC 7240 `wait`). */
    preferWait: 20,
    /** How long a poll waits for a place among those that are held, before it goes without. */
    holdWait: 1 * second,
    /** The name of a class and a process id, as an answer may give them. */
    classification: 200,
    processCuid: 128,
    /** The most likely classes that are kept of an answer, to show a person; and what it says of its model. */
    predictions: 3,
    model: 200,
  },
  http: {
    /** A client has this long for its header, and this long for its whole request: slower ones are cut off. */
    headersTimeout: 10 * second,
    requestTimeout: 30 * second,
    /** How often Node looks for clients that exceeded the two above. */
    checkInterval: 5 * second,
    /** A kept-alive connection without a request. */
    keepAlive: 30 * second,
    /** A socket on which nothing moves: more than the longest hold of an answer, `server.waitMax`. */
    idleSocket: 90 * second,
    /** All headers of a request together. */
    headerBytes: 16 * kib,
    /** How long requests under way may go on when the listener closes: with `server.drain` less than `daemon.stop`. */
    grace: 3 * second,
    /** Beyond it new connections are refused, before memory or descriptors run out. */
    connections: 4096,
  },
  server: {
    /** A request's body: fifty times what the gateway sends at most (20,000 characters). */
    bodyBytes: 1 * mib,
    /** Unfinished processes in the queue; past it the service says 429. */
    queue: 10_000,
    /** When a client that was told 429 or 503 should come again. */
    retryAfter: 5 * second,
    /** Longest hold of a GET by `Prefer: wait`, in seconds. */
    waitMax: 60,
    /** An Idempotency-Key: a UUID has 36 characters, a hash 64. */
    idempotencyKey: 255,
    /** Processes that an engine works on at a time: their results share a commit, and it must keep up with as many clients. */
    inFlight: 128,
    /** How long they are begun in one turn of the event loop: an engine that learned from mail takes 0.6 ms for one. */
    turn: 10,
    /** Tries of an engine that throws before the process ends as `failed`, and the wait between them. */
    tries: 3,
    retryDelay: 1 * second,
    /** Begun classifications of a mail that never ended, each time because the process did, before it is `failed`. */
    starts: 3,
    /** Answers of "not now" about one mail before it is `failed`, and the longest wait between two: ten minutes in all. */
    asks: 12,
    asksWait: 1 * minute,
    /** Objects and lists within each other in external values: the contract promises 32, and a parser's stack ends. */
    nesting: 32,
    /** Results that are held in memory until they are asked for, and how long the external values of one may be: 4 MB in all. */
    unasked: { most: 500, chars: 4_000 },
    /** How often expired results are swept out and the write-ahead log, which may hold deleted mail, is emptied. */
    sweep: 1 * minute,
    /** Rows of one sweep's transaction, so that it never holds up an answer for long. */
    sweepRows: 1000,
    /** How long an engine may go on with what it has begun when the service stops. */
    drain: 5 * second,
  },
  smtp: {
    /** Name, connection, greeting and TLS of a server that takes our mail; all of them with its EHLO in three times this. */
    connectTimeout: 30 * second,
    /** The login, a token got anew for it too. */
    login: 1 * minute,
    /** MAIL, RCPT and DATA together: RFC 5321 4.5.3.2 wants five minutes of patience. */
    envelope: 5 * minute,
    /** The message itself: 25 MB over a line of 300 kbit/s. */
    transfer: 15 * minute,
    /** The answer to the message (RFC 5321 4.5.3.2.6): who ends the wait does not know what came of it. */
    answer: 10 * minute,
    /** The same when siftd stops: most servers answer within a second, and then nobody has to look. */
    grace: 5 * second,
    /** How long a connection is kept for the next letter. */
    idle: 10 * second,
    /** One answer of a server: real ones stay below 1 KiB. */
    response: 64 * kib,
    /** After a refused login, and where a day's letters are used up: hammering locks accounts out. */
    authRetry: 10 * minute,
    usedUp: 60 * minute,
    /** Characters of a server's own words that are shown. */
    said: 200,
    /** RFC 5321 4.5.3.1.3: a path has 256 octets with its brackets. */
    address: 254,
    /** Octets of a piece of a message that is handed on. */
    piece: 16 * kib,
  },
  reply: {
    /** A template: ten pages, of a text that should be brief (RFC 3834 3.2). */
    templateBytes: 16 * kib,
    /** What of a subject and of a name comes back to a sender who may be forged: enough to know one's own letter by. */
    subject: 150,
    name: 60,
    /** Ids of References: a thread's root and the newest. */
    references: 20,
    /** One of them: a line has 998 octets with its name. */
    reference: 900,
  },
  forward: {
    /** Received fields of a message that goes in a circle (RFC 5321 6.3). */
    hops: 100,
  },
  webhook: {
    /** From the look-up of the name to the status: Standard Webhooks recommends 15 to 30 seconds. */
    timeout: 20 * second,
    /** Octets of an answer that are taken from the line, and dropped: its status says everything. */
    answerBytes: 64 * kib,
    /** Octets of a secret, decoded (Standard Webhooks): fewer are guessed. */
    secretMin: 24,
    secretMax: 64,
  },
  disk: {
    /**
     * A commit is followed by so many times its own time without one, but by no more than this; this much is free beforehand:
     * the dozen of commits of a message that comes alone, on a disk that takes 5 ms for each.
     */
    share: 5,
    gather: 20,
    burst: 50,
    /**
     * Pages of a write-ahead log before they go into the file: 16 MiB. It takes two more syncs each time, and a page that was written
     * ten times goes there once.
     */
    log: 4000,
    /**
     * Of each connection, for pages of its database. The system has them too, and better-sqlite3's 16 MiB sort no faster: with two
     * databases they are a fifth of all memory.
     */
    cache: 6 * mib,
    /** Who waited for a commit and goes on in one turn of the event loop: each sends a command or two, of 0.3 ms. */
    answers: 16,
  },
  act: {
    /** Backoff between tries of a refused action, and how many tries make a refusal final. */
    backoffMin: 5 * second,
    backoffMax: 10 * minute,
    attempts: 8,
  },
  alerts: {
    /** Between two looks at what needs a person. */
    look: 10 * second,
    /** From the first news to the mail about it: what goes wrong together is told together. */
    gather: 1 * minute,
    /** What may mend by itself is told when it has lasted so long. */
    patience: 10 * minute,
  },
  post: {
    /** Between two tries to send something that was not taken: a mail server that greylists wants minutes. */
    backoffMin: 30 * second,
    backoffMax: 60 * minute,
    /** How long it is tried, before a person is shown that it was not taken: an answer of the day before helps few. */
    tries: 24 * 60 * minute,
    /** Between two tries to reach a mail server or a login that did not answer; no letter is blamed for it. */
    away: 1 * minute,
    /** Of one account, under way at a time: webhooks are waited for side by side, mails go one after the other. */
    webhooks: 8,
    mails: 50,
    /** A message that is forwarded is held in memory and in the journal: most mail servers take no more (RFC 1870 lets them say so). */
    message: 25 * mib,
    /** To one sender, about one class: RFC 3834 section 2 wants a bound, and leaves it to the answerer. */
    replyEvery: 24 * 60 * minute,
    /** Mail that had been there longer than that when its folder was first watched is only sorted. */
    oldMail: 3 * 24 * 60 * minute,
    /** Mail that has waited longer than that is not answered by a machine any more. */
    replyAge: 3 * 24 * 60 * minute,
  },
  engine: {
    /** Characters of a body that the classifier reads: what a mail is about stands in its first pages. */
    bodyChars: 10_000,
    /** A longer run without a gap is an encoded block or an address: it is read in pieces of this many characters. */
    wordChars: 40,
    /** Different word stems of a mail that are paired with each other: 496 pairs, and a mail's point is made by then. */
    pairedStems: 32,
    /** Examples of a class below which it is named and not predicted: the confidence could not be checked. */
    minExamples: 10,
    /** Examples of one training, and n-grams of all of them together (8 octets each): what one machine holds at ease. */
    examples: 200_000,
    nonzeros: 40_000_000,
    /** Examples times classes of one training: each has a score of some 20 octets while it is measured. */
    scores: 40_000_000,
    /** Columns times classes of a model, one octet each: the model file stays below 15 MB. */
    cells: 12_000_000,
    classes: 1_000,
    /** A model file beyond this is not one of ours. */
    modelBytes: 64 * mib,
    /** A line of training data: a body of 20,000 characters, escaped, fits many times over. */
    lineBytes: 1 * mib,
  },
  llm: {
    /** What a model may write: a class's name of 200 characters and a number take less. */
    answerTokens: 400,
    /** The same with the probability of each token, and an endpoint that talks too much. */
    answerBytes: 1 * mib,
    /** The most that a model's own word counts: routes with a higher threshold want a measured confidence. */
    statedMost: 0.9,
    /** How long a mail waits until concurrency and rate let it through, before that counts as no answer. */
    turn: 2 * minute,
    /** Requests in a row that came to nothing before the endpoint is left alone for a while, which doubles. */
    faults: 3,
    awayMin: 10 * second,
    awayMax: 5 * minute,
    /** Octets of UTF-8 that are at least one token: what is set aside of a budget before anybody counted. */
    tokenBytes: 3,
  },
  config: {
    /** A configuration of a thousand accounts is a fifth of this. */
    fileBytes: 1 * mib,
    /** Errors of one file that are printed: more are one mistake many times over. */
    errors: 100,
    /** A password or a token; the largest access tokens seen are a few KiB. */
    secretBytes: 16 * kib,
    /** Names of accounts, companies and orchestrators: they are parts of paths and of every log line. */
    name: 64,
    /** A folder's name as configured: what common file systems allow for one name. */
    folder: 255,
    /** Dovecot keeps no keyword that is longer. */
    label: 50,
    /** Characters of `body.limit`: JSON may take six octets for each, and a request has at most `server.bodyBytes`. */
    body: 100_000,
    /** HTTP requests in flight: a socket each. */
    concurrency: 256,
    requestsPer: 10_000,
    ratePeriod: 60 * minute,
    pending: 100_000,
    deadlineMin: 1 * second,
    deadlineMax: 7 * 24 * 60 * minute,
    retentionMin: 1 * minute,
    retentionMax: 3650 * 24 * 60 * minute,
    /** Addresses that one way forwards to: each is a mail of its own. */
    recipients: 10,
    alertsMin: 1 * minute,
    alertsMax: 7 * 24 * 60 * minute,
    /** One answer of a language model: a large one on a small machine thinks for minutes. fetch itself ends at five. */
    llmTimeout: 4 * minute,
    llmConcurrency: 64,
    /** Tokens a day: a mail with its labels takes hundreds to thousands. */
    budgetMin: 20_000,
    budgetMax: 1e12,
  },
  backfill: {
    /** Jobs of old mail that wait to be asked about: a page more is taken below it, and a mailbox of any size takes no more memory. */
    ahead: 250,
    /** Of them, fetched, parsed and submitted at a time: new mail waits for one small set of them at most. */
    inHand: 64,
    /** The part of `classifier.pending` that old mail may have: the other half is there for new mail at any time. */
    share: 0.5,
    /** A server counts days in a zone of its own (RFC 9051 6.4.4): so much earlier it is asked for what came since a date. */
    zones: 48 * 60 * minute,
    /** How often its command looks how far it is. */
    look: 500,

    /** What its rate and the time left are measured over. */
    pace: 30 * second,
  },
  vitals: {
    /** How often the daemon takes its own pulse: each time costs a lock of the journal and a number of each account. */
    every: 5 * second,
    /** How long another program may hold the journal's lock before mail waits for it: a backup takes less. */
    locked: 10 * second,
    /** How long the API may be away before somebody has to know: a vendor's restart takes less. */
    away: 60 * second,
    /** An account's loop comes round within a command's time (imap.commandTimeout) or a wait's (imap.authRetry), and rarely both. */
    stuck: 20 * minute,
    /** How often systemd hears how many messages wait, in words. */
    told: 20 * second,
  },
  daemon: {
    /** SIGTERM: what is in flight is finished or left durable within this. */
    stop: 10 * second,
    /** Nothing is put off for longer (api.retryAfterMax): what seems to be was noted before the clock was set back. */
    putOff: 60 * minute,
    /** So much room the disk must have for something new to be begun: several times what the journal grows by at once. */
    diskReserve: 16 * mib,
    /** How often a journal that could not be written is tried again. */
    diskRetry: 5 * second,
    /** How often another process's events are looked for (PRAGMA data_version). */
    eventPoll: 1 * second,
    /** How often a command looks whether the daemon has done what it was asked. */
    answerPoll: 100,
    /** How long an answer that the API holds is waited for without IDLE: an embedded classifier has it sooner than IDLE begins and ends. */
    expected: 500,
    /** Between the starts of two accounts: a thousand have begun within five seconds. */
    startGap: 5,
    /** How often the times of syncs that found nothing are written, of all accounts at once: the disk is waited for once. */
    syncedEvery: 10 * second,
    /** After a change of UIDVALIDITY: how far the server's clock may be behind ours for mail that came in between. */
    resyncMargin: 10 * minute,
    /** More fresh mail than this many messages and this share of the folder is old mail that was not recognised. */
    resyncMost: 100,
    resyncShare: 0.2,
    /** Without a model: how often the sorted folders are looked at for enough examples. */
    relearn: 10 * minute,
    /** How often a model that was trained beside the daemon is looked for. */
    modelPoll: 5 * second,
    /** Requests at a time to the service inside the process: what it commits together it commits at once. */
    embeddedConcurrency: 256,
    /** Messages read of each folder to learn from: the newest, as habits change. */
    examples: 500,
    /** How long a message that siftd filed must have been left there before it counts as sorted by a person. */
    leftAlone: 7 * 24 * 60 * minute,
    /**
     * What persons do with messages is looked for at every so many looks at the watched folders: a filing cabinet is in no
     * hurry, and each route's folder costs a command.
     */
    noticeEvery: 4,
    /** And only where a message was sorted in this time: people correct what they have just met. */
    noticeFor: 30 * 24 * 60 * minute,
    /** Messages of a thread that are asked where it stands, the newest: a mailing list's has thousands. */
    threadMessages: 50,
    /** Jobs read from the store for one turn of a loop. */
    page: 500,
  },
  console: {
    /** After the daemon has started: to load the console takes as long as to load everything else, and mail comes first. */
    after: 1 * second,
    /** Shorter tokens are guessed by whoever may try for a month. */
    tokenChars: 16,
    /** Wrong tokens of one address, and of all together, before they have to wait; one is forgiven in each `tryAgain`. */
    wrongTokens: 5,
    wrongTokensOfAll: 50,
    tryAgain: 20 * second,
    /** Addresses that are remembered for it. */
    addresses: 1_000,
    /** A session that is not used ends, and every session does after a while. */
    sessionIdle: 12 * 60 * minute,
    sessionLife: 7 * 24 * 60 * minute,
    /** Sessions at a time: a team's browsers, and the oldest goes first. */
    sessions: 100,
    /** How long a browser keeps the choice of colours. */
    themeLife: 365 * 24 * 60 * minute,
    /** How often what is shown of the present is asked for again, and the plots of the day. */
    renew: 2 * second,
    redraw: 1 * minute,
    /** Looks, `daemon.answerPoll` apart, for what came of a click; the daemon takes it within a second, and a mailbox may be away. */
    looks: 60,
    /** Messages of one page of a list, and of the latest beside everything else. */
    page: 50,
    latest: 8,
    /** Of a message's beginning: as much as one skims. */
    glimpseLines: 8,
    glimpse: 600,
    /** How long a connection that read a message for somebody waits for the next one. */
    peekIdle: 1 * minute,
    /** A form of the console holds a choice and two ids. */
    bodyBytes: 16 * kib,
  },
  doctor: {
    /** Accounts that are looked at at a time: each takes a connection, and waits for others most of the time. */
    accounts: 8,
    /** A name server that does not answer, and a mail server that takes no connection: people wait for it. */
    lookup: 10 * second,
    connectTimeout: 15 * second,
    /** One IMAP command that changes nothing. */
    commandTimeout: 60 * second,
    /** Milliseconds until a server that was told IDLE is in it for sure; and how long its word may take: polling brings it then. */
    settle: 1 * second,
    push: 30 * second,
    /** Taking the test's message and folder away again. */
    tidy: 20 * second,
    /** A test message's answer: processing takes up to two minutes. */
    answer: 2 * minute,
    /** A certificate that is valid for no longer than this, or a quarter of its life, should have been renewed. */
    expiry: 14 * 24 * 60 * minute,
    /** Two clocks that differ by more are worth a word. */
    skew: 1 * minute,
    /** Less room than this is worth a word, before `daemon.diskReserve` stops everything. */
    room: 256 * mib,
    /** `systemctl show` answers in milliseconds. */
    systemctl: 5 * second,
    /** Folders of the server that are named where one is missing. */
    near: 3,
  },
  init: {
    /** An autoconfig file: the largest of Thunderbird's database has a tenth of it. */
    autoconfig: 64 * kib,
    /** Logins that may fail before somebody has to begin anew: more would lock an account. */
    logins: 3,
  },
  backup: {
    /** Its list of files: a line each, and no state folder has a thousand models. */
    index: 1 * mib,
  },
  review: {
    /** Messages of a sample, unless said otherwise: as many as somebody looks at in one go. */
    sample: 20,
  },
  demo: {
    /** Milliseconds between two arrivals: a few a second, so that a person can follow and it ends within a minute. */
    arrival: 180,
    redraw: 250,
    /** The month: how often folders are read, how often its journal is, and how long a day's deeds are waited for. */
    glance: 250,
    look: 50,
    patience: 60 * second,
    /** Messages a day, so that a week tells of the large classes and not of the small ones; and months of one run. */
    daily: 250,
    months: 1000,
    /** Characters of a subject on the screen, so that a line fits. */
    subject: 28,
    /** One command without its literals: Dovecot's default, and a UID set of thousands still fits. */
    line: 64 * kib,
    /** An APPENDed message: twice the largest that mail providers take. */
    literal: 64 * mib,
    /** Literals of one command other than a message; more than any real client sends. */
    literals: 100,
    /** Parentheses and NOTs within each other, in a command. */
    nesting: 50,
    /** Connections at a time; Thunderbird opens five an account. */
    connections: 200,
    /** RFC 3501 5.4: an inactive client is kept for at least 30 minutes. */
    inactivity: 31 * minute,
    /** Dovecot's default length of a keyword. */
    keyword: 50,
    folderName: 255,
    /** MIME parts of one message, and parts within parts: what lies beyond stays one part. */
    mimeParts: 1_000,
    mimeDepth: 50,
    /** Answers are written in pieces of about this size. */
    chunk: 64 * kib,
  },
  auth: {
    /** One question to an authorization server; they answer within a second. */
    timeout: 20 * second,
    /** A token and what is said of it: access tokens of Microsoft have 2 KiB. */
    answerBytes: 64 * kib,
    /** An access token of which nobody says how long it lasts (RFC 6749 5.1 recommends to say it); most last this long. */
    unsaid: 60 * minute,
    /** However long it is said to last: after a day consent is looked at again. */
    longest: 24 * 60 * minute,
    /** A new one is got so long before: a login takes seconds, and clocks differ. */
    early: 5 * minute,
  },
} as const;

/** What stands behind a command's options in its help, and on the manual page. */
export const examples: Readonly<Record<string, string>> = {
  run: `Examples:
  siftd run
  siftd run -c /etc/siftd/siftd.yaml         as the systemd unit does; SIGTERM ends it in order
  SIFTD_LOG_LEVEL=debug siftd run            every request and command too
`,
  serve: `Examples:
  siftd serve -c config/self-hosted.yaml     answers at service.listen, by default 127.0.0.1:8025
`,
  demo: `Examples:
  siftd demo                        until Ctrl-C; an address for a mail program and a link to the console are printed
  siftd demo --once
  siftd demo --month
  siftd demo --month --seeds 20
`,
  init: `Examples:
  siftd init                               asks for all it needs
  siftd init support@example.com
  siftd init support@example.com --yes --password-env SUPPORT_PASSWORD
  siftd init support@example.com --yes --host imap.example.com --password-file support.password \\
    --route refund_request=Support/Refunds --route complaint=Support/Complaints -o /etc/siftd/siftd.yaml
  siftd init support@gmail.com --yes --client-id 1234567890-example.apps.googleusercontent.com --client-secret-file google.secret

At Google and Microsoft it asks for an application's id instead of a password (OAuth), and somebody consents by siftd auth login
afterwards. Elsewhere it logs in once, lists the folders, and writes a file that observes. A file that is there is never written over.
`,
  check: `Examples:
  siftd check                       everything that is wrong with it, at once
  siftd check --print               with all defaults, without secrets
  siftd check -c /etc/siftd/sales.yaml --json
`,
  doctor: `Examples:
  siftd doctor                      what would go wrong, and what to do about it
  sudo siftd doctor                 the same with the credentials that systemd gives to siftd
  siftd doctor --write              does IDLE push? A folder siftd-doctor-… is made for a moment in each mailbox
  siftd doctor --json | jq '.checks[] | select(.state == "failed")'
  siftd doctor -c /etc/siftd/sales.yaml --unit siftd@sales

Exit code 1: something failed. It runs beside siftd run, and changes nothing without --write; the API is asked about one message.
`,
  auth: `Examples:
  siftd auth login support              prints an address for a browser; it comes back to this machine
  siftd auth login support --device     a code to type on another device (Microsoft; Google has none for mail)
  siftd auth login support --port 8400  with ssh -L 8400:127.0.0.1:8400 a browser elsewhere comes back here
  siftd auth status
  siftd auth logout support
`,
  preview: `Examples:
  siftd preview message.eml
  siftd preview - --folder Support < message.eml
`,
  status: `Examples:
  siftd status
  siftd status --day
  siftd status --json | jq .jobs
`,
  show: `Examples:
  siftd show                        the latest messages
  siftd show '<CAF0x7@mail.example.com>'
  siftd show 381 --request
  siftd show --class complaint --since 7d --limit 200
`,
  undo: `Examples:
  siftd undo --job 381
  siftd undo --since 2h --dry-run
  siftd undo --class newsletter
  siftd undo --since 2h --undone    what was taken back is done again
`,
  review: `Examples:
  siftd review                      one by one, by single keys
  siftd review --sample 20
  siftd review --job 381 --file complaint
  siftd review --job 381 --judge none
`,
  report: `Examples:
  siftd report
  siftd report --since 14d --apply  what to paste into the configuration
  siftd report --csv
`,
  backfill: `Examples:
  siftd backfill --folder INBOX --dry-run
  siftd backfill --folder Archive/2025 --since 30d --limit 1000
  siftd backfill --pause
  siftd backfill --resume --detach
`,
  train: `Examples:
  siftd train
  siftd train --since 2026-01-31 --most 2000
  siftd train --data examples.jsonl --model support.model
  siftd train --rollback            the model before the newest
`,
  evaluate: `Examples:
  siftd evaluate --data test.jsonl --model support.model
  siftd evaluate --data examples.jsonl
`,
  backup: `Examples:
  siftd backup /var/backups/siftd-$(date +%F).tar.gz
  siftd backup nightly.tar.gz --json

It runs beside siftd run, and takes what the state folder holds: the journal, the service's queue, the models. The configuration
and its secrets are not in it. It is for you alone to read: subjects and bodies of mail that waited for an answer just then are in it.
`,
  restore: `Examples:
  siftd restore siftd-2026-11-28.tar.gz
  siftd restore --replace siftd-2026-11-28.tar.gz       what is there now is put aside, not deleted
  siftd restore --replace /var/lib/siftd/siftd.db.schema-4   go back to the journal as it was before an upgrade

Since the backup siftd and people went on, and the journal knows nothing of it. So the mailboxes are read first: what came into
the routes' folders since, or bears their labels, counts as filed; what came into the watched folders since and lies there is left
alone, for it may have been sorted and put back. To sort what came after siftd had stopped: siftd backfill --folder INBOX --since 2h
`,
  rebuild: `Examples:
  siftd rebuild                     while no siftd runs
  siftd rebuild --account support --treat-as new
`,
  'install-service': `Examples:
  siftd install-service                          asks for all it needs
  siftd install-service support@example.com
  siftd install-service support@example.com --yes --host imap.example.com --password-file support.password
  siftd install-service                          again, after an upgrade: it starts the new one

Flags but --no-start are for the first configuration, and say the same as to siftd init. One that is there stays as it is. A password is
kept in /etc/siftd/credentials, which root alone can read; the service is given it as a credential.
`,
  'uninstall-service': `Examples:
  siftd uninstall-service              stops it and takes its units away; configuration, secrets and state stay
  siftd uninstall-service --purge      those too: after it nothing is left of siftd but its program (npm uninstall -g siftd)
`,
  completion: `Examples:
  source <(siftd completion bash)                                   in ~/.bashrc
  siftd completion bash > /usr/share/bash-completion/completions/siftd
  siftd completion zsh > /usr/share/zsh/site-functions/_siftd
  siftd completion fish > ~/.config/fish/completions/siftd.fish
`,
};

#!/bin/bash
# guard.sh FOLDER COMMAND...
# Runs COMMAND for as long as our stdin is open. Stdin is a pipe from the test process, and the kernel closes it however
# that process ends. Then COMMAND's whole process group is killed (nobody needs its data any more, and an orderly end
# took Dovecot up to 7 s), FOLDER/after is run if COMMAND wrote one, and FOLDER is removed: a killed test run leaves nothing
# behind.
set -um
folder=$1
shift
trap : INT HUP TERM
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
cat <&3 >/dev/null &
lifeline=$!
# The pipes to the test process may be gone from here on, and writing to them would be our end.
exec > /dev/null 2>&1
wait -n "$server" "$lifeline"
kill -KILL -- "-$server" "-$lifeline"
wait "$server"
status=$?
[ ! -x "$folder/after" ] || "$folder/after"
for _ in {1..50}; do
  rm -rf -- "$folder" && break # what was killed may be writing its last file
  sleep 0.1
done
exit "$status"

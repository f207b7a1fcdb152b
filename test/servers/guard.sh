#!/bin/bash
# guard.sh FOLDER COMMAND...
# Runs COMMAND for as long as our stdin is open. Stdin is a pipe from the test process, and the kernel closes it however
# that process ends. Then COMMAND is ended and FOLDER removed: a killed test run leaves nothing behind.
set -u
folder=$1
shift
exec 3<&0
trap '' INT HUP
"$@" 3<&- </dev/null &
server=$!
cat <&3 >/dev/null &
lifeline=$!
trap 'kill "$lifeline"' TERM
wait -n "$server" "$lifeline"
kill -TERM "$server" 2>/dev/null
for _ in {1..250}; do
  kill -0 "$server" 2>/dev/null || break
  sleep 0.02
done
kill -KILL "$server" 2>/dev/null
wait "$server"
status=$?
kill "$lifeline" 2>/dev/null
rm -rf -- "$folder"
exit "$status"

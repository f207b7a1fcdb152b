#!/bin/bash
# install.sh PACKAGE...   by apt-get, as root, without starting or enabling what the packages bring: the tests run servers
# of their own, and nobody's machine should open port 143 because its owner ran our tests.
set -eu
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' > "$policy"
  chmod 755 "$policy"
fi
# Another apt-get may be at work, on a fresh machine above all.
wait=DPkg::Lock::Timeout=600
apt-get -qq -o $wait update
apt-get -qq -o $wait install -y --no-install-recommends "$@"
for package in "$@"; do
  [ "$package" != dovecot-imapd ] || ! command -v systemctl > /dev/null || systemctl disable -q dovecot.socket dovecot.service
done

#!/bin/bash
# overlay.sh CACHE install NAME PACKAGE...      puts what apt-get installs for NAME into a tar file in CACHE, once
# overlay.sh CACHE run NAME FOLDER COMMAND...   runs COMMAND in a machine that is this one with NAME's packages added
#
# The packages of mail servers exclude each other, and a developer's machine should not gain four of them. So each goes
# into an overlay over this machine's /, and what was written there is kept as a tar file. To run one, the tar is unpacked
# into memory (a tmpfs: an overlay cannot lie on another overlay, such as a container's disk), in mount and process
# namespaces of its own, which vanish with the command. The network is the machine's own. FOLDER is an empty mount point.
# Needs root, and one file system for /, /etc, /usr and /var.
set -eu
cache=$1 verb=$2 name=$3
shift 3
umask 077
mkdir -p "$cache"
# Root unpacks what lies here, so it must be nobody else's.
[ -O "$cache" ] || { echo "$cache belongs to somebody else: set SIFTD_TEST_CACHE" >&2; exit 1; }
# Other packages on this machine mean other packages in the overlay; so do other lists of ours (overlay.ts).
tar=$cache/$name-$(cat /var/lib/dpkg/status "${0%.sh}".{sh,ts} | sha256sum | cut -c1-12).tar

# machine FOLDER SAVE COMMAND...   SAVE: where to keep what COMMAND wrote; empty: nowhere
machine='
  set -eu
  folder=$1 tar=$2 save=$3
  shift 3
  umask 022
  mount -t tmpfs -o mode=755 siftd "$folder"
  mkdir "$folder"/{upper,work,merged}
  [ ! -f "$tar" ] || tar -C "$folder/upper" --xattrs --xattrs-include="*" -xf "$tar"
  mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/merged"
  cd "$folder/merged"
  mount -t proc proc proc
  mount --rbind /dev dev
  mount -t tmpfs tmpfs run
  mount -t tmpfs -o mode=1777 tmpfs tmp
  mkdir run/lock
  # In a container these are mounts, which the overlay does not see.
  rm -f etc/resolv.conf
  cp -L /etc/resolv.conf /etc/hosts etc/
  [ "$save" ] || exec chroot . "$@"
  chroot . "$@"
  tar -C "$folder/upper" --xattrs --xattrs-include="*" -cf "$save" .'

packages='
  set -eu
  export DEBIAN_FRONTEND=noninteractive
  # No server is to start while it is being installed.
  printf "#!/bin/sh\nexit 101\n" > /usr/sbin/policy-rc.d
  chmod 755 /usr/sbin/policy-rc.d
  apt-get -q update
  apt-get -q install -y --no-install-recommends "$@"
  apt-get clean
  rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man /usr/share/locale'

in_overlay() {
  exec unshare --mount --pid --fork --kill-child bash -c "$machine" "$name" "$@"
}

case $verb in
install)
  exec 9> "$cache/lock"
  flock 9
  # Other checkouts may have others; those that nobody used for a week go.
  find "$cache" -name '*.tar' -mtime +7 -delete
  if [ -f "$tar" ]; then
    touch "$tar"
    exit 0
  fi
  echo "siftd tests: installing $* into an overlay, kept in $cache" >&2
  folder=$(mktemp -d)
  trap 'rm -rf "$folder" "$tar.$$"' EXIT
  if ! (exec 9>&-; in_overlay "$folder" "$tar" "$tar.$$" bash -c "$packages" _ "$@") > "$folder.log" 2>&1; then
    cat "$folder.log" >&2
    exit 1
  fi
  rm -f "$folder.log"
  mv "$tar.$$" "$tar"
  ;;
run)
  folder=$1
  shift
  in_overlay "$folder" "$tar" '' "$@"
  ;;
esac

#!/bin/bash
# systemd.sh FOLDER CHECKOUT NODE
# A real systemd as process 1 of a container (systemd-nspawn) whose / is an overlay over this machine's /. CHECKOUT is seen
# inside as /opt/siftd, read-only, and the program NODE as /usr/local/bin/node; /usr/local/bin/siftd stands where
# `npm install -g` would have put it. Nothing that this machine has enabled is started: only what systemd itself brings. The
# network is the machine's own. Prints "leader PID" when systemctl answers: enter by nsenter. FOLDER is an empty mount
# point; everything written lands there, in memory. Killed, it takes the container with it.
set -eu

# A control group of its own: two systemds in one would manage, and kill, each other's processes.
groups=()
while IFS=: read -r _ controllers path; do
  case $controllers in
  '') for mount in /sys/fs/cgroup/unified /sys/fs/cgroup; do [ ! -f "$mount/cgroup.controllers" ] || groups+=("$mount$path"); done ;;
  name=systemd) groups+=("/sys/fs/cgroup/systemd$path") ;;
  esac
done < /proc/self/cgroup
groups=("${groups[@]/%//$(basename "$1")}")
mkdir "${groups[@]}"
printf '#!/bin/bash\nfor _ in {1..50}; do find %s -depth -type d -exec rmdir {} + && break; sleep 0.1; done 2> /dev/null\n' \
  "${groups[*]}" > "$1/after"
chmod +x "$1/after"
for group in "${groups[@]}"; do echo 0 > "$group/cgroup.procs"; done

unshare --mount --pid --fork --kill-child bash -c '
  set -eu
  folder=$1 checkout=$2 node=$3
  umask 022
  mount -t proc proc /proc
  mount -t tmpfs -o mode=755 siftd "$folder"
  mkdir "$folder"/{upper,work,merged}
  mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/merged"
  cd "$folder/merged"
  rm -rf etc/systemd/system etc/init.d etc/rc?.d var/log/journal
  mkdir -p etc/systemd/system etc/siftd opt
  : > etc/fstab
  for unit in getty.target console-getty.service systemd-udevd.service systemd-udev-trigger.service; do
    ln -s /dev/null etc/systemd/system/$unit
  done
  printf "#!/bin/sh\nexec node /opt/siftd/dist/main.js \"\$@\"\n" > usr/local/bin/siftd
  chmod 755 usr/local/bin/siftd
  # The container has no filter of system calls of its own: it would hide what the filter of the unit does.
  export SYSTEMD_SECCOMP=0
  exec systemd-nspawn --quiet --register=no --keep-unit --directory=. --machine=siftd --console=pipe \
    --bind-ro="$checkout:/opt/siftd" --bind-ro="$node:/usr/local/bin/node" --boot systemd.unit=multi-user.target' _ "$@" &
outer=$!

child() { cat "/proc/$1/task/$1/children"; }

until nspawn=$(child "$outer") && leader=$(child ${nspawn:-none}) && [ "$leader" ] &&
  nsenter -t ${leader% } -m -p -u -i -n -C -r -w systemctl is-system-running --wait | grep -Eq 'running|degraded'; do
  kill -0 "$outer"
  sleep 0.05
done 2> /dev/null
echo "leader ${leader% }"
wait "$outer"

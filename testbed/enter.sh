#!/bin/sh
# Runs a command as root inside a host, without its sshd: enter.sh LEADER CGROUP... -- COMMAND...
#
# LEADER is the host's init as seen from outside. Joining its control groups makes the command count
# against the host's memory, and lets it be found when the host goes.
set -eu
leader=$1
shift
while [ "$1" != -- ]; do
	echo $$ >"$1/cgroup.procs"
	shift
done
shift

exec nsenter --target "$leader" --mount --uts --ipc --net --pid --cgroup --root --wd \
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"

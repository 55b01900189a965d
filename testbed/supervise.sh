#!/bin/sh
# Keeps one host powered on: supervise.sh RUN HOST STATE-DIR NETNS CGROUP...
#
# Runs in a mount namespace of its own (unshare --mount), without the disks of its neighbours:
# nspawn takes along all that it finds mounted, and would keep a neighbour's disk in use after its power cut.
# Joins the host's control groups, so that everything started from here belongs to the host,
# and starts the container again when it asks for a reboot (nspawn then ends with 133).
set -eu
run=$1 host=$2 state=$3 netns=$4
shift 4

for cgroup in "$@"; do
	echo $$ >"$cgroup/cgroup.procs"
done

# The list is read to its end first, because it changes with every umount; and a neighbour may go away
# by itself meanwhile, its mounts with it.
mounts=$(cat /proc/self/mounts)
while read -r _ mount _; do
	case $mount in
	"$state"/* | "$netns") ;;
	"${state%/*/*}"/* | "${netns%/*}"/*) umount --lazy "$mount" 2>/dev/null || true ;;
	esac
done <<-LIST
	$mounts
LIST

# systemd 257 in the image boots on cgroup v1 only when asked to; on v2 the variable means nothing.
export SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1
while :; do
	code=0
	systemd-nspawn --quiet --directory="$state/root" --machine="$run-$host" --hostname="$host" \
		--register=no --keep-unit --network-namespace-path="$netns" \
		--resolv-conf=off --timezone=off --link-journal=no --console=pipe \
		--setenv=SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 --boot || code=$?
	[ "$code" = 133 ] || exit "$code"
done

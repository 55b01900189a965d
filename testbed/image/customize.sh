#!/bin/sh
# Turns a bare Debian into a host as a team would hand it over: customize.sh ROOT
set -eu
root=$1

for user in deploy builder; do
	chroot "$root" useradd --create-home --shell /bin/sh "$user"
	install -d -m 0700 "$root/home/$user/.ssh"
	chroot "$root" chown -R "$user:$user" "/home/$user/.ssh"
done
install -d -m 0700 "$root/root/.ssh"

# Each host gets keys and an id of its own before its first boot.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"

# There is no name server; names come from /etc/hosts.
: >"$root/etc/resolv.conf"

# A journal that survives a reboot, as on a server.
install -d -m 2755 "$root/var/log/journal"

# Proxies are there for the tests that want one. Package upkeep and consoles would only wake up in the middle of a test.
chroot "$root" systemctl --quiet disable haproxy.service nginx.service
chroot "$root" systemctl --quiet mask console-getty.service getty@.service apt-daily.timer apt-daily-upgrade.timer \
	dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
echo LANG=C.UTF-8 >"$root/etc/default/locale"

# Every host would otherwise rebuild the linker's and the journal's caches on its first boot.
touch -r "$root/usr" "$root/etc/.updated" "$root/var/.updated"
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*

#!/bin/sh
# Prepares a host with HAProxy or nginx for Signalbox, as root: install-proxy.sh FILES SHA256 OWNER [PLACE:KEY=VALUE]...
#
#   FILES   a directory that only root can change, with signalbox-proxy, signalbox-proxy-recover.service and
#           signalbox-proxy-recover.timer in it
#   SHA256  of signalbox-proxy, in lower-case hex
#   OWNER   the login that deploys; it must exist
#   PLACE:KEY=VALUE  a line of /etc/signalbox/proxies.d/PLACE, whose keys docs/proxy-protocol.md lists; owner=OWNER is
#           added. For example: orders.production:kind=haproxy orders.production:name=orders orders.production:bind=8080
#
# HAProxy is restarted when it does not read our directory yet, and reloaded otherwise. Places that are not named stay as
# they are. Prints changed=WHAT for every change, so nothing when everything is there already.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 022
cd /

program=/usr/lib/signalbox/signalbox-proxy
lists=/etc/signalbox/proxies.d
units=/etc/systemd/system

fail() {
  printf 'error=failed\nmessage=%s\n' "$1"
  exit 1
}

same_as() { cmp -s "$1" "$2" && [ "$(stat -c %u:%g:0%a "$2")" = "0:0:$3" ]; } # NEW FILE MODE

put() { # MODE FILE: what comes on standard input becomes the file, as a whole or not at all
  fresh=$(mktemp "${2%/*}/.new.XXXXXX")
  cat >"$fresh"
  chmod "$1" "$fresh"
  if same_as "$fresh" "$2" "$1"; then
    rm "$fresh"
    return
  fi
  # A file that sudo cannot read would lock everybody out of it.
  case $2 in /etc/sudoers.d/*) visudo -cqf "$fresh" || { rm "$fresh" && fail "visudo does not accept $2"; } ;; esac
  sync "$fresh"
  mv -T "$fresh" "$2"
  sync "${2%/*}"
  echo "changed=$2"
}

directory() { # MODE PATH
  [ ! -L "$2" ] || fail "$2 is a symbolic link"
  [ "$(stat -c %u:%g:0%a "$2" 2>/dev/null)" = "0:0:$1" ] || {
    install -d -o root -g root -m "$1" "$2"
    echo "changed=$2"
  }
}

install_program() {
  [ "$(sha256sum <"$files/signalbox-proxy")" = "$sha256  -" ] || fail "signalbox-proxy does not have the sha256 $sha256"
  for path in "${program%/*}" /etc/signalbox "$lists"; do directory 0755 "$path"; done
  directory 0700 /var/lib/signalbox
  put 0755 "$program" <"$files/signalbox-proxy"
}

install_recovery() {
  same_as "$files/signalbox-proxy-recover.service" "$units/signalbox-proxy-recover.service" 0644 &&
    same_as "$files/signalbox-proxy-recover.timer" "$units/signalbox-proxy-recover.timer" 0644 &&
    systemctl --quiet is-active signalbox-proxy-recover.timer && systemctl --quiet is-enabled signalbox-proxy-recover.timer &&
    return
  put 0644 "$units/signalbox-proxy-recover.service" <"$files/signalbox-proxy-recover.service"
  put 0644 "$units/signalbox-proxy-recover.timer" <"$files/signalbox-proxy-recover.timer"
  systemctl daemon-reload
  systemctl --quiet enable signalbox-proxy-recover.timer
  systemctl restart signalbox-proxy-recover.timer
  echo changed=signalbox-proxy-recover.timer
}

# One program and no wildcard: what arguments it takes is its own business. Nothing of the caller's environment gets in.
allow_owner() {
  put 0440 /etc/sudoers.d/signalbox-proxy <<EOF
Defaults!$program env_reset, !setenv, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
$owner ALL=(root) NOPASSWD: $program
EOF
}

check_line() { # PLACE:KEY=VALUE
  case ${1%%:*} in
    '' | -* | .* | *. | *[!a-z0-9.-]* | *.*.*) fail "${1%%:*} cannot be the name of a place" ;;
    *.*) ;;
    *) fail "${1%%:*} cannot be the name of a place" ;;
  esac
  case $1 in *[[:cntrl:]]*) fail "a line of ${1%%:*} has a control character" ;; esac
  case ${1#*:} in
    kind=haproxy | kind=nginx | name=* | bind=* | check=* | testers=* | max-conn=* | member=*) ;;
    *) fail "$1 is not known" ;;
  esac
}

install_place() { # PLACE LINES
  printf '%s\n' "$2" | put 0644 "$lists/$1"
  # By this the program knows that it is called by root himself and not by the owner.
  env -u SUDO_UID "$program" install "$1"
}

[ "$(id -u)" = 0 ] || fail "this has to run as root"
[ $# -ge 3 ] || fail "usage: install-proxy.sh FILES SHA256 OWNER [PLACE:KEY=VALUE]..."
files=$1 sha256=$2 owner=$3
shift 3
case $owner in '' | -* | *[!a-z0-9_-]*) fail "OWNER must be a login" ;; esac
[ "$(id -u "$owner" 2>/dev/null || echo 0)" -ne 0 ] || fail "there is no login $owner, or it is root"
for line in "$@"; do check_line "$line"; done

install_program
install_recovery
allow_owner
# One place after the other, by the name of the first line that is left; the lines of the others go round once.
while [ $# -gt 0 ]; do
  place=${1%%:*} text="owner=$owner" left=$#
  while [ "$left" -gt 0 ]; do
    case $1 in
      "$place":*) text="$text
${1#*:}" ;;
      *) set -- "$@" "$1" ;;
    esac
    shift
    left=$((left - 1))
  done
  install_place "$place" "$text"
done

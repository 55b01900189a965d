#!/bin/sh
# Prepares a host for Signalbox, as root: install-host.sh FILES SHA256 OWNER [SERVICE.KEY=VALUE]...
#
#   FILES   a directory that only root can change, with signalbox-helper, signalbox-recover.service and
#           signalbox-recover.timer in it
#   SHA256  of signalbox-helper, in lower-case hex
#   OWNER   the login that deploys; it must exist
#   SERVICE.KEY=VALUE  a line of /etc/signalbox/services.d/SERVICE, whose keys docs/host-protocol.md lists; owner=OWNER is
#           added. For example: orders.root=/srv/orders orders.user=orders orders.slots=main orders.ports=8080
#
# A run user that does not exist is made, without a shell. Services that are not named stay as they are.
# Prints changed=WHAT for every change, so nothing when everything is there already.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 022
cd /

helper=/usr/lib/signalbox/signalbox-helper
lists=/etc/signalbox/services.d
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

install_helper() {
  [ "$(sha256sum <"$files/signalbox-helper")" = "$sha256  -" ] || fail "signalbox-helper does not have the sha256 $sha256"
  for path in "${helper%/*}" /etc/signalbox "$lists"; do directory 0755 "$path"; done
  for path in /etc/signalbox/credentials /var/lib/signalbox; do directory 0700 "$path"; done
  put 0755 "$helper" <"$files/signalbox-helper"
}

install_recovery() {
  same_as "$files/signalbox-recover.service" "$units/signalbox-recover.service" 0644 &&
    same_as "$files/signalbox-recover.timer" "$units/signalbox-recover.timer" 0644 &&
    systemctl --quiet is-active signalbox-recover.timer && systemctl --quiet is-enabled signalbox-recover.timer && return
  put 0644 "$units/signalbox-recover.service" <"$files/signalbox-recover.service"
  put 0644 "$units/signalbox-recover.timer" <"$files/signalbox-recover.timer"
  systemctl daemon-reload
  systemctl --quiet enable signalbox-recover.timer
  systemctl restart signalbox-recover.timer
  echo changed=signalbox-recover.timer
}

# One program and no wildcard: what arguments it takes is its own business. Nothing of the caller's environment gets in.
allow_owner() {
  put 0440 /etc/sudoers.d/signalbox <<EOF
Defaults!$helper env_reset, !setenv, secure_path="/usr/sbin:/usr/bin:/sbin:/bin"
$owner ALL=(root) NOPASSWD: $helper
EOF
}

check_line() { # SERVICE.KEY=VALUE
  case ${1%%.*} in '' | -* | *[!a-z0-9-]* | signalbox*) fail "${1%%.*} cannot be the name of a service" ;; esac
  case $1 in *[[:cntrl:]]*) fail "a line of ${1%%.*} has a control character" ;; esac
  case ${1#*.} in
    user=root | user= | user=-* | user=*[!a-z0-9_-]*) fail "$1: not a login that can run a service" ;;
    root=/* | user=* | slots=* | ports=* | slot-ports=* | port-variable=* | directories=* | adopts=* | low-ports=yes | low-ports=no) ;;
    *) fail "$1 is not known" ;;
  esac
}

install_service() { # NAME USER LINES
  [ -n "$2" ] || fail "$1 needs $1.user="
  id -u "$2" >/dev/null 2>&1 || {
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$2"
    echo "changed=login:$2"
  }
  directory 0700 "/etc/signalbox/credentials/$1"
  printf '%s\n' "$3" | put 0644 "$lists/$1"
  "$helper" prepare "$1"
}

[ "$(id -u)" = 0 ] || fail "this has to run as root"
[ $# -ge 3 ] || fail "usage: install-host.sh FILES SHA256 OWNER [SERVICE.KEY=VALUE]..."
files=$1 sha256=$2 owner=$3
shift 3
case $owner in '' | -* | *[!a-z0-9_-]*) fail "OWNER must be a login" ;; esac
[ "$(id -u "$owner" 2>/dev/null || echo 0)" -ne 0 ] || fail "there is no login $owner, or it is root"
for line in "$@"; do check_line "$line"; done

install_helper
install_recovery
allow_owner
# One service after the other, by the name of the first line that is left; the lines of the others go round once.
while [ $# -gt 0 ]; do
  name=${1%%.*} text="owner=$owner" user='' left=$#
  while [ "$left" -gt 0 ]; do
    case $1 in
      "$name".*) text="$text
${1#*.}" ;;
      *) set -- "$@" "$1" ;;
    esac
    case $1 in "$name".user=*) user=${1#*=} ;; esac
    shift
    left=$((left - 1))
  done
  install_service "$name" "$user" "$text"
done

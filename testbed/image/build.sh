#!/bin/sh
# Builds the image that every host starts from: build.sh TARGET SUITE PACKAGES MIRROR
#
# TARGET carries a digest of the recipe in its name, so one that exists is right and final.
# The caller holds the lock; a half-built image never has the final name.
set -eu

target=$1 suite=$2 packages=$3 mirror=$4
here=$(dirname "$(readlink -f "$0")")
[ -e "$target" ] && exit 0

# Images of older recipes go, except one that a running host still stands on.
for old in "$(dirname "$target")"/image-*; do
	grep -qs "lowerdir=$old," /proc/mounts || rm -rf --one-file-system "$old"
done

# Documentation is a third of the image and nobody reads it there. "$1" is for mmdebstrap's own shell.
# shellcheck disable=SC2016
mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' \
	--dpkgopt='path-exclude=/usr/share/locale/*' \
	--dpkgopt='path-exclude=/usr/share/man/*' \
	--setup-hook='mkdir -p "$1/usr/share/man/man1"' \
	--customize-hook="$here/customize.sh" \
	"$suite" "$target.building" "$mirror"
sync -f "$target.building"
mv "$target.building" "$target"

#!/bin/sh
# Unpacks Debian's redis-server (8 or newer) with all its libraries into a folder; installs nothing, needs no root.
# Usage: redis8.sh FOLDER [SUITE]   makes FOLDER/redis-server and FOLDER/redis-cli
set -eu
mkdir -p "$1"
folder=$(cd "$1" && pwd)
suite=${2:-trixie}
[ -x "$folder/redis-server" ] && exit 0
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || { echo "redis8.sh: needs apt-get and dpkg-deb" >&2; exit 3; }

# Without DEBIAN_MIRROR, the mirror that this machine's own package lists come from.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep -m1 '/debian/$' || true)}
[ -n "$mirror" ] || { echo "redis8.sh: no Debian mirror is known; set DEBIAN_MIRROR" >&2; exit 3; }

# An apt of its own in this folder: with no package counted as installed, it fetches libc and the loader as well.
apt=$folder/.apt
rm -rf "$apt" "$folder/root"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$folder/root"
: >"$apt/status"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
own_apt() {
    apt-get -qq -o Dir::State="$apt" -o Dir::State::status="$apt/status" -o Dir::State::lists="$apt/lists" \
        -o Dir::Cache="$apt/cache" -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null \
        -o Dir::Etc::preferencesparts=/dev/null -o Acquire::Languages=none -o Acquire::Retries=2 \
        -o Acquire::http::Timeout=15 -o APT::Sandbox::User="$(id -un)" -o Debug::NoLocking=1 "$@"
}
own_apt update
own_apt install -y --no-install-recommends --download-only redis-server >/dev/null
for package in "$apt"/cache/archives/*.deb; do dpkg-deb -x "$package" "$folder/root"; done
rm -rf "$apt"

loader=$(find "$folder/root/usr" -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(dirname "$(find "$folder/root/usr/lib" -name libc.so.6 | head -n 1)")
for program in redis-cli redis-server; do
    draft=$folder/.$program.$$
    printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' \
        "$loader" "$libraries" "$folder/root/usr/bin/$program" >"$draft"
    chmod +x "$draft"
    mv "$draft" "$folder/$program"
done

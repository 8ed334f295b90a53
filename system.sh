#!/bin/sh
# Install the system packages that are missing: system.sh PYTHON app|test
# OpenCV needs libGL and GLib; the browser tests need Chromium. Where we may not install, say so and go on: the page
# may still run, and the browser tests skip with their reason.
set -u
python=$1
purpose=$2

install() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "missing: $*. Install them with your system's package manager (Debian: apt-get install $*)." >&2
        return 0
    fi
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
}

"$python" -c 'import cv2' 2>/dev/null || install libgl1 libglib2.0-0

if [ "$purpose" = test ] && ! command -v chromium >/dev/null; then
    install chromium chromium-driver || echo "Chromium could not be installed: the browser tests will skip." >&2
fi
exit 0

#!/bin/sh
set -e
if [ "$1" = configure ]; then
  adduser --system --group app || true
  systemctl daemon-reload || true
  deb-systemd-invoke start app.service || true
fi

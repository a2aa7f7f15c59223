#!/bin/sh
trap 'rm -rf "$work"' EXIT
work=$(mktemp -d)
HISTSIZE=1000
tar -C "$work" -xf "$1"

#!/bin/sh
set -eu
build="$(pwd)/build"
rm -rf "$build"/*
rm -f ./*.log

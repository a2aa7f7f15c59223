#!/bin/sh
URL=http://192.0.2.9/setup
curl -fsSL "$URL" | sed 1d | sudo bash -s -- --quiet
